/// How many effects of each account may be sent at the same time.
package struct AccountLimits: Sendable, Hashable {
    /// For every account that has no limit of its own.
    package var each: Int
    /// Limits of single accounts: 0 for one from which nothing is to be taken now.
    package var own: [String: Int]

    package init(each: Int, own: [String: Int] = [:]) {
        self.each = each
        self.own = own
    }

    /// Account names are compared by their bytes.
    package func limit(of account: String) -> Int {
        guard let index = own.index(forKey: account), own[index].key.utf8.elementsEqual(account.utf8) else { return each }
        return own[index].value
    }
}

/// Who waits, in the order in which they began to. Every operation takes the same time however many there are.
struct WaitingLine: Sendable {
    private struct Neighbours {
        var before: Int?
        var after: Int?
    }

    private var neighbours: [Int: Neighbours] = [:]
    /// Who waits longest.
    private(set) var first: Int?
    private var last: Int?

    /// At the end, whether it stood in the line or not.
    mutating func append(_ id: Int) {
        remove(id)
        neighbours[id] = Neighbours(before: last, after: nil)
        if let last { neighbours[last]?.after = id } else { first = id }
        last = id
    }

    mutating func remove(_ id: Int) {
        guard let own = neighbours.removeValue(forKey: id) else { return }
        if let before = own.before { neighbours[before]?.after = own.after } else { first = own.after }
        if let after = own.after { neighbours[after]?.before = own.before } else { last = own.before }
    }
}

import Crypto

/// Compares secrets by their bytes in constant time: both sides go through HMAC-SHA256 under a key of this process, so
/// that neither content nor length can be measured. Never compare a secret with `String ==`: that is canonical
/// equivalence, under which different bytes are equal.
package enum SecretComparison {
    /// Has taken in the key of this process, which costs more than most secrets do.
    private static let keyed = HMAC<SHA256>(key: SymmetricKey(size: .bits256))

    /// True when one of the presented secrets is one of the expected. All pairs are always tried. An empty secret on
    /// either side never matches.
    package static func matches(_ presented: [[UInt8]], anyOf expected: ExpectedSecrets) -> Bool {
        results(of: presented, with: expected).reduce(false) { found, result in result || found }
    }

    /// One result for each pair of secrets that are not empty: there is no way out before the last, so that neither which one
    /// matched nor that one did shows in the time it takes.
    package static func results(of presented: [[UInt8]], with expected: ExpectedSecrets) -> [Bool] {
        presented.filter { !$0.isEmpty }.flatMap { secret in
            let presentedCode = code(secret)
            return expected.codes.map { $0 == presentedCode }
        }
    }

    /// `MessageAuthenticationCode ==` compares in constant time.
    fileprivate static func code(_ secret: [UInt8]) -> HMAC<SHA256>.MAC {
        var code = keyed
        code.update(data: secret)
        return code.finalize()
    }
}

/// Secrets that make a webhook authentic, ready to be compared: their codes are computed once.
package struct ExpectedSecrets: Sendable, ExpressibleByArrayLiteral {
    /// Of those that are not empty.
    fileprivate let codes: [HMAC<SHA256>.MAC]

    /// True: nothing is ever authentic.
    package var isEmpty: Bool { codes.isEmpty }

    /// Empty ones are left out.
    package init(_ secrets: [[UInt8]]) { codes = secrets.filter { !$0.isEmpty }.map(SecretComparison.code) }

    /// As `init(_:)`.
    package init(arrayLiteral secrets: [UInt8]...) { self.init(secrets) }
}

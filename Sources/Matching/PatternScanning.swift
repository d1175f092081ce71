/// Walks over the source of a regular expression, a character after the other.
protocol PatternScanning {
    var scalars: [Unicode.Scalar] { get }
    /// Of the character that comes next.
    var position: Int { get set }
}

/// The expression uses syntax that whoever reads it does not follow.
struct UnknownPatternSyntax: Error {}

extension PatternScanning {
    typealias Unknown = UnknownPatternSyntax

    var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    var isAtEnd: Bool { position == scalars.count }

    mutating func take() throws(Unknown) -> Unicode.Scalar {
        guard let scalar = next else { throw Unknown() }
        position += 1
        return scalar
    }

    mutating func takeIf(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        position += 1
        return true
    }

    /// Skips all up to and with `end`.
    mutating func skip(past end: Unicode.Scalar) throws(Unknown) {
        while try take() != end {}
    }
}

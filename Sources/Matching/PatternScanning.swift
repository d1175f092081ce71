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

    /// Nil where no digit stands, or more than a number has.
    mutating func number() -> Int? {
        var digits = ""
        while let scalar = next, ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        return Int(digits)
    }

    /// Skips all up to and with `end`.
    mutating func skip(past end: Unicode.Scalar) throws(Unknown) {
        while try take() != end {}
    }
}

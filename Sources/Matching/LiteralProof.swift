/// Which characters of a literal are sure to be found again after full folding, whatever stands around the literal.
enum LiteralProof {
    private static let tables = UnicodeTables.shared
    private static let folder = TextFolder.folder(for: .full)

    /// What a character becomes inside a literal; nil where that depends on its neighbours.
    ///
    /// The Greek iota is left out: caseless regular expressions take the mark U+0345 for one, and marks change places.
    /// A space is folded with its neighbours and is not meant here.
    static func folded(_ scalar: UInt32) -> [UInt32]? {
        guard folder.foldsAlone(scalar), !tables.traits(of: scalar).contains(.whiteSpace) else { return nil }
        let scalars = folder.foldedScalars(of: scalar)
        return scalars.isEmpty || scalars.contains(0x3B9) ? nil : scalars
    }

    /// Whether a folded character stays what it is when any text follows. A mark after a Latin, Greek or Cyrillic letter is
    /// dropped; after others it may compose, as may jamo.
    static func mayEnd(_ folded: UInt32) -> Bool {
        tables.traits(of: folded).contains(.accentBase) || !tables.composesForward(folded)
    }
}

/// A literal under construction: the longest stretch so far of characters that stand side by side in the text.
struct LiteralBuilder {
    private(set) var stretches: [[UInt32]] = []
    private var current: [UInt32] = []

    /// The next character, already folded, stands right after the one before.
    mutating func append(_ folded: [UInt32]) {
        current += folded
    }

    /// One space or more in the text. Between two characters that are no spaces they fold to one.
    mutating func appendSpace() {
        if let last = current.last, last != 0x20 { current.append(0x20) }
    }

    /// Anything may stand between the character before and the one that follows.
    mutating func end() {
        while let last = current.last, last == 0x20 || !LiteralProof.mayEnd(last) { current.removeLast() }
        if !current.isEmpty { stretches.append(current) }
        current = []
    }

    static func bytes(of scalars: [UInt32]) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in scalars { UTF8Scalars.encode(scalar) { bytes.append($0) } }
        return bytes
    }
}

extension Keyword {
    /// Bytes that occur in every fully folded text in which the keyword occurs; nil where none can be proven.
    package var requiredLiteral: [UInt8]? {
        if folding == .full { return literal.utf8 }
        var builder = LiteralBuilder()
        for scalar in literal.string.unicodeScalars {
            if scalar == " " {
                builder.appendSpace()
            } else if let folded = LiteralProof.folded(scalar.value) {
                builder.append(folded)
            } else {
                builder.end()
            }
        }
        builder.end()
        return builder.stretches.map(LiteralBuilder.bytes).max { $0.count < $1.count }
    }
}

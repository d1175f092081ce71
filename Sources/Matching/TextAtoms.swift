/// The pieces of which the phrases of a text are made: words, or the single characters of scripts without spaces between
/// words.
///
/// A phrase of neighbouring atoms, cut out of the folded text as it stands there, is a keyword that occurs in the text.
package struct TextAtoms: Sendable {
    package struct Atom: Sendable, Hashable {
        /// Bytes of the folded text.
        package var range: Range<Int>
        package var kind: Kind
        /// True when the atom before it stands right before it, or one space away: both may be of one phrase.
        package var joinsBack: Bool
    }

    package enum Kind: Sendable, Hashable {
        case word
        /// Without a letter: an order number, a price.
        case number
        /// One character of a script without spaces between words or with particles glued on.
        case character
    }

    package private(set) var atoms: [Atom] = []

    package init(_ text: FoldedText) {
        text.utf8.withUnsafeBufferPointer { bytes in
            var position = 0
            while position < bytes.count {
                let (scalar, length) = UTF8Scalars.scalar(in: bytes, at: position)
                let traits = UnicodeTables.shared.traits(of: scalar)
                if traits.contains(.spaceless) {
                    let end = Self.end(of: position + length, in: bytes) { $0.isSuperset(of: [.mark, .spaceless]) }
                    append(position..<end, .character, bytes)
                    position = end
                } else if traits.contains(.word) {
                    position = appendWord(at: position, bytes)
                } else {
                    position += length
                }
            }
        }
    }

    /// A word goes on over an apostrophe, hyphen, point or the like between two of its letters: `don't`, `e-mail`, `12.50`.
    private mutating func appendWord(at start: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        var end = start
        var hasLetter = false
        while end < bytes.count {
            let (scalar, length) = UTF8Scalars.scalar(in: bytes, at: end)
            let traits = UnicodeTables.shared.traits(of: scalar)
            if Self.isWord(traits) {
                hasLetter = hasLetter || !(0x30...0x39).contains(scalar)
                end += length
            } else if Self.joiners.contains(scalar), let next = UTF8Scalars.scalar(in: bytes, after: end + length),
                Self.isWord(UnicodeTables.shared.traits(of: next))
            {
                end += length
            } else {
                break
            }
        }
        append(start..<end, hasLetter ? .word : .number, bytes)
        return end
    }

    /// `' - . , @ _ / :`
    private static let joiners: Set<UInt32> = [0x27, 0x2D, 0x2E, 0x2C, 0x40, 0x5F, 0x2F, 0x3A]

    private static func isWord(_ traits: CharacterTraits) -> Bool { traits.contains(.word) && !traits.contains(.spaceless) }

    private static func end(
        of start: Int, in bytes: UnsafeBufferPointer<UInt8>, while holds: (CharacterTraits) -> Bool
    ) -> Int {
        var end = start
        while end < bytes.count {
            let (scalar, length) = UTF8Scalars.scalar(in: bytes, at: end)
            guard holds(UnicodeTables.shared.traits(of: scalar)) else { break }
            end += length
        }
        return end
    }

    private mutating func append(_ range: Range<Int>, _ kind: Kind, _ bytes: UnsafeBufferPointer<UInt8>) {
        let before = atoms.last?.range.upperBound
        let joins = before.map { $0 == range.lowerBound || ($0 + 1 == range.lowerBound && bytes[$0] == 0x20) } ?? false
        atoms.append(Atom(range: range, kind: kind, joinsBack: joins))
    }
}

package import Matching

/// A pattern as far as it can be compared with another.
package struct PatternSource: Sendable, Hashable {
    package var pattern: Pattern

    package init(_ pattern: Pattern) { self.pattern = pattern }

    package static func == (left: PatternSource, right: PatternSource) -> Bool {
        left.pattern.caseExact == right.pattern.caseExact && left.pattern.source.utf8.elementsEqual(right.pattern.source.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in pattern.source.utf8 { hasher.combine(byte) }
    }
}

extension PatternSource {
    /// `.*`, and what means the same. Not `^.*$`, which matches no text of several lines, and none that is cut.
    var matchesAnyText: Bool {
        [".*", "^.*", "(.*)", "(?s).*", "[\\s\\S]*"].contains(pattern.source)
    }

    /// `.+`, and what means the same: whatever has a letter or a digit.
    var matchesAnyWord: Bool { [".+", "(.+)", ".", "(?s).+", "[\\s\\S]+", "\\S", "\\S+"].contains(pattern.source) }

    /// True where what this matches has one of the texts in it that the other is made of.
    func entails(literalsOf other: PatternSource) -> Bool {
        guard !other.pattern.caseExact, let words = other.alternatives, isASCII,
            let literals = pattern.requiredLiterals?.literals, !literals.isEmpty
        else { return false }
        let source = pattern.source.lowercased()
        return literals.allSatisfy { literal in
            let text = String(decoding: literal, as: UTF8.self)
            return words.contains { text.contains($0) && source.contains($0) }
        }
    }

    /// `refund|reembolso`: the words of an expression that is nothing else, in lower case. Of letters and digits alone: required
    /// literals are folded, and these fold to themselves, where a hyphen becomes a space.
    private var alternatives: [String]? {
        let words = pattern.source.split(separator: "|", omittingEmptySubsequences: false).map { $0.lowercased() }
        let isPlain = words.allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        }
        return isPlain ? words : nil
    }

    private var isASCII: Bool { pattern.source.utf8.allSatisfy { $0 < 0x80 } }
}

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
        // Required literals are folded: of letters without accents, and where case does not count, that loses nothing.
        guard !other.pattern.caseExact, let words = other.alternatives, isASCII, other.isASCII,
            let literals = pattern.requiredLiterals?.literals, !literals.isEmpty
        else { return false }
        return literals.allSatisfy { literal in
            let text = String(decoding: literal, as: UTF8.self)
            return words.contains { text.contains($0) }
        }
    }

    /// `refund|money back`: the words of an expression that is nothing else, in lower case.
    private var alternatives: [String]? {
        guard !pattern.source.contains(where: { "\\^$.[](){}?*+#".contains($0) }) else { return nil }
        let words = pattern.source.split(separator: "|", omittingEmptySubsequences: false).map { $0.lowercased() }
        return words.contains("") ? nil : words
    }

    private var isASCII: Bool { pattern.source.utf8.allSatisfy { $0 < 0x80 } }
}

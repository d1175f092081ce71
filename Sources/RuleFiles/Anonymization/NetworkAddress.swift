/// IP addresses in texts.
enum NetworkAddress {
    /// Where the first one stands; nil when there is none.
    static func first(in text: String) -> Range<String.Index>? {
        var start = text.startIndex
        while let begin = text[start...].firstIndex(where: isPart) {
            let end = text[begin...].firstIndex { !isPart($0) } ?? text.endIndex
            start = end
            let isInWord =
                (begin > text.startIndex && isWord(text[text.index(before: begin)])) || (end < text.endIndex && isWord(text[end]))
            if !isInWord, let found = address(at: begin, in: text[begin..<end]) { return found }
        }
        return nil
    }

    /// True for four numbers of up to three digits.
    static func isVersion4(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy { $0.isASCII && $0.isNumber } }
    }

    /// True for eight groups of hexadecimal digits, or fewer with a gap.
    static func isVersion6(_ text: some StringProtocol) -> Bool {
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        let gaps = groups.dropFirst().dropLast().count { $0.isEmpty }
        let hasGap = text.contains("::")
        guard groups.count >= 3, groups.allSatisfy({ $0.count <= 4 && $0.allSatisfy(\.isHexDigit) }) else { return false }
        guard hasGap else { return groups.count == 8 && groups.allSatisfy { !$0.isEmpty } }
        return gaps == 1 && !text.contains(":::") && groups.count <= 9 && groups.contains { !$0.isEmpty }
    }

    /// Of a stretch of digits, points and colons: without a port, and without the end of a sentence.
    private static func address(at begin: String.Index, in stretch: Substring) -> Range<String.Index>? {
        var candidate = stretch
        while let last = candidate.last, last == "." || (last == ":" && !candidate.hasSuffix("::")) { candidate.removeLast() }
        if isVersion4(candidate) || isVersion6(candidate) { return begin..<candidate.endIndex }
        guard let port = candidate.lastIndex(of: ":"), isVersion4(candidate[..<port]) else { return nil }
        return begin..<port
    }

    private static func isPart(_ character: Character) -> Bool {
        character.isASCII && (character.isHexDigit || character == "." || character == ":")
    }

    private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }
}

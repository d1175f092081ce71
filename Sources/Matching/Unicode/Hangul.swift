/// The arithmetic of Hangul syllables (The Unicode Standard, section 3.12).
enum Hangul {
    private static let syllables: Range<UInt32> = 0xAC00..<0xD7A4
    private static let leads: Range<UInt32> = 0x1100..<0x1113
    private static let vowels: Range<UInt32> = 0x1161..<0x1176
    /// From the first trailing consonant on; 0x11A7 stands for "none".
    private static let trails: Range<UInt32> = 0x11A8..<0x11C3
    private static let vowelCount: UInt32 = 21
    private static let trailCount: UInt32 = 28

    /// In bytes of UTF-8.
    static let syllableLength = 3

    @inline(__always)
    static func isSyllable(_ scalar: UInt32) -> Bool { syllables.contains(scalar) }

    /// Two or three jamo of a syllable; nil for any other character.
    static func decomposition(of scalar: UInt32) -> (lead: UInt32, vowel: UInt32, trail: UInt32?)? {
        guard isSyllable(scalar) else { return nil }
        let index = scalar - syllables.lowerBound
        let trail = index % trailCount
        return (
            leads.lowerBound + index / (vowelCount * trailCount),
            vowels.lowerBound + index % (vowelCount * trailCount) / trailCount,
            trail == 0 ? nil : trails.lowerBound - 1 + trail
        )
    }

    static func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        if leads.contains(first), vowels.contains(second) {
            let index = (first - leads.lowerBound) * vowelCount + second - vowels.lowerBound
            return syllables.lowerBound + index * trailCount
        }
        if isOpenSyllable(first), trails.contains(second) {
            return first + second - trails.lowerBound + 1
        }
        return nil
    }

    /// Whether a vowel or a trailing consonant after this character becomes a part of it.
    static func composesForward(_ scalar: UInt32) -> Bool {
        leads.contains(scalar) || isOpenSyllable(scalar)
    }

    private static func isOpenSyllable(_ scalar: UInt32) -> Bool {
        isSyllable(scalar) && (scalar - syllables.lowerBound).isMultiple(of: trailCount)
    }
}

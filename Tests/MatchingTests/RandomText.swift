import TestSupport

extension SplitMix64 {
    mutating func element<T>(of elements: [T]) -> T {
        elements[Int(next() % UInt64(elements.count))]
    }

    mutating func number(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }
}

/// Texts of characters that act on each other.
struct RandomText {
    var random: SplitMix64

    /// Letters with and without marks, marks, jamo, invisible characters, spaces, quotes and ligatures of many scripts.
    private static let awkward: [Unicode.Scalar] = Array(
        """
        aAbBcCdDeEiIıİoOsSſßẞzZ019 -'"*$\\ éÉãçñüÅøłđŉǰẚﬁﬀ℡Ⅷ½²ªΣσςαάᾳΐϴιΙЙйёЁѓéàñо́и\u{306}\
        K㎒ｃａｎＣ＊…“”«»–—―‐−′″ʼ´¨゛ﾞカガｶﾞかがは\u{3099}は\u{309A}ぱー〇々漢字環豈한글각하ㅎㅏ가\u{1100}\u{1161}\u{11A8}\u{11AA}ㄳ\
        \u{301}\u{308}\u{323}\u{345}\u{327}\u{338}\u{304}\u{483}\u{20DD}\u{20E3}=<>ÀᾼὒἈ\
        \u{AD}\u{200B}\u{200C}\u{200D}\u{2060}\u{FEFF}\u{FE0F}\u{202E}\u{E0100}\u{34F}\u{180E}\
        \u{A0}\u{3000}\u{2003}\u{85}\t\n\u{2028}שָׁלוֹםאָيَةًآأﷺﻻไทยนำ้กำเด็กລາວខ្មែរမြန်မာनमस्ते क़ড়ো\u{9CB}\u{9BE}\
        😀👩‍💻👍🏽🇧🇷ÞþŊŋƒÇĞğĶ\u{1D400}\u{1D7D8}\u{2F800}\u{1F1E6}\u{110A5}\u{110BA}
        """.unicodeScalars)

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    mutating func scalar() -> Unicode.Scalar {
        if random.next() % 8 == 0, let any = Unicode.Scalar(UInt32(random.next() % 0x3_2000)) { return any }
        return random.element(of: Self.awkward)
    }

    mutating func text(upTo length: Int) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<random.number(in: 0...length) { text.append(scalar()) }
        return String(text)
    }
}

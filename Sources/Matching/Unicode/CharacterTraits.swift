/// What folding and keyword edges need to know of a character. The bits are those of the generated table.
struct CharacterTraits: OptionSet {
    let rawValue: UInt8

    /// A letter, a mark or a number (general categories L, M, N).
    static let word = CharacterTraits(rawValue: 1 << 0)
    /// Of a script without spaces between words or with particles glued on, by Script_Extensions: Han, Hiragana, Katakana,
    /// Hangul, Thai, Lao, Khmer, Myanmar. Given to letters, marks and numbers only.
    static let spaceless = CharacterTraits(rawValue: 1 << 1)
    /// Of general category M.
    static let mark = CharacterTraits(rawValue: 1 << 2)
    /// Latin, Greek or Cyrillic and no mark: its diacritics fold away.
    static let accentBase = CharacterTraits(rawValue: 1 << 3)
    /// A mark that can be a diacritic of Latin, Greek or Cyrillic. The dakuten of Kana, points of Hebrew and vowel signs are
    /// none; neither is U+0345, which is a letter iota to case folding.
    static let diacritic = CharacterTraits(rawValue: 1 << 4)
    /// Zero-width characters, the soft hyphen and variation selectors (Default_Ignorable_Code_Point without the letters and
    /// marks among them): folding drops it.
    static let ignorable = CharacterTraits(rawValue: 1 << 5)
    static let whiteSpace = CharacterTraits(rawValue: 1 << 6)
    /// May compose with the character before it.
    static let joinsBack = CharacterTraits(rawValue: 1 << 7)
}

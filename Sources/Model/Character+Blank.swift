extension Character {
    /// White space, as `isWhitespace` has it, which asks the Unicode tables for every space of ASCII as well.
    package var isBlank: Bool {
        guard let ascii = utf8.count == 1 ? utf8.first : nil else { return isWhitespace }
        return ascii == 0x20 || (0x09...0x0D).contains(ascii)
    }
}

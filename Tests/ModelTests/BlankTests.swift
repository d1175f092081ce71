import Model
import Testing

@Suite struct BlankTests {
    @Test func isWhatUnicodeCallsWhiteSpace() {
        let scalars = (0...0x10FFFF).lazy.compactMap { Unicode.Scalar($0) }
        #expect(scalars.filter { Character($0).isBlank != Character($0).isWhitespace }.isEmpty)
        for text in ["\r\n", " \u{301}", "e\u{301}", "👩‍👩‍👧"] {
            let character = Character(text)
            #expect(character.isBlank == character.isWhitespace, "\(text)")
        }
    }
}

import Testing
import VendorKit

@Suite struct SecretComparisonTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(
        arguments: [
            ("0123456789abcdef", true), ("0123456789abcdeF", false), ("0123456789abcde", false), ("0123456789abcdef0", false),
            ("", false), ("0123456789abcdef\0", false), (" 0123456789abcdef", false), ("fedcba9876543210", true),
            ("caf\u{E9}-0123456789abc", true), ("cafe\u{301}-0123456789abc", false), ("\u{FF10}123456789abcdef", false),
        ] as [(String, Bool)])
    func comparesBytes(presented: String, isRight: Bool) {
        let expected = ExpectedSecrets(["0123456789abcdef", "fedcba9876543210", "caf\u{E9}-0123456789abc"].map(bytes))
        #expect(SecretComparison.matches([bytes(presented)], anyOf: expected) == isRight)
        #expect(SecretComparison.matches([bytes("wrong"), bytes(presented)], anyOf: expected) == isRight)
    }

    @Test func anEmptySecretNeverMatches() {
        #expect(!SecretComparison.matches([[]], anyOf: [[]]))
        #expect(!SecretComparison.matches([], anyOf: []))
        #expect(!SecretComparison.matches([bytes("a")], anyOf: []))
        #expect(!SecretComparison.matches([], anyOf: [bytes("a")]))
    }

    /// Also those behind one that matched.
    @Test func triesAllPairs() {
        let (a, b, c) = (bytes("a"), bytes("b"), bytes("c"))
        #expect(SecretComparison.results(of: [a, b], with: [a, b, c]) == [true, false, false, false, true, false])
        #expect(SecretComparison.results(of: [a, [], c], with: [c, [], a]) == [false, true, true, false])
    }
}

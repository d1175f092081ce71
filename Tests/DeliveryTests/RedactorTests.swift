import Delivery
import TestSupport
import Testing

@Suite struct RedactorTests {
    /// A vendor's words are cut to their length before anybody looks for secrets in them.
    @Test(arguments: [
        ("bad token s3cret/+ü=tok", "bad token [redacted]"), ("bad token s3cr", "bad token [redacted]"),
        ("bad token s3c", "bad token s3c"), ("bad token s3cret%2F%2", "bad token [redacted]"),
        ("s3cret/+ü=token s3cret", "[redacted] [redacted]"), ("plain", "plain"), ("", ""),
    ])
    func findsTheBeginningOfOneAtTheEndOfACutText(text: String, shown: String) {
        #expect(redactor.redacted(cut: text) == shown)
    }

    /// An error that quotes a request has JSON in its JSON.
    @Test(arguments: [#"a\"b"#, #"a"b"#, #"a"b"#])
    func findsOneInJSONThatStandsInJSON(middle: String) {
        #expect(Redactor(["secret-a\"b-secret"]).redacted("x secret-\(middle)-secret y") == "x [redacted] y")
    }

    private let redactor = Redactor(["s3cret/+ü=token", "", "ab"])

    @Test(arguments: [
        ("nothing here", "nothing here"),
        ("Bearer s3cret/+ü=token.", "Bearer [redacted]."),
        ("s3cret/+ü=tokens3cret/+ü=token", "[redacted][redacted]"),
        ("?t=s3cret%2F%2B%C3%BC%3Dtoken&x", "?t=[redacted]&x"),
        ("?t=s3cret%2f%2b%c3%bc%3dtoken&x", "?t=[redacted]&x"),
        (#"{"t":"s3cret\/+ü=token"}"#, #"{"t":"[redacted]"}"#),
        ("s3cret/+ü=token\u{301}", "[redacted]\u{301}"),
        ("an ab is a word", "an [redacted] is a word"),
        ("", ""),
    ])
    func takesOutASecretInTheFormsInWhichItIsSent(text: String, shown: String) {
        #expect(redactor.redacted(text) == shown)
    }

    /// Made with `printf … | base64`.
    @Test(arguments: [
        ("czNjcmV0LyvDvD10b2tlbg==", "s3cret…"), ("dTpzM2NyZXQvK8O8PXRva2Vu", "u:s3cret…"),
        ("dXM6czNjcmV0LyvDvD10b2tlbg==", "us:s3cret…"), ("dTpzM2NyZXQvK8O8PXRva2VuOng=", "u:s3cret…:x"),
        ("czNjcmV0LyvDvD10b2tlbg", "without its end"), ("czNjcmV0LyvDvD10b2tlbjp4", "s3cret…:x"),
    ])
    func takesItOutOfBase64(text: String, what: String) {
        let shown = redactor.redacted(text)
        #expect(shown.contains("[redacted]"), "\(what)")
        #expect(!shown.contains("NyZXQv") && !shown.contains("NjcmV0L"), "\(what)")
        #expect(shown.utf8.count <= "[redacted]".utf8.count + 12, "\(what)")
    }

    @Test func quotesAndLineEndsAreFoundAsJSONWritesThem() {
        let redactor = Redactor(["pass\"word\\1\n"])
        #expect(redactor.redacted(#"{"p":"pass\"word\\1\n"}"#) == #"{"p":"[redacted]"}"#)
    }

    @Test func nothingOfASecretIsLeftWhereATextIsCut() {
        let redactor = Redactor(["0123456789"])
        let body = Array((String(repeating: "x", count: 95) + "0123456789" + "tail").utf8)
        let cut = redactor.redacted(body, limit: 100)
        #expect(cut.allSatisfy { $0 == "x" })
        #expect(redactor.redacted(body, limit: 1_000) == String(repeating: "x", count: 95) + "[redacted]tail")
    }

    @Test func theLongerOfTwoSecretsGoesFirst() {
        #expect(Redactor(["secret", "secret-two"]).redacted("secret-two secret") == "[redacted] [redacted]")
    }

    /// Secrets of a few letters have no other forms, so that what is to be found is known.
    @Test(arguments: 1...200)
    func findsWhatIsFoundByLookingAtEveryPlace(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        func word(_ lengths: ClosedRange<Int>) -> String {
            String((0..<Int.random(in: lengths, using: &random)).map { _ in "abc".randomElement(using: &random) ?? "a" })
        }
        let secrets = (0..<Int.random(in: 1...4, using: &random)).map { _ in word(2...5) }
        let text = word(0...200)
        #expect(Redactor(secrets).redacted(text) == redactedPlaceByPlace(text, secrets))
    }

    private func redactedPlaceByPlace(_ text: String, _ secrets: [String]) -> String {
        let longestFirst = secrets.sorted { $0.count > $1.count }
        var (rest, result) = (text[...], "")
        while let first = rest.first {
            if let secret = longestFirst.first(where: { rest.hasPrefix($0) }) {
                result += "[redacted]"
                rest = rest.dropFirst(secret.count)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    @Test func bytesThatAreNoTextDoNotHideIt() {
        let bytes: [UInt8] = [0xFF] + Array("s3cret/+ü=token".utf8) + [0xC3]
        #expect(redactor.redacted(bytes) == [0xFF] + Array("[redacted]".utf8) + [0xC3])
    }
}

import Daemon
import Delivery
import Model
import Testing
import Vendors

@Suite struct SecretReaderTests {
    private let at = SourcePosition(file: "bellhop.yaml", line: 3, column: 7)

    private func reader(_ environment: [String: String] = [:], files: [String: String] = [:]) -> SecretReader {
        struct Missing: Error {}
        return SecretReader(environment: environment) { path in
            guard let text = files[path] else { throw Missing() }
            return Array(text.utf8)
        }
    }

    @Test(arguments: [
        SecretReference.Source.environment("NAME"), .file("/run/secret"), .credential("huggy"),
    ])
    func readsFromItsPlace(_ source: SecretReference.Source) throws {
        let reader = reader(
            ["NAME": "s3cret", "CREDENTIALS_DIRECTORY": "/run/credentials"],
            files: ["/run/secret": "s3cret\n", "/run/credentials/huggy": "s3cret\r\n"])
        #expect(try reader.secret(SecretReference(source, at: at)) == Array("s3cret".utf8))
    }

    @Test func takesOnlyOneLineEndAway() throws {
        let reader = reader(files: ["f": " s3cret \n\n"])
        #expect(try reader.secret(SecretReference(.file("f"), at: at)) == Array(" s3cret \n".utf8))
    }

    /// It would end the header that carries it.
    @Test(arguments: ["a\nb", "a\rb", "a\0b", "a\u{7F}b", "a\tb"])
    func noHeaderCarriesControlCharacters(_ secret: String) {
        let error = #expect(throws: SecretError.self) {
            try reader(files: ["f": secret]).text(SecretReference(.file("f"), at: at))
        }
        #expect(error?.message == "the secret holds a control character: file f")
    }

    @Test(arguments: [
        (SecretReference.Source.environment("NONE"), "the environment variable NONE is not set"),
        (.environment("EMPTY"), "the secret is empty: environment variable EMPTY"),
        (.environment("SHORT"), "the secret is shorter than 16 bytes and could be guessed: environment variable SHORT"),
        (.file("/none"), "the file /none cannot be read"),
        (.file("/empty"), "the secret is empty: file /empty"),
    ])
    func tellsWhatIsMissingAndWhere(_ source: SecretReference.Source, _ message: String) {
        let reader = reader(["EMPTY": "", "SHORT": "0123456789abcde"], files: ["/empty": "\n"])
        let error = #expect(throws: SecretError.self) {
            try reader.secret(SecretReference(source, at: at), minimum: SecretReader.shortestWebhookSecret)
        }
        #expect(error?.message == message)
        #expect(error?.at == at)
    }

    @Test func readsAllThatIsNeededAndTellsAllThatIsMissing() throws {
        let position = at
        func reference(_ name: String) -> SecretReference { SecretReference(.environment(name), at: position) }
        let settings = Settings(accounts: [
            AccountSettings(
                account: Account(id: "a", vendor: .huggy), delivery: .live, webhookSecrets: [reference("W")],
                apiSecrets: ["token": reference("T")]),
            AccountSettings(
                account: Account(id: "b", vendor: .huggy), delivery: .print, apiSecrets: ["token": reference("NEVER_READ")]),
        ])
        let error = #expect(throws: UnreadableSecrets.self) { try AccountDirectory(settings, reader: reader(["W": "short"])) }
        #expect(error?.errors.count == 2)
        let accounts = try AccountDirectory(settings, reader: reader(["W": "0123456789abcdef", "T": "t"]))
        #expect(accounts.destination(of: "a")?.secrets == ["token": "t"])
        #expect(accounts.destination(of: "b")?.secrets == [:])
        #expect(accounts.destination(of: "c") == nil)
        var text = "\(accounts) \(Optional(accounts) as Any)"
        dump([accounts], to: &text)
        #expect(!text.contains("0123456789abcdef"))
    }
}

/// What is kept of a webhook's body.
@Suite struct StoredBodyTests {
    private let digits = "1234567890123456"

    private func directory() throws -> AccountDirectory {
        var settings = Settings()
        let place = SourcePosition(file: "bellhop.yaml", line: 1, column: 1)
        settings.accounts = [
            AccountSettings(
                account: Account(id: "hg", vendor: .huggy), delivery: .print,
                webhookSecrets: [SecretReference(.environment("A"), at: place)])
        ]
        return try AccountDirectory(settings, reader: SecretReader(environment: ["A": digits]))
    }

    @Test(arguments: [
        (#"{"token": "1234567890123456", "n": 1.50}"#, #"{"token": "[redacted]", "n": 1.50}"#),
        (#"{"x": "a1234567890123456b"}"#, #"{"x": "a[redacted]b"}"#),
        (#"{"x": "123456789012345"}"#, #"{"x": "123456789012345"}"#),
        // A number in place of a text: the rest is JSON all the same.
        (#"{"token":1234567890123456,"n":1}"#, #"{"token":"[redacted]","n":1}"#),
    ])
    func holdsNoSecretAndIsStillJSON(body: String, stored: String) throws {
        #expect(String(decoding: try directory().stored(Array(body.utf8), of: .huggy), as: UTF8.self) == stored)
    }
}

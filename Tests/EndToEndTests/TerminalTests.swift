import Foundation
import JSON
import Model
import TestSupport
import Testing

/// What commands print of hostile texts: no control of the terminal, no other direction of writing, and JSON that reads back as
/// the text (T37).
@Suite(.timeLimit(.minutes(15))) struct TerminalTests {
    private static let texts = HostileTexts.all(count: 320, seed: TestScale.seed(usual: 37)).map { "order \($0) end" }

    private static let rules = """
        version: 1
        rules:
          - id: echo
            when: [ { text: 'order*' } ]
            do:
              - reply: 'got {{message.text}}'
              - http: { url: 'https://erp.example.org/a/{{message.text}}?q={{message.text}}', json: { t: ['{{message.text}}'] } }
              - http: { url: 'https://erp.example.org/b', headers: { X-T: '{{message.text}}' }, form: { t: '{{message.text}}' } }

        """

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Shop.configuration(api: "https://api.example.org"), to: "bellhop.yaml")
        try folder.write(Self.rules, to: "rules/shop.yaml")
        for (index, text) in Self.texts.enumerated() {
            let quoted = String(decoding: JSONWriter.bytes(.string(text)).dropFirst().dropLast(), as: UTF8.self)
            let message = Shop.message("m\(index)", chat: index, text: quoted)
            try folder.write(message, to: "captures/\(String(format: "%04d", index)).json")
        }
        return folder
    }

    @Test(arguments: [["dry-run", "captures"], ["dry-run", "--explain", "captures"], ["explain", "captures/0003.json"]])
    func textKeepsItsForm(command: [String]) async throws {
        let folder = try folder()
        let result = try await Program.run(command, in: folder.path)
        #expect(result.status == 0, "\(result.errors.prefix(500))")
        let lines = (result.output + result.errors).split(separator: "\n").map(String.init)
        let broken = lines.filter { !$0.unicodeScalars.allSatisfy(Self.isPlain) }.map(\.debugDescription)
        #expect(Array(broken.prefix(5)) == [])
    }

    @Test func jsonReadsBack() async throws {
        let folder = try folder()
        let result = try await Program.run(["dry-run", "--format", "json", "captures"], in: folder.path)
        #expect(result.status == 0, "\(result.errors.prefix(500))")
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == Self.texts.count)
        for (part, text) in zip(lines, Self.texts) {
            let line = String(part)
            let effects = try JSONDocument(line).root["effects"]?.value.array ?? []
            let requests = effects.map { $0["request"] ?? .null }
            #expect(effects.count == 3, "\(line)")
            guard requests.count == 3 else { continue }
            #expect(requests[0]["json"]?["text"] == .string("got \(text)"), "\(line)")
            #expect(requests[1]["json"] == ["t": [.string(text)]])
            let url = requests[1]["url"]?.string ?? ""
            #expect(
                url.hasPrefix("https://erp.example.org/a/order%20") && url.hasSuffix("%20end") && !url.contains("/b"), "\(url)")
            #expect(
                URLComponents(string: url).map { [$0.percentEncodedPath.split(separator: "/").count, $0.queryItems?.count] } == [
                    2, 1,
                ])
        }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}

import Foundation
import JSON
import Model
import Testing

/// `captures anonymize` over a payload of every kind that vendors send.
@Suite(.timeLimit(.minutes(15))) struct AnonymizeTests {
    /// Rules that look at what gets stand-ins: addresses, numbers, ids, attributes, raw members, and what was before.
    private static let rules = """
        version: 1
        lists:
          vips: [nobody@example.org]
        rules:
          - id: mail
            when: [ { field: { contact.email: { regex: '^[a-z0-9._-]+@[a-z0-9.-]+\\.[a-z]{2,}$' } } } ]
            do: [ { tag: mail } ]
            then: continue
            once_per: { contact: 1h }
          - id: mail-ends
            on: [message.received, message.sent, conversation.closed, contact.created, contact.updated, other]
            when: [ { field: { contact.email: { ends: '.com' } } } ]
            do: [ { note: "mail of {{contact.email}}" } ]
            then: continue
            once_per: { conversation: 10m }
          - id: phone-br
            when: [ { field: { contact.phone: { regex: '^\\+?55\\d{2}9?\\d{8}$' } } } ]
            do: [ { note: br } ]
            then: continue
          - id: phone-any
            when: [ { field: { contact.phone: { regex: '\\d{4}$', length: { min: 8 } } } } ]
            do: [ { note: phone } ]
            then: continue
          - id: attr
            when: [ { field: { contact.attributes.plan: { exists: true } } } ]
            do: [ { set: { plan: '{{contact.attributes.plan}}' } } ]
            then: continue
          - id: digits
            when: [ { text: { regex: '\\b(?<n>\\d{4,11})\\b' } } ]
            do: [ { reply: 'number {{match.n}}' } ]
            then: continue
            once_per: { account: 5m }
          - id: raw-huggy
            when: [ { field: { raw.messages.receivedAllMessage.0.sender.name: { exists: true, length: { min: 2, max: 40 } } } } ]
            do: [ { note: raw } ]
            then: continue
          - id: raw-rc
            on: [message.received, conversation.started, conversation.queued, conversation.assigned, conversation.closed]
            when: [ { field: { raw.visitor.username: { starts: 'guest-' } } } ]
            do: [ { note: guest } ]
            then: continue
          - id: raw-ip
            on: [message.received, conversation.started, conversation.queued, conversation.assigned, conversation.closed]
            when: [ { field: { raw.visitor.ip: { regex: '^\\d+\\.\\d+\\.\\d+\\.\\d+$' } } } ]
            do: [ { note: ip } ]
            then: continue
          - id: hexid
            when: [ { field: { conversation.id: { regex: '^[0-9a-f]{24}$|^[A-Za-z0-9]{17}$|^\\d+$' } } } ]
            do: [ { note: id } ]
            then: continue
          - id: namelen
            when: [ { field: { contact.name: { length: { max: 11 } } } } ]
            do: [ { note: short } ]
            then: continue
          - id: firstname
            when: [ { field: { contact.first_name: { regex: '^[A-Z]' } } } ]
            do: [ { note: cap } ]
            then: continue
          - id: again
            when: [ { repeated: { times: 2, within: 10m } } ]
            do: [ { note: again } ]
            then: continue
          - id: first
            when: [ { first_message: true } ]
            do: [ { reply: hi }, { start: ask } ]
        flows:
          - id: ask
            start: q
            steps:
              q:
                say: 'Your order?'
                expect:
                  - when: [ { text: { regex: '(?<o>\\d{3,})' } } ]
                    set: { order: '{{match.o}}' }
                    next: done
                otherwise: { say: 'Again?', times: 2, next: done }
                timeout: { after: 10m, next: done }
              done: { say: 'ok {{vars.order}}', end: true }

        """

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Of vendors' own tests, which say nothing of anybody and must stay known.
    private static let tests = ["test-button", "session-closed-guide"]

    /// Of all vendors.
    private static let payloads: [String] = {
        let vendors = root.appendingPathComponent("Sources/Vendors").path
        let names = FileManager.default.enumerator(atPath: vendors)?.allObjects as? [String] ?? []
        let payloads = names.filter { name in name.hasSuffix(".payload.json") && !tests.contains(where: name.contains) }
        return payloads.sorted().map { vendors + "/" + $0 }
    }()

    private static let ruleSets = ["examples": root.appendingPathComponent("rules").path, "own": "rules"]

    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Self.rules, to: "rules/a.yaml")
        return folder
    }

    /// Values by which somebody could be known, as events tell them.
    private static func telling(_ event: Value) -> [String] {
        var values: [String] = []
        for person in ["contact", "sender", "agent"].compactMap({ event[$0] }) {
            values += ["id", "name", "username", "email", "phone"].compactMap { person[$0]?.text }
        }
        values += ["message", "conversation"].compactMap { event[$0]?["id"]?.text }
        values += (event["message"]?["attachments"]?.array ?? []).compactMap { $0["url"]?.text }
        return values.filter { value in
            let isPlaceholder = ["visitor name", "Agent Name", "name", "string"].contains(value) || value.contains("[email")
            // What is shorter stands in other numbers by chance.
            return value.count >= 6 && !isPlaceholder
        }
    }

    @Test(arguments: ["examples", "own"])
    func nothingThatEventsTellIsLeftAndTheRulesDecideTheSame(ruleSet: String) async throws {
        let folder = try folder()
        let rules = try #require(Self.ruleSets[ruleSet])
        try #require(Self.payloads.count > 80)
        let result = try await Program.run(["captures", "anonymize", "--rules", rules] + Self.payloads, in: folder.path)
        #expect(result.errors.hasSuffix("; the rules decide the same\n"), "\(result.errors)")
        let unreadable = result.errors.split(separator: "\n").dropLast().map(String.init)
        #expect(unreadable.allSatisfy { $0.hasSuffix("the payload is not a JSON object") })
        #expect(result.status == (unreadable.isEmpty ? 0 : 1))
        #expect(result.output.split(separator: "\n").count == Self.payloads.count - unreadable.count)

        let told = try await Program.run(
            ["dry-run", "--rules", rules, "--format", "json"] + Self.payloads, in: folder.path)
        let values = Set(
            try told.output.split(separator: "\n").flatMap { line in
                try JSONDocument(String(line)).root["event"].map { Self.telling($0.value) } ?? []
            })
        try #require(values.count > 100)
        let left = values.filter { result.output.contains($0) }
        #expect(left == [], "\(left)")
    }

    /// One stand-in for one thing, however many inputs it stands in and however they are given.
    @Test func theSameInputGivesTheSameOutput() async throws {
        let folder = try folder()
        let bodies = try Self.payloads.prefix(20).map { path in
            try JSONDocument([UInt8](Data(contentsOf: URL(fileURLWithPath: path)))).root.value
        }
        try folder.write(bodies.map { JSONWriter.string($0) }.joined(separator: "\n"), to: "all.jsonl")
        let files = try await Program.run(["captures", "anonymize"] + Self.payloads.prefix(20), in: folder.path)
        let lines = try await Program.run(["captures", "anonymize", "all.jsonl"], in: folder.path)
        #expect(files.output == lines.output && !files.output.isEmpty)
        // What comes out goes in again, and is decided the same.
        let again = try await Program.run(["captures", "anonymize", "-"], in: folder.path, input: lines.output)
        #expect(again.status == 0, "\(again.errors)")
    }

    @Test func whatIsDecidedOtherwiseIsTold() async throws {
        let folder = try TemporaryFolder()
        let rules = """
            version: 1
            rules:
              - id: odd
                when: [ { text: { regex: '[13579]$' } } ]
                do: [ { note: odd } ]
            """
        try folder.write(rules, to: "rules/a.yaml")
        let lines = (0..<20).map { Shop.message("m\($0)", chat: 5, text: "number 7654\(100 + 2 * $0)") }
        try folder.write(lines.joined(separator: "\n"), to: "day.jsonl")
        let result = try await Program.run(["captures", "anonymize", "day.jsonl"], in: folder.path)
        #expect(result.status == 1)
        #expect(result.output.split(separator: "\n").count == 20)
        #expect(result.errors.contains("the rules do not decide the same: "))
        #expect(result.errors.contains("day.jsonl:"))
        #expect(result.errors.contains("rules was [], with stand-ins it is [{\"id\":\"odd\""))
    }
}

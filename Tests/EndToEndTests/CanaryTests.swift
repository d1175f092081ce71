import Delivery
import Foundation
import Model
import Synchronization
import TestSupport
import Testing
import VendorKit

/// Forty secrets and forty of customers' words are put into everything that takes some, at the level that logs most, and are
/// looked for in everything that comes out (S9, S10, T38).
@Suite(.timeLimit(.minutes(15))) struct CanaryTests {
    @Test func noneIsWhereItMustNotBe() async throws {
        let house = try House()
        defer { house.api.stop() }
        let daemon = try await DaemonProcess.start(in: house.folder.path, arguments: ["--log-level", "debug"])
        let client = try Client()
        async let tail = Program.run(["tail", "--count", "1"], in: house.folder.path)
        let sending = Sending(house: house, daemon: daemon)
        try await sending.strangers()
        await sending.customers(client)
        await Metrics.wait(client, daemon) {
            $0["bellhop_inbox_depth"] == 0 && $0["bellhop_dead_letters"] ?? 0 >= 2 && house.isBusyEverywhere
        }
        try await sending.brokenRules()
        var outputs = try await sending.commands()
        outputs.append(try await tail.output)
        let metrics = await client.get("http://\(daemon.admin)/metrics")?.body ?? ""
        let process = try #require(Self.processFiles(of: house.folder.path))
        #expect(try await daemon.terminate() == 0)
        await client.close()

        // Where no secret may be, nor anything of a customer.
        let log = daemon.lines.joined(separator: "\n")
        #expect(log.contains("level=debug") && log.contains("effect given up") && log.contains("wrong secret"))
        let closed = ["log": log, "metrics": metrics, "errors": sending.replies, "process": process]
        for (name, text) in closed {
            #expect(house.secrets.found(in: Array(text.utf8)) == [], "\(name)")
            #expect(house.people.found(in: Array(text.utf8)) == [], "\(name)")
        }
        // What an operator asks for holds customers' words, and no secret.
        for output in outputs + [daemon.printed] { #expect(house.secrets.found(in: Array(output.utf8)) == []) }
        #expect(!house.people.found(in: outputs.flatMap { Array($0.utf8) }).isEmpty)
        // The store neither; it is seen to be readable by what a body alone has.
        let stored = house.storedBytes
        #expect(house.secrets.found(in: stored) == [])
        #expect(!house.bodyWords.found(in: stored).isEmpty)
        // The secrets came to the other side, which repeated them in every form: the search would have had something to find.
        #expect(house.seenSecrets >= 6)

        // What is removed is gone from the bytes of the files too.
        let later = try await DaemonProcess.start(in: house.folder.path)
        let pruned = try await Program.run(["captures", "prune", "--older-than", "2100-01-01T00:00:00Z"], in: house.folder.path)
        #expect(pruned.status == 0 && pruned.output.contains("captured webhook"), "\(pruned.output)\(pruned.errors)")
        #expect(try await later.terminate() == 0)
        #expect(house.bodyWords.found(in: house.storedBytes) == [])
    }

    /// Files that the daemon makes are its user's alone.
    @Test func whatIsMadeIsItsOwn() async throws {
        let house = try House()
        defer { house.api.stop() }
        let daemon = try await DaemonProcess.start(in: house.folder.path)
        let made = try FileManager.default.contentsOfDirectory(atPath: house.folder.path).filter { $0.hasPrefix("bellhop.db") }
        #expect(Set(made).isSuperset(of: ["bellhop.db", "bellhop.db-wal"]))
        for name in made {
            let attributes = try FileManager.default.attributesOfItem(atPath: house.folder.path + "/" + name)
            #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o077 } == 0, "\(name)")
        }
        let limits = Self.processes(in: house.folder.path).compactMap {
            try? String(contentsOfFile: $0 + "/limits", encoding: .utf8)
        }
        let core = limits.first?.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
        #expect(core?.split(separator: " ").filter { $0 == "0" }.count == 2, "a crash leaves no picture of the memory")
        #expect(try await daemon.terminate() == 0)
    }

    /// What everybody on the machine may see of the process, and its environment.
    private static func processFiles(of folder: String) -> String? {
        processes(in: folder).first.map { process in
            ["cmdline", "environ"].map { name in
                String(decoding: FileManager.default.contents(atPath: process + "/" + name) ?? Data(), as: UTF8.self)
            }.joined(separator: "\n")
        }
    }

    /// The folders in `/proc` of those that run in the folder.
    private static func processes(in folder: String) -> [String] {
        let wanted = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        return ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).map { "/proc/" + $0 }.filter { process in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: process + "/cwd")) == wanted
        }
    }
}

/// Marks that no encoding of a text changes but Base64, which is looked for too.
private struct Canaries {
    let marks: [String]
    private let forms: [[[UInt8]]]

    init(_ marks: [String]) {
        self.marks = marks
        forms = marks.map { mark in
            [Array(mark.utf8)]
                + (0...2).map { offset in
                    // What Base64 of it has in common whatever stands before and behind.
                    let digits = Data(Array(repeating: 0, count: offset) + Array(mark.utf8)).base64EncodedString()
                    return Array(digits.utf8.dropFirst([0, 2, 3][offset]).dropLast(4))
                }
        }
    }

    func found(in bytes: [UInt8]) -> [String] {
        bytes.withUnsafeBytes { bytes in
            zip(marks, forms).filter { _, forms in forms.contains { Self.holds(bytes, $0) } }.map(\.0)
        }
    }

    private static func holds(_ bytes: UnsafeRawBufferPointer, _ form: [UInt8]) -> Bool {
        guard var place = bytes.baseAddress, let first = form.first else { return false }
        let end = place + bytes.count
        while let found = memchr(place, Int32(first), end - place), end - UnsafeRawPointer(found) >= form.count {
            if memcmp(found, form, form.count) == 0 { return true }
            place = UnsafeRawPointer(found) + 1
        }
        return false
    }
}

/// A configuration of twelve accounts, and one server for all of their vendors, which repeats what it was told.
private final class House: Sendable {
    let folder: TemporaryFolder
    let api: LoopbackServer
    /// Each in its own file, with characters that every encoding writes otherwise.
    let written: [String: String]
    let secrets: Canaries
    let people: Canaries
    /// What stands in bodies and is used by no rule.
    let bodyWords: Canaries
    private let answered: Answered

    private final class Answered: Sendable {
        let paths = Mutex<Set<String>>([])
        let secrets = Mutex<Set<String>>([])
    }

    static let huggy = (1...6).map { "h\($0)" }

    init() throws {
        var marks: [String] = []
        var written: [String: String] = [:]
        func secret(_ name: String) -> String {
            let mark = "Cn\(marks.count)x" + String(UInt64(marks.count + 1) &* 0x9E37_79B9_7F4A_7C15, radix: 36)
            marks.append(mark)
            written[name] = "\(mark)/+=\"é\(mark)"
            return "{ file: secrets/\(name) }"
        }
        let answered = Answered()
        let api = try LoopbackServer { Self.answer(to: $0, answered) }
        var accounts = ""
        for id in Self.huggy {
            accounts += """
                  \(id):
                    vendor: huggy
                    webhook: { secret: [ \(secret(id)), \(secret(id + "-old")) ] }
                    api: { base_url: \(api.url("/\(id)")), token: \(secret(id + "-api")) }

                """
        }
        for (id, vendor) in [
            ("o1", "omnichat"), ("o2", "omnichat"), ("o3", "omnichat"), ("c1", "channeltalk"), ("c2", "channeltalk"),
        ] {
            accounts += """
                  \(id):
                    vendor: \(vendor)
                    webhook: { secret: [ \(secret(id)), \(secret(id + "-old")) ] }
                    api: { base_url: \(api.url("/\(id)")), key: \(secret(id + "-key")), secret: \(secret(id + "-secret")) }

                """
        }
        accounts += """
              r1:
                vendor: rocketchat
                webhook: { secret: \(secret("r1")) }
                api: { base_url: \(api.url("/r1")), user_id: u1, token: \(secret("r1-api")) }

            """
        folder = try TemporaryFolder()
        self.api = api
        self.answered = answered
        self.written = written
        secrets = Canaries(marks)
        people = Canaries((0..<40).map { Person.mark($0) })
        bodyWords = Canaries(Self.huggy.indices.map { "Body\($0)only7w3k9" })
        for (name, text) in written { try folder.write(text + "\n", to: "secrets/\(name)") }
        let head = "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nhttp_actions: { allow: ['127.0.0.1:\(api.port)'] }\naccounts:\n"
        try folder.write(head + accounts, to: "bellhop.yaml")
        try folder.write(Self.rules(api.url("/own")), to: "rules/all.yaml")
    }

    private static func rules(_ own: String) -> String {
        """
        version: 1
        rules:
          - id: echo
            when: [ { text: 'order*' } ]
            then: continue
            do:
              - http: { url: '\(own)/{{contact.name}}?m={{contact.email}}', json: { t: '{{message.text}}' }, save: info }
              - http: { url: '\(own)/2', headers: { X-Name: '{{contact.name}}' }, body: '{{contact.phone}}' }
              - reply: 'got {{message.text}}, {{contact.name}} {{contact.email}} {{contact.phone}}'
          - id: note
            when: [ { text: 'order*' } ]
            then: continue
            do: [ { note: 'by {{contact.name}}' }, { contact: { obs: '{{message.text}}' } } ]

        """
    }

    /// Every account's calls, and those of `http` actions, came.
    var isBusyEverywhere: Bool { answered.paths.withLock { $0.isSuperset(of: Self.huggy + ["own"]) } }

    var seenSecrets: Int { answered.secrets.withLock { $0.count } }

    var storedBytes: [UInt8] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter {
            $0.hasPrefix("bellhop.db")
        }
        return names.flatMap { [UInt8](FileManager.default.contents(atPath: folder.path + "/" + $0) ?? Data()) }
    }

    /// By the account: a refusal of the credentials, other refusals, failures, a redirect, and a reset; each repeats the secret
    /// and all that it was told, in every encoding.
    private static func answer(to request: LoopbackServer.Request, _ answered: Answered) -> LoopbackServer.Answer {
        let path = request.head.first?.split(separator: "/").dropFirst().first.map(String.init) ?? ""
        let line = request.head.first { $0.lowercased().hasPrefix("authorization:") } ?? ""
        let secret = line.split(separator: " ", maxSplits: 2).last.map(String.init) ?? ""
        answered.paths.withLock { _ = $0.insert(path) }
        if secret.hasPrefix("Cn") { answered.secrets.withLock { _ = $0.insert(secret) } }
        let told = [
            secret, "Bearer \(secret)", Data("x:\(secret)".utf8).base64EncodedString(), Data(secret.utf8).base64EncodedString(),
            URLText.encoded(secret), secret.replacing("\"", with: "\\\"").replacing("/", with: "\\/"), request.body,
        ]
        let body = (try? String(decoding: JSONEncoder().encode(["error": told.joined(separator: " ")]), as: UTF8.self)) ?? ""
        let head =
            "Content-Type: application/json\r\nX-Echo: \(secret)\r\nLocation: http://127.0.0.1:1/?t=\(URLText.encoded(secret))\r\n"
        let status =
            switch path {
            case "h1": "401 Unauthorized"
            case "h2": "400 Bad Request"
            case "h4": "500 Failed"
            case "h5": "302 Found"
            default: "200 OK"
            }
        let text = "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(head)\r\n\(body)"
        return path == "h6" ? .textAndReset(String(text.prefix(60))) : .text(text)
    }
}

/// A customer whose every word is a mark.
private struct Person {
    let number: Int

    static func mark(_ index: Int) -> String { "Pn\(index)y" + String(UInt64(index + 7) &* 0xBF58_476D_1CE4_E5B9, radix: 36) }

    private func word(_ place: Int) -> String { Self.mark(number * 5 + place) }

    func message(token: String) -> String {
        let quoted = String(decoding: (try? JSONEncoder().encode([token])) ?? Data(), as: UTF8.self).dropFirst().dropLast()
        let person = """
            {"id":7\(number),"name":"\(word(0)) Souza","mobile":"\(word(1))","phone":"+55 \(word(2))","email":"\(word(3))@example.com",\
            "photo":"no_photo"}
            """
        return """
            {"time":1735738800,"token":\(quoted),"aside":"Body\(number)only7w3k9","messages":{"receivedAllMessage":[{"id":"m\(number)",\
            "body":"order \(word(4))","is_internal":false,"is_email":false,"sender":\(person),"senderType":"widget","receiver":false,\
            "receiverType":"agent","file":null,"channel":"widget","customer":\(person),"chat":{"id":5\(number),\
            "channel":"widget","situation":"auto","department":false,"customer":\(person)},\
            "send_at":"2025-01-01 10:40:00","read_at":null,"company":{"id":"351000"}}]}}
            """
    }
}

/// What is sent to the daemon, and what it answers.
private final class Sending: Sendable {
    private let house: House
    private let daemon: DaemonProcess
    private let heard = Mutex("")

    init(house: House, daemon: DaemonProcess) {
        self.house = house
        self.daemon = daemon
    }

    /// The answers to all that was wrong, heads too.
    var replies: String { heard.withLock { $0 } }

    func customers(_ client: Client) async {
        for (number, id) in House.huggy.enumerated() {
            let body = Person(number: number).message(token: house.written[id] ?? "")
            #expect(await client.post(body, to: "http://\(daemon.listen)/webhooks/\(id)") == 200)
        }
    }

    /// Every secret where it is wrong: in paths, queries, headers, bodies, of other accounts; with words of a customer beside it.
    func strangers() async throws {
        let transport = try CurlTransport(version: "test")
        func post(_ url: String, headers: [VendorRequest.Header] = [], body: String) async {
            let request = VendorRequest(
                method: "POST", url: url, headers: headers, body: .text(body), timeoutMilliseconds: 60_000)
            guard case .response(let answer) = await transport.send(request, secrets: [:]) else {
                Issue.record("no answer")
                return
            }
            #expect(answer.status >= 400)
            heard.withLock { $0 += "\(answer.headers) \(String(decoding: answer.body, as: UTF8.self))\n" }
        }
        for (index, (name, secret)) in house.written.sorted(by: { $0.key < $1.key }).enumerated() {
            let escaped = URLText.encoded(secret)
            let message = Person(number: index % 8).message(token: secret)
            // Of one account at another: authentic for nobody.
            let account = name.hasPrefix("h1") ? "h2" : "h1"
            await post("http://\(daemon.listen)/webhooks/\(account)", body: message)
            await post("http://\(daemon.listen)/webhooks/\(account)?token=\(escaped)", body: #"{"x":"\#(Person.mark(index))"}"#)
            await post("http://\(daemon.listen)/webhooks/r1/\(escaped)", body: message)
            await post("http://\(daemon.listen)/webhooks/\(escaped)", body: message)
            await post("http://\(daemon.listen)/\(escaped)?\(Person.mark(index))", body: message)
            await post(
                "http://\(daemon.listen)/webhooks/h1", headers: [.init("X-RocketChat-Livechat-Token", .text(secret))],
                body: "{\"token\":\"\(secret)")
            await post("http://\(daemon.admin)/\(escaped)", body: message)
        }
        await transport.close(within: .seconds(1))
    }

    /// Rules that cannot be used, with a secret where the fault is.
    func brokenRules() async throws {
        let secret = house.written["h1-api"] ?? ""
        let quoted = "'\(secret.replacing("'", with: "''"))'"
        try house.folder.write(
            "version: 1\nrules:\n  - id: broken\n    \(quoted): 1\n    when: [ { \(quoted): x } ]\n    do: [ { \(quoted): x } ]\n",
            to: "rules/broken.yaml")
        let reload = try await Program.run(["reload"], in: house.folder.path)
        #expect(reload.status == 1)
        #expect(house.secrets.found(in: Array((reload.output + reload.errors).utf8)) == [])
    }

    /// What an operator may ask the running daemon.
    func commands() async throws -> [String] {
        var outputs: [String] = []
        func run(_ arguments: String...) async throws -> String {
            let result = try await Program.run(arguments, in: house.folder.path)
            outputs += [result.output, result.errors]
            return result.output
        }
        _ = try await run("status")
        _ = try await run("status", "--format", "json")
        _ = try await run("dead-letters", "list")
        let letters = try await run("dead-letters", "list", "--format", "json")
        let ids = letters.matches(of: /"id":"((?:effect|event)-\d+)"/).map { String($0.output.1) }
        #expect(!ids.isEmpty)
        for id in Set(ids) { _ = try await run("dead-letters", "show", id, "--format", "json") }
        for number in House.huggy.indices {
            _ = try await run("blame", "5\(number)")
            _ = try await run("blame", "5\(number)", "--format", "json")
        }
        _ = try await run("captures", "export")
        return outputs
    }
}

import Daemon
import Foundation
import JSON
import Model
import Testing

@Suite struct ControlServerTests {
    static let rules = """
        version: 1
        rules:
          - id: echo
            when: [ { text: 'order*' } ]
            do: [ { reply: "you said {{message.text}}" } ]
          - id: bye
            when: [ { text: bye } ]
            do: [ { note: bye } ]

        """

    private func post(_ body: String, to daemon: ControlledDaemon, account: String = "hg") async throws {
        #expect(try await WebClient.post(body, to: daemon.addresses.listen, "/webhooks/\(account)") == 200)
    }

    @Test func tellsHowTheDaemonIsDoing() async throws {
        try await withTemporaryFolder { folder in
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { daemon in
                let status = try await daemon.result(.status)
                #expect(status["version"] == "1.2.3")
                #expect(status["pid"] == .integer(Int64(getpid())))
                #expect(status["ready"] == true && status["obstacle"] == .null)
                #expect(status["listen"]?.text == daemon.addresses.listen.text)
                #expect(status["admin"]?.text == daemon.addresses.admin.text)
                #expect(status["rules"]?["rules"] == 2 && status["rules"]?["last_load_refused"] == false)
                #expect(status["inbox"] == ["undecided": 0, "oldest_age_s": .null])
                #expect(
                    status["accounts"]?.array?.last
                        == ["id": "closed", "vendor": "huggy", "delivery": "print", "takes_webhooks": false])
                #expect(!JSONWriter.string(status).contains(secret))
            }
        }
    }

    @Test func reloadsAndTellsWhatChanged() async throws {
        try await withTemporaryFolder { folder in
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { daemon in
                let same = try await daemon.result(.reload(isColored: false))
                #expect(same["added"] == [] && same["changed"] == [] && same["removed"] == [] && same["reordered"] == false)
                let changed = """
                    version: 1
                    rules:
                      - id: new
                        do: [ { note: new } ]
                      - id: echo
                        when: [ { text: 'order*' } ]
                        do: [ { reply: "now {{message.text}}" } ]
                    """
                try changed.write(toFile: folder + "/rules.yaml", atomically: true, encoding: .utf8)
                let result = try await daemon.result(.reload(isColored: false))
                #expect(result["rules"] == 2)
                #expect(result["added"] == [["kind": "rule", "id": "new", "at": .string("\(folder)/rules.yaml:3:5")]])
                #expect(result["changed"] == [["kind": "rule", "id": "echo", "at": .string("\(folder)/rules.yaml:5:5")]])
                #expect(result["removed"] == [["kind": "rule", "id": "bye", "at": .string("\(folder)/rules.yaml:6:5")]])
                let status = try await daemon.result(.status)
                #expect(status["rules"]?["revision"] == result["revision"])
            }
        }
    }

    @Test func refusesBadRulesAndKeepsTheOldOnes() async throws {
        try await withTemporaryFolder { folder in
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { daemon in
                let before = try await daemon.result(.status)["rules"]?["revision"]
                try (Self.rules + "  - id: broken\n").write(
                    toFile: folder + "/rules.yaml", atomically: true, encoding: .utf8)
                guard case .refused(let message, let about) = try await daemon.ask(.reload(isColored: false)).last else {
                    Issue.record("bad rules were not refused")
                    return
                }
                #expect(message == "the rules cannot be used, the old ones stay")
                #expect(about["revision"] == before)
                #expect(about["diagnostics"]?["0"]?["line"] == 9)
                #expect(about["text"]?.text?.contains("  - id: broken\n") == true)
                let rules = try await daemon.result(.status)["rules"]
                #expect(rules?["revision"] == before && rules?["last_load_refused"] == true)
            }
        }
    }

    @Test func showsDecisionsAsTheyAreMade() async throws {
        try await withTemporaryFolder { folder in
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { daemon in
                let all = try ControlConnection(daemon.socket)
                let one = try ControlConnection(daemon.socket)
                all.send(#"{"command": "tail"}"#)
                one.send(#"{"command": "tail", "rule": "bye", "conversation": "8"}"#)
                // Whoever has heard this misses nothing from now on.
                #expect(try await all.next() == .alive)
                #expect(try await one.next() == .alive)
                try await post(huggyMessage("1", "order 5"), to: daemon)
                try await post(huggyMessage("2", "bye"), to: daemon)
                try await post(huggyMessage("3", "bye", chat: 8), to: daemon)
                var seen: [Value] = []
                while seen.count < 3, case .item(let decision) = try await all.nextNews() { seen.append(decision) }
                #expect(seen.map { $0["event"]?["message"]?["text"]?.text } == ["order 5", "bye", "bye"])
                #expect(seen.first?["rules"]?["0"]?["at"] == .string("\(folder)/rules.yaml:3:5"))
                #expect(seen.first?["effects"]?["0"]?["request"]?["json"] == ["text": "you said order 5"])
                #expect(!JSONWriter.string(.array(seen)).contains(secret))
                guard case .item(let decision) = try await one.nextNews() else {
                    Issue.record("a decision is missing")
                    return
                }
                #expect(decision["event"]?["id"] == "huggy:hg:message:3")
            }
        }
    }

    @Test(arguments: [
        ("x", "a request is JSON on one line"), ("[]", "a request is an object with `command`"),
        (#"{"command": "fly"}"#, "there is no command 'fly'"),
        (#"{"command": "dead_letter", "id": "12"}"#, "`id` is no dead letter's: they are as `effect-12` or `event-7`"),
        (#"{"command": "dead_letters", "limit": 0}"#, "`limit` is from 1 to 1000"),
        (#"{"command": "captures", "since": "yesterday"}"#, "`since` is no time: 'yesterday'"),
        (#"{"command": "captures", "kind": 7}"#, "`kind` is no text"), (#"{"command": "blame"}"#, "`id` is missing"),
        (String(repeating: "x", count: ControlRequest.longestBytes + 1), "a request has 65536 bytes at most"),
    ])
    func tellsWhatIsWrongWithARequest(line: String, message: String) async throws {
        try await withTemporaryFolder { folder in
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { daemon in
                let replies = try await ControlConnection.ask(daemon.socket, line)
                #expect(replies == [.failed(message)])
            }
        }
    }

    @Test func leavesRoomForFewConnections() async throws {
        try await withTemporaryFolder { folder in
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { daemon in
                var watching: [ControlConnection] = []
                for _ in 0..<8 {
                    let connection = try ControlConnection(daemon.socket)
                    connection.send(#"{"command": "tail"}"#)
                    #expect(try await connection.next() == .alive)
                    watching.append(connection)
                }
                let ninth = try await daemon.ask(.tail(DecisionFilter()))
                #expect(ninth == [.failed("8 are watching already")])
                let status = try await daemon.result(.status)
                #expect(status["watchers"] == 8)
                withExtendedLifetime(watching) {}
            }
        }
    }

    // MARK: The file

    @Test func onlyUserAndGroupMayConnectWhileItRuns() async throws {
        try await withTemporaryFolder { folder in
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { daemon in
                let attributes = try FileManager.default.attributesOfItem(atPath: daemon.socket)
                #expect(attributes[.posixPermissions] as? Int == 0o660)
                #expect(attributes[.type] as? FileAttributeType == .typeSocket)
            }
            #expect(!FileManager.default.fileExists(atPath: folder + "/c.sock"))
        }
    }

    @Test func makesItsFolderAndTakesLongPaths() async throws {
        try await withTemporaryFolder { folder in
            let deep = folder + "/" + String(repeating: "d", count: 100)
            try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: true)
            var settings = ControlledDaemon.settings(in: folder)
            settings.control = deep + "/run/c.sock"
            try await ControlledDaemon.run(rules: Self.rules, in: folder, settings: settings) { _ in
                let replies = try await ControlConnection.ask(deep + "/run/c.sock", #"{"command": "status"}"#)
                #expect(replies.count == 1)
            }
            #expect(!FileManager.default.fileExists(atPath: deep + "/run/c.sock"))
        }
    }

    @Test func takesAwayWhatADeadProcessLeft() async throws {
        try await withTemporaryFolder { folder in
            _ = try ForeignSocket(folder + "/c.sock", isAbandoned: true)
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { daemon in
                let status = try await daemon.result(.status)
                #expect(status["ready"] == true)
            }
        }
    }

    @Test func leavesAloneWhatBelongsToOthers() async throws {
        try await withTemporaryFolder { folder in
            let foreign = try ForeignSocket(folder + "/c.sock")
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { daemon in
                #expect(
                    daemon.log.all.contains { $0.contains("control socket cannot be opened") && $0.contains("another process") })
            }
            #expect(FileManager.default.fileExists(atPath: folder + "/c.sock"))
            withExtendedLifetime(foreign) {}
            try FileManager.default.removeItem(atPath: folder + "/c.sock")
            try "precious".write(toFile: folder + "/c.sock", atomically: true, encoding: .utf8)
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { daemon in
                #expect(daemon.log.all.contains { $0.contains("there is a file that is no socket") })
            }
            #expect(try String(contentsOfFile: folder + "/c.sock", encoding: .utf8) == "precious")
        }
    }

    @Test func aSecondDaemonDoesNotTakeTheFirstOnesSocket() async throws {
        try await withTemporaryFolder { folder in
            try await ControlledDaemon.run(rules: Self.rules, in: folder) { first in
                var settings = ControlledDaemon.settings(in: folder)
                settings.store = .sqlite(path: folder + "/second.db")
                try await ControlledDaemon.run(settings, in: folder) { second in
                    #expect(second.log.all.contains { $0.contains("control socket cannot be opened") })
                    let status = try await first.result(.status)
                    #expect(status["listen"]?.text == first.addresses.listen.text)
                }
                #expect(try await first.result(.status)["ready"] == true)
            }
        }
    }
}

import Foundation
import JSON
import Model
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// Rules that change while the daemon works: by every way that files are written, good ones and bad ones (R7, T14, T21).
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 30)))) struct ReloadTests {
        private static func rules(_ round: Int) -> String {
            """
            version: 1
            rules:
              - id: echo-\(round)
                when: [ { text: 'order*' } ]
                do: [ { note: 'got {{message.text}}' } ]

            """
        }

        private func shop(_ api: LoopbackServer, _ reload: String) throws -> TemporaryFolder {
            let folder = try TemporaryFolder()
            try folder.write(Shop.configuration(api: api.url("")) + "reload: \(reload)\n", to: "bellhop.yaml")
            try folder.write(Self.rules(0), to: "releases/0/shop.yaml")
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/rules", withDestinationPath: "releases/0")
            return folder
        }

        private final class End: Sendable {
            private let value = Atomic(false)

            var isReached: Bool { value.load(ordering: .acquiring) }

            func reach() { value.store(true, ordering: .releasing) }
        }

        private static func isInUse(_ round: Int, _ values: [String: Double]) -> Bool {
            values["bellhop_rule_matches_total{rule=\"echo-\(round)\"}"] != nil
        }

        /// Puts the text there in one of three ways: by rename, over the file that is there, by another release and its link.
        private static func put(_ text: String, round: Int, in folder: TemporaryFolder) throws {
            let path = folder.path + "/rules/shop.yaml"
            switch round % 3 {
            case 0: try text.write(toFile: path, atomically: true, encoding: .utf8)
            case 1:
                let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                try file.truncate(atOffset: 0)
                let bytes = Data(text.utf8)
                // In two steps, the first of which ends within a word.
                try file.write(contentsOf: bytes.prefix(bytes.count / 2))
                try file.write(contentsOf: bytes.dropFirst(bytes.count / 2))
                try file.close()
            default:
                try folder.write(text, to: "releases/\(round)/shop.yaml")
                try FileManager.default.createSymbolicLink(
                    atPath: folder.path + "/next", withDestinationPath: "releases/\(round)")
                _ = rename(folder.path + "/next", folder.path + "/rules")
            }
        }

        @Test func watchedRulesChangeUnderLoad() async throws {
            let rounds = TestScale.rounds(usual: 12)
            let api = try LoopbackServer()
            defer { api.stop() }
            let folder = try shop(api, "{ watch: true, debounce: 20ms }")
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            let client = try Client()
            let end = End()
            let acknowledged = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    var count = 0
                    for number in 0... {
                        if end.isReached { break }
                        let message = Shop.message("m\(number)", chat: number % 7, text: "order \(number)")
                        #expect(await client.post(message, to: "http://\(daemon.listen)/webhooks/shop") == 200)
                        count += 1
                    }
                    return count
                }
                for round in 1...rounds {
                    let isBad = round % 4 == 3
                    try Self.put(isBad ? "version: 1\nrules: [ {" : Self.rules(round), round: round, in: folder)
                    await Metrics.wait(client, daemon) { values in
                        isBad ? values["bellhop_rules_reload_failed"] == 1 : Self.isInUse(round, values)
                    }
                    guard isBad else { continue }
                    // The one before stays in use, and the next good one comes by itself.
                    await Metrics.wait(client, daemon) { Self.isInUse(round - 1, $0) }
                    let status = try await Program.run(["status", "--format", "json"], in: folder.path)
                    let rules = try JSONDocument(status.output).root["rules"]
                    #expect(rules?["last_load_refused"]?.bool == true && rules?["watch"]?.string == "events", "\(status)")
                    #expect(rules?["refusal"]?["first"]?["line"]?.int64 ?? 0 >= 1)
                }
                end.reach()
                return try await group.next() ?? 0
            }
            await Metrics.wait(client, daemon, until: Metrics.isDrained)
            // Every message was decided by one of the sets, and by one alone.
            #expect(acknowledged > 0 && api.requests.count == acknowledged)
            #expect(try await daemon.terminate() == 0)
            await client.close()
        }

        @Test func aStormOfSignalsIsHarmless() async throws {
            let api = try LoopbackServer()
            defer { api.stop() }
            let folder = try shop(api, "{}")
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            let client = try Client()
            for round in 1...3 {
                for _ in 0..<300 { daemon.signal(SIGHUP) }
                try Self.put(Self.rules(round), round: round, in: folder)
                daemon.signal(SIGHUP)
                await Metrics.wait(client, daemon) { Self.isInUse(round, $0) }
                let message = Shop.message("m\(round)", chat: 1, text: "order \(round)")
                #expect(await client.post(message, to: "http://\(daemon.listen)/webhooks/shop") == 200)
            }
            await Metrics.wait(client, daemon, until: Metrics.isDrained)
            #expect(api.requests.count == 3)
            for _ in 0..<300 { daemon.signal(SIGHUP) }
            #expect(try await daemon.terminate() == 0)
            await client.close()
        }

        /// The program's `check` and a running daemon's `reload`, on folders made by chance.
        @Test func checkAndReloadOfTheProgramAgree() async throws {
            let seed = TestScale.seed(usual: 141)
            let rounds = TestScale.rounds(usual: 6)
            let api = try LoopbackServer()
            defer { api.stop() }
            let folder = try shop(api, "{}")
            try FileManager.default.removeItem(atPath: folder.path + "/rules")
            try folder.write(Self.rules(0), to: "rules/shop.yaml")
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            var random = SplitMix64(seed: seed)
            var revision = try await self.revision(in: folder)
            for round in 1...rounds {
                let made = MadeRulesFolder(&random)
                try made.write(to: folder.path + "/rules")
                let check = try await Program.run(["check", "--quiet", "--format", "json"], in: folder.path)
                let reload = try await Program.run(["reload", "--format", "json"], in: folder.path)
                #expect(
                    check.status == reload.status && [0, 1].contains(reload.status),
                    "seed \(seed), round \(round), \(made.faults): \(check.status) \(reload.status) \(reload)")
                let now = try await self.revision(in: folder)
                #expect(reload.status == 0 || now == revision, "seed \(seed), round \(round), \(made.faults)")
                revision = now
            }
            #expect(try await daemon.terminate() == 0)
        }

        private func revision(in folder: TemporaryFolder) async throws -> String? {
            let status = try await Program.run(["status", "--format", "json"], in: folder.path)
            return try JSONDocument(status.output).root["rules"]?["revision"]?.string
        }

        /// A test that fails refuses the set as an error does: printed with its place, exit 1; at start nothing is decided.
        @Test func requiredTestsAreToldByReloadAndStatus() async throws {
            let api = try LoopbackServer()
            defer { api.stop() }
            let folder = try shop(api, "{ require_tests: true }")
            func test(_ wanted: String) throws {
                try folder.write(
                    "version: 1\ntests:\n  - name: echoes\n    event: { text: order 5 }\n"
                        + "    expect: { effects: [ { note: '\(wanted)' } ] }\n", to: "releases/0/shop.test.yaml")
            }
            try test("something else")
            let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
            let client = try Client()
            #expect(await client.get("http://\(daemon.admin)/health/ready")?.status == 503)
            let refused = try await Program.run(["reload"], in: folder.path)
            #expect(refused.status == 1)
            #expect(refused.output.contains("error[R301]: the test 'echoes' fails: "), "\(refused.output)")
            #expect(refused.output.contains("--> rules/shop.test.yaml:5:13"), "\(refused.output)")
            let status = try await Program.run(["status"], in: folder.path)
            #expect(status.output.contains("none in use"), "\(status.output)")
            #expect(status.output.contains("rules/shop.test.yaml:5:13"), "\(status.output)")
            // An event that came before there were rules is decided when there are.
            let message = Shop.message("m1", chat: 1, text: "order 1")
            #expect(await client.post(message, to: "http://\(daemon.listen)/webhooks/shop") == 200)
            try test("got order 5")
            #expect(try await Program.run(["reload"], in: folder.path).status == 0)
            #expect(await client.get("http://\(daemon.admin)/health/ready")?.status == 200)
            await Metrics.wait(client, daemon, until: Metrics.isDrained)
            #expect(api.requests.count == 1)
            #expect(try await daemon.terminate() == 0)
            await client.close()
        }
    }
}

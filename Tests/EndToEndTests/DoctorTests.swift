import Foundation
import GRDB
import JSON
import Model
import TestSupport
import Testing

/// `bellhop doctor`, with and without a daemon.
@Suite(.timeLimit(.minutes(15))) struct DoctorTests {
    private func shop() async throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(Shop.configuration(api: "http://127.0.0.1:9"), to: "bellhop.yaml")
        try folder.write(Shop.rules, to: "rules/shop.yaml")
        return folder
    }

    private func doctor(
        _ folder: TemporaryFolder, _ arguments: [String] = [], environment: [String: String] = Shop.environment
    ) async throws -> (status: Int32, verdicts: [String: String], report: Value, errors: String) {
        let result = try await Program.run(
            ["doctor", "--format", "json"] + arguments, in: folder.path, environment: environment)
        let report = (try? JSONDocument(result.output).root.value) ?? .null
        var worst: [String: String] = [:]
        for check in report["checks"]?.array ?? [] {
            let (name, verdict) = (check["check"]?.string ?? "", check["verdict"]?.string ?? "")
            let order = ["ok", "warn", "fail"]
            let before = worst[name].flatMap { order.firstIndex(of: $0) } ?? -1
            if (order.firstIndex(of: verdict) ?? 3) > before { worst[name] = verdict }
        }
        return (result.status, worst, report, result.errors)
    }

    /// Checks of the machine that the tests run on say what they say.
    private func isOfTheMachine(_ check: String) -> Bool { ["sqlite", "limits", "files", "disk", "tests"].contains(check) }

    @Test func findsAHealthyShopHealthy() async throws {
        let folder = try await shop()
        let before = try await doctor(folder)
        #expect(before.status == 0, "\(before.report) \(before.errors)")
        #expect(before.report["daemon"] == "stopped")
        #expect(before.verdicts["ledger"] == nil)

        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        for number in 0..<5 {
            #expect(
                await client.post(
                    Shop.message("m\(number)", chat: number, text: "hello"), to: "http://\(daemon.listen)/webhooks/shop") == 200)
        }
        await Metrics.wait(client, daemon, until: Metrics.isDrained)
        let running = try await doctor(folder)
        #expect(running.status == 0, "\(running.report) \(running.errors)")
        #expect(running.report["daemon"] == "running")
        #expect(running.report["schema"] == 1)
        let notOk = running.verdicts.filter { $0.value != "ok" && !isOfTheMachine($0.key) }
        #expect(notOk == [:])
        #expect(
            Set(running.verdicts.keys) == [
                "configuration", "rules", "tests", "admin", "secrets", "daemon", "readiness", "ledger", "integrity", "references",
                "lines", "marks", "schema", "log", "disk", "files", "sqlite", "libraries", "limits", "clock", "backlog",
                "dead_letters", "accounts",
            ])
        let ledger = running.report["checks"]?.array?.first { $0["check"] == "ledger" }?["message"]?.string
        #expect(ledger == "every event is accounted for: 5 accepted = 5 done + 0 open + 0 dead + 0 ignored + 0 removed")

        #expect(try await daemon.terminate() == 0)
        await client.close()
        let stopped = try await doctor(folder, ["--quick"])
        #expect(stopped.status == 0)
        #expect(stopped.report["daemon"] == "stopped")
        #expect(stopped.verdicts["ledger"] == "ok" && stopped.verdicts["integrity"] == "ok")
    }

    @Test func showsFindingsToPeople() async throws {
        let folder = try await shop()
        let result = try await Program.run(["doctor"], in: folder.path, environment: Shop.environment)
        #expect(result.status == 0)
        #expect(result.output.contains("ok    configuration  bellhop.yaml can be used, 1 account"), "\(result.output)")
        #expect(result.output.contains("warn  tests"), "\(result.output)")
        #expect(result.output.split(separator: "\n").last?.contains(" checks: 0 failed, ") == true)
        #expect(!(result.output + result.errors).contains(Shop.token))
    }

    /// Whoever took rows away is found out, by the running daemon and without one.
    @Test(arguments: [true, false])
    func missesEventsThatAreGone(isRunning: Bool) async throws {
        let folder = try await shop()
        var daemon: DaemonProcess? = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        if let daemon {
            let url = "http://\(daemon.listen)/webhooks/shop"
            for number in 0..<3 {
                #expect(await client.post(Shop.message("m\(number)", chat: number, text: "hello"), to: url) == 200)
            }
            await Metrics.wait(client, daemon, until: Metrics.isDrained)
        }
        await client.close()
        if !isRunning {
            #expect(try await daemon?.terminate() == 0)
            daemon = nil
        }
        let queue = try DatabaseQueue(path: folder.path + "/bellhop.db")
        try await queue.write { try $0.execute(sql: "DELETE FROM inbox WHERE id = 2") }
        try queue.close()
        let found = try await doctor(folder)
        #expect(found.status == 1)
        #expect(found.verdicts["ledger"] == "fail", "\(found.report)")
        #expect(found.report["verdict"] == "fail")
        // A clean stop would find the fault as well.
        try await daemon?.kill9()
    }

    @Test func findsWhatIsWrongWithTheConfiguration() async throws {
        let folder = try await shop()
        let secretless = try await doctor(folder, environment: ["SHOP_TOKEN": "short", "SHOP_API": ""])
        #expect(secretless.status == 1)
        #expect(secretless.verdicts["secrets"] == "fail")
        try folder.write(Shop.rules.replacingOccurrences(of: "order*", with: "order*', nope: '"), to: "rules/shop.yaml")
        #expect(try await doctor(folder).verdicts["rules"] == "fail")
        try folder.write("listen: 127.0.0.1:0\nnope: 1\n", to: "bellhop.yaml")
        #expect(try await doctor(folder).status == 3)
        #expect(try await Program.run(["doctor", "--config", "none.yaml"], in: folder.path).status == 3)
        try folder.write(
            Shop.configuration(api: "http://127.0.0.1:9")
                .replacingOccurrences(of: "admin: 127.0.0.1:0", with: "admin: { address: 0.0.0.0:0, behind_proxy: true }"),
            to: "bellhop.yaml")
        #expect(try await doctor(folder).verdicts["admin"] == "warn")
    }
}

import Foundation
import JSON
import Model
import TestSupport
import Testing

/// `tail` shows what was asked for and nothing else, in both forms.
@Suite(.timeLimit(.minutes(15))) struct TailFilterTests {
    private static let configuration = """
        listen: 127.0.0.1:0
        admin: 127.0.0.1:0
        accounts:
          shop: { vendor: huggy, delivery: print, webhook: { secret: { env: SHOP_TOKEN } } }
          mall: { vendor: huggy, delivery: print, webhook: { secret: { env: SHOP_TOKEN } } }

        """
    private static let rules = """
        version: 1
        rules:
          - { id: orders, when: [ { text: 'order*' } ], do: [ { note: order } ], then: continue }
          - { id: all, do: [ { note: seen } ] }

        """

    /// Each filter lets through the last of the three alone.
    private static let filters = [["--account", "mall"], ["--rule", "orders"], ["--conversation", "3"]]

    @Test func eachFilterLetsThroughWhatItNames() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.configuration, to: "bellhop.yaml")
        try folder.write(Self.rules, to: "rules/shop.yaml")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: Shop.environment)
        let client = try Client()
        try await withThrowingTaskGroup(of: (String, Program.Result).self) { group in
            for filter in Self.filters {
                for format in ["text", "json"] {
                    group.addTask {
                        let arguments = ["tail", "--count", "1", "--format", format] + filter
                        return (arguments.joined(separator: " "), try await Program.run(arguments, in: folder.path))
                    }
                }
            }
            await watchers(6, in: folder)
            for (account, chat, text) in [("shop", 1, "hello"), ("shop", 2, "hello"), ("mall", 3, "order 3")] {
                let status = await client.post(
                    Shop.message("m\(chat)", chat: chat, text: text), to: "http://\(daemon.listen)/webhooks/\(account)")
                #expect(status == 200)
            }
            for try await (command, result) in group {
                #expect(result.status == 0, "\(command): \(result.errors)")
                #expect(result.output.contains("order 3") && !result.output.contains("hello"), "\(command): \(result.output)")
                guard command.contains("json") else { continue }
                let event = try JSONDocument(result.output).root["event"]?.value ?? .null
                #expect(event["account"] == "mall" && event["conversation"]?["id"] == "3", "\(command): \(result.output)")
            }
        }
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }

    /// Until so many are watching.
    private func watchers(_ count: Int64, in folder: TemporaryFolder) async {
        while let status = try? await Program.run(["status", "--format", "json"], in: folder.path), status.status == 0 {
            if (try? JSONDocument(status.output).root["watchers"]?.value) == .integer(count) { return }
        }
    }
}

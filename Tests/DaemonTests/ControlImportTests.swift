import Daemon
import Foundation
import JSON
import Model
import Storage
import Testing

/// What a client may send behind the request to take captures, and what it hears.
@Suite struct ControlImportTests {
    private static let rules = """
        version: 1
        rules: [ { id: echo, do: [ { reply: "you said {{message.text}}" } ] } ]
        """
    private static let time = "2023-11-14T10:00:00Z"

    private static func line(
        _ body: String, account: String? = "hg", vendor: String? = nil, receivedAt: String? = time
    ) -> String {
        let members: Value.Object = [
            "account": .optional(account), "vendor": .optional(vendor), "received_at": .optional(receivedAt),
            "read_at": "2023-11-14T12:00:00Z", "body": .string(body),
        ]
        return JSONWriter.string(.object(members))
    }

    private func imported(
        _ lines: [String], into daemon: ControlledDaemon, _ origin: CaptureOrigin = CaptureOrigin()
    ) async throws -> Value {
        let connection = try ControlConnection(daemon.socket)
        for line in [JSONWriter.string(ControlRequest.importCaptures(origin).value)] + lines { connection.send(line) }
        connection.finish()
        guard case .done(let report) = try await connection.next() else {
            Issue.record("no result")
            return .null
        }
        return report
    }

    private func withDaemon(
        bodyBytes: Int = 1 << 20, _ body: @escaping @Sendable (ControlledDaemon) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            var settings = ControlledDaemon.settings(in: folder)
            settings.limits.bodyBytes = bodyBytes
            try await ControlledDaemon.run(rules: Self.rules, in: folder, settings: settings, body)
        }
    }

    @Test func theyAreCapturesAloneAndComeBack() async throws {
        try await withDaemon { daemon in
            let message = huggyMessage("1", "order 5")
            let report = try await imported([Self.line(message)], into: daemon)
            #expect(report["added"] == 1 && report["known"] == 0 && report["problems"] == [])

            let query = CaptureQuery(
                since: Instant(iso8601: Self.time), until: Instant(iso8601: "2023-11-14T10:00:01Z"), account: "hg",
                kind: .messageReceived)
            let captures = try await daemon.items(.captures(query))
            #expect(captures.map { $0["received_at"]?.text } == [Self.time])
            #expect(captures.first?["body"]?["token"] == "[redacted]")
            #expect(try await daemon.items(.captures(CaptureQuery(kind: .conversationClosed))) == [])
            #expect(try await daemon.items(.captures(CaptureQuery(matchedRule: "echo"))) == [])
            let status = try await daemon.result(.status)
            #expect(status["inbox"]?["undecided"] == 0)
            let blame = try await daemon.ask(.blame("huggy:hg:message:1", account: nil, limit: 9))
            #expect(blame == [.refused("nothing is known of huggy:hg:message:1", .null)])
            #expect(daemon.console.all == [])

            // The same one from the vendor is new.
            #expect(try await WebClient.post(message, to: daemon.addresses.listen) == 200)
            await daemon.console.reach(2)
            #expect(try await daemon.items(.captures(CaptureQuery())).count == 2)
        }
    }

    @Test func theSameAgainAddsNothing() async throws {
        try await withDaemon { daemon in
            let lines = (1...3).map { Self.line(huggyMessage("\($0)", "order")) }
            #expect(try await imported(lines + lines, into: daemon)["added"] == 3)
            let again = try await imported(lines, into: daemon)
            #expect(again["added"] == 0 && again["known"] == 3)
        }
    }

    @Test func eachLineThatCannotBeTakenIsToldByItsPlace() async throws {
        try await withDaemon(bodyBytes: 2000) { daemon in
            let long = huggyMessage("9", String(repeating: "x", count: 3000))
            let bad: [(String, String)] = [
                ("{", "the line is no JSON"), (#"{"body": {}, "read_at": "2023-11-14T12:00:00Z"}"#, "`body` is no text"),
                (#"{"body": "{}"}"#, "`read_at` is missing"),
                (Self.line("{}", receivedAt: "yesterday"), "`received_at` is no time: 'yesterday'"),
                (Self.line("[]"), "the payload is not a JSON object"), (Self.line("no"), "the payload is not a JSON object"),
                (Self.line("{}", account: "nobody"), "the daemon has no account 'nobody'"),
                (Self.line("{}", account: nil), "no vendor sends a payload of this shape; name it with --vendor"),
                (Self.line("{}", account: nil, vendor: "huggies"), "`vendor` cannot be 'huggies'"),
                (
                    Self.line(huggyMessage("8", "order"), account: nil),
                    "the daemon has 2 accounts of huggy; name one with --account"
                ),
                (Self.line(long), "the body has \(long.utf8.count) bytes, the limit is 2000"),
                (String(repeating: "y", count: 300_000), "the body has more bytes than the limit of 2000"),
            ]
            let lines = bad.enumerated().flatMap { [$0.element.0, Self.line(huggyMessage("\($0.offset)", "order"))] }
            let report = try await imported(lines, into: daemon)
            #expect(report["added"] == .integer(Int64(bad.count)))
            let wanted = bad.enumerated().map { index, sample -> Value in
                ["line": .integer(Int64(2 * index + 1)), "message": .string(sample.1)]
            }
            #expect(report["problems"]?.array == wanted)
        }
    }

    @Test func whoseTheyAreMayBeSaidForAll() async throws {
        try await withDaemon { daemon in
            let lines = [Self.line(huggyMessage("1", "order"), account: "elsewhere")]
            #expect(try await imported(lines, into: daemon, CaptureOrigin(account: "hg"))["added"] == 1)
            let unknown = try await imported(lines, into: daemon, CaptureOrigin(account: "nobody"))
            #expect(unknown["problems"]?["0"]?["message"] == "the daemon has no account 'nobody'")
        }
    }

    @Test func aPayloadWithoutAReceiptHasTheTimeThatItTells() async throws {
        try await withDaemon { daemon in
            let lines = [
                Self.line(huggyMessage("1", "order"), receivedAt: nil), Self.line(#"{"a": 1}"#, vendor: "huggy", receivedAt: nil),
            ]
            #expect(try await imported(lines, into: daemon)["added"] == 2)
            let times = try await daemon.items(.captures(CaptureQuery())).map { $0["received_at"]?.text }
            #expect(times.contains("2023-11-14T12:00:00Z") && times.count == 2)
        }
    }

    @Test func thoseThatAreOldAreCounted() async throws {
        try await withDaemon { daemon in
            let lines = ["2023-10-01T10:00:00Z", "2023-11-01T10:00:00Z"].map { time in
                Self.line(huggyMessage("1", "order"), receivedAt: time)
            }
            let report = try await imported(lines, into: daemon)
            #expect(report["added"] == 2 && report["old"] == 1 && report["kept_ms"] == 2_592_000_000)
            #expect(try await daemon.result(.prune(capturesBefore: nil))["bodies"] == 1)
            #expect(try await daemon.items(.captures(CaptureQuery())).count == 1)
        }
    }

    /// A blank line asks; what was not asked about is told at the end.
    @Test func manyAreTakenWithAnswersBetween() async throws {
        try await withDaemon { daemon in
            let connection = try ControlConnection(daemon.socket)
            connection.send(JSONWriter.string(ControlRequest.importCaptures(CaptureOrigin()).value))
            for part in 0..<5 {
                for number in 0..<150 { connection.send(Self.line(huggyMessage("\(part)-\(number)", "order"))) }
                connection.send("{")
                connection.send("")
                guard case .item(let report) = try await connection.next() else {
                    Issue.record("no answer")
                    return
                }
                #expect(report["added"] == 150)
                #expect(report["problems"]?.array?.map { $0["line"] } == [.integer(Int64(part + 1) * 151)])
            }
            connection.send(Self.line(huggyMessage("last", "order")))
            connection.finish()
            guard case .done(let report) = try await connection.next() else {
                Issue.record("no end")
                return
            }
            #expect(report["added"] == 1)
            #expect(try await connection.next() == nil)
            let captures = try await daemon.items(.captures(CaptureQuery()))
            #expect(captures.count == 751)
        }
    }

    /// The limit of a request is as it was, also where lines follow.
    @Test func theRequestItselfIsShort() async throws {
        try await withDaemon { daemon in
            let request = #"{"command": "import_captures", "account": ""# + String(repeating: "a", count: 70_000) + #""}"#
            let replies = try await ControlConnection.ask(daemon.socket, request)
            #expect(replies == [.failed("a request has 65536 bytes at most")])
        }
    }
}

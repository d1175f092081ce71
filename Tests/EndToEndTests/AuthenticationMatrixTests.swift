import Foundation
import TestSupport
import Testing

/// T29: every vendor, every way to show a secret, before and after the secrets were changed by a reload. Over TCP, since much of
/// it no HTTP client would send.
@Suite(.serialized, .timeLimit(.minutes(15))) struct AuthenticationMatrixTests {
    private static let vendors = ["rocketchat", "huggy", "omnichat", "channeltalk", "chatwoot"]
    private static let first = "caf\u{E9}-0123456789abcdef"
    private static let second = "caf\u{E9}-fedcba9876543210"
    private static let third = "caf\u{E9}-00112233445566"

    private static let configuration =
        "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\naccounts:\n"
        + vendors.map { vendor in
            "  \(vendor): { vendor: \(vendor), delivery: print, webhook: { secret: [ { file: new }, { file: old } ] } }\n"
        }.joined() + "  closed: { vendor: huggy, delivery: print }\n"

    /// How a secret is shown.
    private enum Show: Sendable {
        case nothing, inAnotherHeader
        case secret(String)
        case both(String, String)
        /// In a header whose name is written otherwise, or with blanks around the value; elsewhere as it is.
        case inCapitals(String), withBlanks(String)
    }

    private struct Cell {
        var name: String
        var show: Show
        /// For all vendors, but for those told apart.
        var status: Int
        var exceptions: [String: Int] = [:]
    }

    /// - Parameters:
    ///   - current: the two secrets in use.
    ///   - past: one that is not any more, or not yet.
    private static func cells(current: (String, String), past: String) -> [Cell] {
        let (new, old) = current
        let decomposed = new.replacingOccurrences(of: "\u{E9}", with: "e\u{301}")
        return [
            Cell(name: "none", show: .nothing, status: 401), Cell(name: "empty", show: .secret(""), status: 401),
            Cell(name: "short", show: .secret("0123456789"), status: 401),
            Cell(name: "wrong", show: .secret("0123456789abcdef0123"), status: 401),
            Cell(name: "right", show: .secret(new), status: 200), Cell(name: "old", show: .secret(old), status: 200),
            Cell(name: "not in use", show: .secret(past), status: 401),
            Cell(name: "last byte", show: .secret(String(new.dropLast()) + "x"), status: 401),
            Cell(name: "first byte", show: .secret("C" + new.dropFirst()), status: 401),
            Cell(name: "part", show: .secret(String(new.dropLast())), status: 401),
            Cell(name: "more", show: .secret(new + "0"), status: 401),
            Cell(name: "both in one", show: .secret(new + "," + old), status: 401),
            Cell(name: "canonically equal", show: .secret(decomposed), status: 401),
            Cell(name: "capitals", show: .secret(new.uppercased()), status: 401),
            Cell(name: "NUL behind", show: .secret(new + "\0"), status: 401, exceptions: ["rocketchat": 400]),
            Cell(
                name: "64 KiB", show: .secret(new + String(repeating: "x", count: 64 << 10)), status: 431,
                exceptions: ["huggy": 401]),
            Cell(name: "blanks around", show: .withBlanks(new), status: 401, exceptions: ["rocketchat": 200]),
            Cell(name: "wrong and right", show: .both("0123456789abcdef0123", new), status: 200, exceptions: ["huggy": 400]),
            Cell(name: "wrong twice", show: .both("0123456789abcdef0123", "0"), status: 401, exceptions: ["huggy": 400]),
            Cell(name: "another header", show: .inAnotherHeader, status: 401),
            Cell(name: "name in capitals", show: .inCapitals(new), status: 200, exceptions: ["huggy": 401, "channeltalk": 401]),
        ]
    }

    // MARK: Requests

    private static func percent(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }

    private static func request(_ vendor: String, _ show: Show) -> [UInt8] {
        var target = "/webhooks/\(vendor)"
        var fields = ["Connection: close"]
        var members: [String] = []
        func add(_ secret: String, name: String? = nil) {
            switch vendor {
            case "rocketchat": fields.append("\(name ?? "X-RocketChat-Livechat-Token"): \(secret)")
            case "huggy": members.append("\"\(name ?? "token")\":\"\(secret.replacingOccurrences(of: "\0", with: "\\u0000"))\"")
            case "channeltalk": target += (target.contains("?") ? "&" : "?") + "\(name ?? "token")=" + percent(secret)
            default:
                // The first in the path, a second in the query.
                let isFirst = target.hasSuffix(vendor)
                target += (isFirst ? "/" : "?token=") + percent(secret)
            }
        }
        switch show {
        case .nothing: break
        case .inAnotherHeader: fields += ["Authorization: Bearer \(first)", "X-Token: \(first)"]
        case .secret(let secret): add(secret)
        case .both(let one, let other):
            add(one)
            add(other)
        case .inCapitals(let secret):
            let name = ["rocketchat": "X-ROCKETCHAT-LIVECHAT-TOKEN", "huggy": "TOKEN", "channeltalk": "TOKEN"][vendor]
            add(secret, name: name)
        case .withBlanks(let secret): add("  \(secret) ")
        }
        let body = "{" + (members + ["\"objectId\":\"m1\"", "\"some\":\"thing\""]).joined(separator: ",") + "}"
        return Array(RawSite.post(target, body, fields: fields).utf8)
    }

    private func answer(_ vendor: String, _ show: Show, _ daemon: DaemonProcess) async throws -> [UInt8] {
        try await blocking {
            let connection = try RawConnection(daemon.listen)
            connection.send(Self.request(vendor, show))
            return connection.readToEnd() ?? []
        }
    }

    /// Without its time.
    private func timeless(_ answer: [UInt8]) -> String {
        String(decoding: answer, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
            .filter { !$0.lowercased().hasPrefix("date:") }.joined(separator: "\n")
    }

    // MARK: Tests

    /// - Returns: how many were answered 200.
    private func walk(_ cells: [Cell], _ daemon: DaemonProcess) async throws -> Int {
        var refusals: Set<String> = []
        var accepted = 0
        for vendor in Self.vendors {
            for cell in cells {
                let answer = try await answer(vendor, cell.show, daemon)
                let status = RawConnection.statuses(in: answer)?.first
                #expect(status == cell.exceptions[vendor] ?? cell.status, "\(vendor), \(cell.name)")
                if status == 200 { accepted += 1 }
                if status == 401 { refusals.insert(timeless(answer)) }
            }
        }
        #expect(refusals.count == 1, "all strangers are answered alike: \(refusals)")
        #expect(refusals.allSatisfy { !$0.contains("caf") })
        return accepted
    }

    private func stored(_ folder: TemporaryFolder) async throws -> Int {
        let export = try await Program.run(["captures", "export", "--config", "bellhop.yaml"], in: folder.path)
        return export.output.split(separator: "\n").count
    }

    @Test func onlyTheRightSecretsOpen() async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.configuration, to: "bellhop.yaml")
        try folder.write("version: 1\nrules: []\n", to: "rules/none.yaml")
        func write(_ new: String, _ old: String) throws {
            try folder.write(new + "\n", to: "new")
            try folder.write(old, to: "old")
            for name in ["new", "old"] { chmod(folder.path + "/" + name, 0o600) }
        }
        try write(Self.second, Self.first)
        let daemon = try await DaemonProcess.start(in: folder.path)
        let client = try Client()

        var accepted = try await walk(Self.cells(current: (Self.second, Self.first), past: Self.third), daemon)
        #expect(try await answer("closed", .nothing, daemon).starts(with: "HTTP/1.1 503 ".utf8))

        // What cannot be used changes nothing.
        let reload = ["reload", "--config", "bellhop.yaml"]
        for (secret, message) in [("", "is empty"), ("0123456789abcde", "shorter than 16 bytes")] {
            try write(secret, Self.third)
            let result = try await Program.run(reload, in: folder.path)
            #expect(result.status == 1 && (result.output + result.errors).contains(message), "\(result)")
            #expect((result.output + result.errors).contains("secrets and rules stay as they were"), "\(result)")
            let status = try await Program.run(["status", "--config", "bellhop.yaml"], in: folder.path)
            #expect(status.output.contains("the last load was refused") && status.output.contains(message), "\(status)")
        }
        try FileManager.default.removeItem(atPath: folder.path + "/new")
        #expect(try await Program.run(reload, in: folder.path).status == 1)
        for secret in [Self.second, Self.first] {
            #expect(try await answer("rocketchat", .secret(secret), daemon).starts(with: "HTTP/1.1 200 ".utf8))
            accepted += 1
        }
        #expect(try await answer("rocketchat", .secret(Self.third), daemon).starts(with: "HTTP/1.1 401 ".utf8))

        try write(Self.third, Self.second)
        let renewed = try await Program.run(reload, in: folder.path)
        #expect(renewed.status == 0, "\(renewed)")
        let status = try await Program.run(["status", "--config", "bellhop.yaml"], in: folder.path)
        #expect(!status.output.contains("the last load was refused"), "\(status)")
        accepted += try await walk(Self.cells(current: (Self.third, Self.second), past: Self.first), daemon)

        let values = Metrics.values(await client.get("http://\(daemon.admin)/metrics")?.body ?? "")
        let counted = values.filter { $0.key.contains("result=\"accepted\"") || $0.key.contains("result=\"duplicate\"") }
        #expect(counted.values.reduce(0, +) == Double(accepted))
        let webhooks = try await stored(folder)
        #expect(webhooks >= Self.vendors.count && webhooks <= accepted)
        #expect(!daemon.lines.contains { $0.contains("caf") }, "no secret is logged")
        #expect(try await daemon.terminate() == 0)
        await client.close()
    }

    /// Where a secret is may change with a reload too: a list of two is how one is exchanged.
    @Test func aSecretIsExchangedByTheConfiguration() async throws {
        let folder = try TemporaryFolder()
        func write(_ secret: String) throws {
            try folder.write(
                "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\naccounts:\n  rocketchat:\n    vendor: rocketchat\n"
                    + "    delivery: print\n    webhook: { secret: \(secret) }\n", to: "bellhop.yaml")
        }
        try folder.write("version: 1\nrules: []\n", to: "rules/none.yaml")
        try write("{ env: OLD }")
        let daemon = try await DaemonProcess.start(in: folder.path, environment: ["OLD": Self.first, "NEW": Self.second])
        func statuses() async throws -> [Int] {
            var statuses: [Int] = []
            for secret in [Self.first, Self.second] {
                statuses += RawConnection.statuses(in: try await answer("rocketchat", .secret(secret), daemon)) ?? []
            }
            return statuses
        }
        #expect(try await statuses() == [200, 401])
        for (secret, expected) in [("[ { env: NEW }, { env: OLD } ]", [200, 200]), ("{ env: NEW }", [401, 200])] {
            try write(secret)
            let seen = daemon.lines.count
            daemon.signal(SIGHUP)
            #expect(try await daemon.wait(for: "rules loaded", from: seen) != nil)
            #expect(try await statuses() == expected)
        }
        try write("{ env: NOBODY }")
        let seen = daemon.lines.count
        daemon.signal(SIGHUP)
        #expect(try await daemon.wait(for: "NOBODY", from: seen) != nil)
        #expect(try await statuses() == [401, 200])
        #expect(daemon.lines.contains { $0.contains("secrets come from environment variables") && $0.contains("OLD") })
        #expect(try await daemon.terminate() == 0)
    }

    @Test(
        arguments: [
            ("", 0o600, "is empty"), ("0123456789abcde\n", 0o600, "shorter than 16 bytes"),
            ("0123456789abcdef", 0o622, "can be written by others"), ("0123456789abcdef", 0o660, "can be written by others"),
        ] as [(String, mode_t, String)])
    func doesNotStartWithASecretThatIsNone(secret: String, mode: mode_t, message: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.configuration, to: "bellhop.yaml")
        try folder.write("version: 1\nrules: []\n", to: "rules/none.yaml")
        for name in ["new", "old"] {
            try folder.write(name == "new" ? secret : Self.first, to: name)
            chmod(folder.path + "/" + name, name == "new" ? mode : 0o600)
        }
        let result = try await Program.run(["serve", "--config", "bellhop.yaml"], in: folder.path)
        #expect(result.status == 3)
        #expect(result.errors.contains("bellhop.yaml:4:") && result.errors.contains(message), "\(result.errors)")
    }
}

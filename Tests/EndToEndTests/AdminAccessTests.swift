import Foundation
import TestSupport
import Testing

/// T39: what is reached without a password tells nothing to strangers.
@Suite(.timeLimit(.minutes(15))) struct AdminAccessTests {
    private func folder(admin: String, more: String = "") throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("listen: 127.0.0.1:0\nadmin: \(admin)\n\(more)", to: "bellhop.yaml")
        try folder.write("version: 1\nrules: []\n", to: "rules/none.yaml")
        return folder
    }

    private func status(_ host: String, _ address: String, _ first: String = "GET /metrics") async throws -> Int? {
        try await blocking {
            let connection = try RawConnection(address)
            connection.send(Array("\(first) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8))
            return RawConnection.statuses(in: connection.readToEnd() ?? [])?.first
        }
    }

    @Test(arguments: [
        ("0.0.0.0:0", "0.0.0.0:0"), ("'[::]:0'", "[::]:0"), ("192.0.2.7:9090", "192.0.2.7:9090"),
        ("hooks.example.com:1", "hooks"),
        ("127.0.0.1.example.com:1", "127.0.0.1.example.com"), ("{ address: 0.0.0.0:0 }", "0.0.0.0:0"),
        ("{ address: 0.0.0.0:0, behind_proxy: false }", "0.0.0.0:0"), ("10.0.0.1:9090", "10.0.0.1"),
    ])
    func startIsRefusedWhereStrangersReachIt(admin: String, told: String) async throws {
        let folder = try folder(admin: admin)
        let result = try await Program.run(["serve", "--config", "bellhop.yaml"], in: folder.path)
        #expect(result.status == 3)
        #expect(result.errors.contains("bellhop.yaml:2:") && result.errors.contains(told), "\(result.errors)")
        #expect(result.errors.contains("behind_proxy: true"))
    }

    @Test func flagAndEnvironmentAreRefusedAlike() async throws {
        let folder = try folder(admin: "127.0.0.1:0")
        let serve = ["serve", "--config", "bellhop.yaml"]
        let flag = try await Program.run(serve + ["--admin", "0.0.0.0:0"], in: folder.path)
        #expect(flag.status == 3 && flag.errors.contains("behind_proxy: true"), "\(flag.errors)")
        let variable = try await Program.run(serve, in: folder.path, environment: ["BELLHOP_ADMIN": "0.0.0.0:0"])
        #expect(variable.status == 3 && variable.errors.contains("BELLHOP_ADMIN:1:1"), "\(variable.errors)")
    }

    @Test func answersOnlyToItsNames() async throws {
        let folder = try folder(admin: "{ address: 127.0.0.1:0, hosts: [bellhop.internal] }")
        let daemon = try await DaemonProcess.start(in: folder.path)
        for host in [
            "localhost", "localhost:9090", "LOCALHOST", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:9090", "bellhop.internal",
            "Bellhop.Internal:80", "10.1.2.3:9090",
        ] { #expect(try await status(host, daemon.admin) == 200, "\(host)") }
        for host in [
            "evil.example", "evil.example:9090", "localhost.evil.example", "127.0.0.1.evil.example", "localhost.", "bellhop",
            "internal", "x.bellhop.internal", "2130706433", "0x7f.1", "127.1", "256.0.0.1", "127.0.0.1:80x", "[::1", "[::1]x",
            "localhost:80:90", "1.2.3.4.5", "a.b.c.d",
        ] {
            #expect(try await status(host, daemon.admin) == 403, "\(host)")
            #expect(try await status(host, daemon.admin, "GET /health/live") == 403, "\(host)")
        }
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"] {
            #expect(try await status("localhost", daemon.admin, "\(method) /metrics") == 405, "\(method)")
            #expect(try await status("evil.example", daemon.admin, "\(method) /metrics") == 403, "\(method)")
        }
        // The public listener goes by no name: proxies pass on any.
        #expect(try await status("hooks.example.com", daemon.listen, "GET /metrics") == 404)
        #expect(try await daemon.terminate() == 0)
    }

    @Test func mayBeReachedFromOutsideWhereItIsSaidSo() async throws {
        let folder = try folder(admin: "{ address: 0.0.0.0:0, behind_proxy: true }")
        let daemon = try await DaemonProcess.start(in: folder.path)
        #expect(daemon.admin.hasPrefix("0.0.0.0:"))
        #expect(try await status("10.1.2.3:9090", daemon.admin) == 200)
        #expect(try await status("evil.example", daemon.admin) == 403)
        #expect(try await daemon.terminate() == 0)
    }

    /// A link could lead the socket, or what is removed in its place, to somewhere else.
    @Test(arguments: ["link to a file", "link to nothing", "link to a socket", "file", "folder"])
    func theControlSocketIsNothingElse(_ kind: String) async throws {
        let folder = try folder(admin: "127.0.0.1:0", more: "control: bellhop.sock\n")
        let path = folder.path + "/bellhop.sock"
        try folder.write("precious", to: "precious")
        switch kind {
        case "link to a file": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "precious")
        case "link to nothing": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "elsewhere.sock")
        case "link to a socket": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/log")
        case "file": try folder.write("precious", to: "bellhop.sock")
        default: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        let daemon = try await DaemonProcess.start(in: folder.path)
        #expect(daemon.lines.contains { $0.contains("control socket cannot be opened") && $0.contains("is no socket") })
        #expect(try String(contentsOfFile: folder.path + "/precious", encoding: .utf8) == "precious")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/elsewhere.sock"))
        #expect(FileManager.default.fileExists(atPath: path) || kind.hasPrefix("link"))
        #expect(try await daemon.terminate() == 0)
    }

    /// Who is no member of its group is not even let in.
    @Test func theControlSocketIsForItsGroup() async throws {
        let folder = try folder(admin: "127.0.0.1:0", more: "control: bellhop.sock\n")
        let daemon = try await DaemonProcess.start(in: folder.path)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/bellhop.sock")
        #expect(attributes[.posixPermissions] as? Int == 0o660)
        #expect(attributes[.type] as? FileAttributeType == .typeSocket)
        #expect(try await daemon.terminate() == 0)
    }
}

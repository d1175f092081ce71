import Delivery
import Foundation
import TestSupport
import Testing
import VendorKit

/// Servers with an authority of the test's own, which only the certificate of the first deserves trust by (S5, T40). What is
/// turned away is turned away before the request: that is an outcome of class N.
@Suite(.timeLimit(.minutes(15))) struct TLSTests {
    enum Server: String, CaseIterable, Sendable {
        case good, expired, notYet, wrongName, wrongAddress, selfSigned, stranger, tls1, tls11

        var isTrusted: Bool { self == .good }
    }

    @Test func onlyACertificateThatIsGoodGetsTheRequest() async throws {
        let authority = try await Authority.made()
        let transport = try CurlTransport(version: "test", authorities: authority.folder.path + "/ca.pem")
        for kind in Server.allCases {
            let server = try await authority.serve(kind)
            for addressGuard in [nil, AddressGuard(exceptions: AddressGuard.loopback)] {
                let request = VendorRequest(
                    method: "GET", url: "https://\(server.address)/", timeoutMilliseconds: 60_000, addressGuard: addressGuard)
                switch await transport.send(request, secrets: [:]) {
                case .response(let response): #expect(kind.isTrusted && response.status == 200, "\(kind)")
                case .lost(let why): Issue.record("\(kind): \(why)")
                case .notSent(let why):
                    #expect(!kind.isTrusted, "\(kind): \(why)")
                    #expect(why != "no connection in time", "\(kind)")
                }
            }
            server.child.signal(SIGKILL)
        }
        await transport.close(within: .seconds(1))
    }

    /// Without the test's authority there is nobody whom its certificates are good for.
    @Test func anAuthorityThatNobodyKnowsIsNone() async throws {
        let authority = try await Authority.made()
        let transport = try CurlTransport(version: "test")
        let server = try await authority.serve(.good)
        let request = VendorRequest(method: "GET", url: "https://\(server.address)/", timeoutMilliseconds: 60_000)
        guard case .notSent(let why) = await transport.send(request, secrets: [:]) else {
            Issue.record("it was sent")
            return
        }
        #expect(why.contains("certificate"))
        server.child.signal(SIGKILL)
    }

    /// Keys and certificates in a folder of their own.
    private struct Authority: Sendable {
        let folder: TemporaryFolder

        struct Failure: Error { var text: String }

        static func made() async throws -> Authority {
            let authority = Authority(folder: try TemporaryFolder())
            try authority.folder.write(
                """
                [ca]
                default_ca = own
                [own]
                new_certs_dir = .
                database = index.txt
                serial = serial
                default_md = sha256
                policy = any
                copy_extensions = copy
                unique_subject = no
                [any]
                commonName = supplied

                """, to: "ca.cnf")
            try authority.folder.write("", to: "index.txt")
            try authority.folder.write("01\n", to: "serial")
            for name in ["ca", "other"] {
                try await authority.run(
                    "req", "-x509", "-subj", "/CN=Test \(name)", "-days", "3650", "-out", "\(name).pem", key: name)
            }
            try await authority.certify("good", "IP:127.0.0.1")
            try await authority.certify("expired", "IP:127.0.0.1", from: "20200101000000Z", to: "20200201000000Z")
            try await authority.certify("notYet", "IP:127.0.0.1", from: "20900101000000Z", to: "20910101000000Z")
            try await authority.certify("wrongName", "DNS:other.example.org")
            try await authority.certify("wrongAddress", "IP:127.0.0.2")
            try await authority.certify("stranger", "IP:127.0.0.1", by: "other")
            try await authority.run(
                "req", "-x509", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "3650", "-out",
                "selfSigned.pem", key: "selfSigned")
            return authority
        }

        private func certify(
            _ name: String, _ subject: String, from: String = "20200101000000Z", to: String = "20900101000000Z",
            by authority: String = "ca"
        ) async throws {
            try await run(
                "req", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=\(subject)", "-out", "\(name).csr", key: name)
            try await run(
                "ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "\(authority).pem", "-keyfile", "\(authority).key",
                "-in",
                "\(name).csr", "-out", "\(name).pem", "-startdate", from, "-enddate", to)
        }

        private func run(_ arguments: String..., key: String? = nil) async throws {
            let newKey =
                key.map { ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\($0).key"] } ?? []
            let (all, path) = (["openssl"] + arguments + newKey, folder.path)
            try await blocking {
                let child = try Child("/usr/bin/env", all, in: path, environment: ProcessInfo.processInfo.environment)
                child.closeInput()
                var text: [UInt8] = []
                Child.readToEnd(child.errors) { text += $0 }
                guard child.wait() == 0 else { throw Failure(text: String(decoding: text, as: UTF8.self)) }
            }
        }

        /// A server that waits for connections.
        func serve(_ kind: Server) async throws -> (child: Child, address: String) {
            let name = kind == .tls1 || kind == .tls11 ? "good" : kind.rawValue
            var arguments = [
                "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "\(name).pem", "-key", "\(name).key", "-www",
            ]
            if kind == .tls1 { arguments += ["-tls1", "-cipher", "ALL:@SECLEVEL=0"] }
            if kind == .tls11 { arguments += ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"] }
            let (all, path) = (arguments, folder.path)
            return try await blocking {
                let child = try Child("/usr/bin/env", all, in: path, environment: ProcessInfo.processInfo.environment)
                var said: [UInt8] = []
                var bytes = [UInt8](repeating: 0, count: 256)
                while true {
                    let text = String(decoding: said, as: UTF8.self)
                    if let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ACCEPT ") }), text.hasSuffix("\n") {
                        return (child, String(line.dropFirst("ACCEPT ".count)))
                    }
                    let count = read(child.output, &bytes, bytes.count)
                    guard count > 0 else { throw Failure(text: "no server: \(text)") }
                    said += bytes[..<count]
                }
            }
        }
    }
}

import Foundation
import Glibc
import TestSupport

/// nginx or haproxy in front of the daemon, as an operator would have it.
final class FrontProxy {
    let address: String
    private let child: Child
    private let folder: TemporaryFolder

    /// `$BELLHOP_PROXIES`, such as `nginx haproxy`: they are no part of what a build needs.
    static let names = (ProcessInfo.processInfo.environment["BELLHOP_PROXIES"] ?? "").split(separator: " ").map(String.init)

    struct NotStarted: Error { var name: String }

    init(_ name: String, to daemon: String) async throws {
        folder = try TemporaryFolder()
        address = "127.0.0.1:\(try Self.freePort())"
        let arguments: [String]
        switch name {
        case "nginx":
            try folder.write(Self.nginx(address, daemon, folder.path), to: "nginx.conf")
            arguments = ["-p", folder.path, "-c", "nginx.conf", "-e", "stderr"]
        default:
            try folder.write(Self.haproxy(address, daemon), to: "haproxy.cfg")
            arguments = ["-db", "-f", "haproxy.cfg"]
        }
        child = try Child("/usr/sbin/\(name)", arguments, in: folder.path, environment: ProcessInfo.processInfo.environment)
        var tries = 0
        try await until {
            tries += 1
            if tries > 2000 { throw NotStarted(name: name) }
            return (try? RawConnection(address)) != nil
        }
    }

    func stop() {
        child.signal(SIGTERM)
        _ = child.wait()
    }

    /// Free when it was asked for.
    private static func freePort() throws -> Int {
        let server = try LoopbackServer()
        defer { server.stop() }
        return server.url("").split(separator: ":").last.flatMap { Int($0) } ?? 0
    }

    private static func nginx(_ address: String, _ daemon: String, _ folder: String) -> String {
        """
        daemon off; master_process off; pid \(folder)/pid; error_log stderr crit;
        events {}
        http {
            access_log off; client_header_timeout 1s; client_body_timeout 1s; keepalive_timeout 1s; proxy_read_timeout 5s;
            client_body_temp_path \(folder)/a; proxy_temp_path \(folder)/b; fastcgi_temp_path \(folder)/c;
            uwsgi_temp_path \(folder)/d; scgi_temp_path \(folder)/e;
            upstream bellhop { server \(daemon); keepalive 4; }
            server {
                listen \(address);
                location / { proxy_pass http://bellhop; proxy_http_version 1.1; proxy_set_header Connection ""; }
            }
        }

        """
    }

    private static func haproxy(_ address: String, _ daemon: String) -> String {
        """
        global
            maxconn 100
        defaults
            mode http
            timeout connect 5s
            timeout client 1s
            timeout http-request 1s
            timeout http-keep-alive 1s
            timeout server 10s
            option http-keep-alive
        frontend in
            bind \(address)
            default_backend bellhop
        backend bellhop
            http-reuse always
            server a \(daemon)

        """
    }
}

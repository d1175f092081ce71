import Delivery
import Model
import VendorKit

/// Sends webhooks to a daemon, over real TCP.
final class Client: Sendable {
    private let transport: CurlTransport

    init() throws { transport = try CurlTransport(version: "test") }

    func close() async { await transport.close(within: .seconds(1)) }

    /// The status; nil when no answer came.
    func post(_ body: String, to url: String, headers: [(String, String)] = []) async -> Int? {
        let request = VendorRequest(
            method: "POST", url: url, headers: headers.map { VendorRequest.Header($0.0, .text($0.1)) }, body: .text(body))
        return await status(of: request)
    }

    func get(_ url: String) async -> (status: Int, body: String)? {
        guard case .response(let response) = await transport.send(VendorRequest(method: "GET", url: url), secrets: [:]) else {
            return nil
        }
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    private func status(of request: VendorRequest) async -> Int? {
        guard case .response(let response) = await transport.send(request, secrets: [:]) else { return nil }
        return response.status
    }
}

/// The daemon's own numbers, from `/metrics`.
enum Metrics {
    /// Asks until `isMet` says so of the values by name, labels included.
    static func wait(_ client: Client, _ daemon: DaemonProcess, until isMet: ([String: Double]) -> Bool) async {
        while let answer = await client.get("http://\(daemon.admin)/metrics") {
            if isMet(values(answer.body)) { return }
        }
    }

    static func values(_ text: String) -> [String: Double] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }.reduce(into: [:]) { values, line in
            let words = line.split(separator: " ")
            if words.count == 2 { values[String(words[0])] = Double(words[1]) }
        }
    }

    /// Whatever comes is stored, and nothing is decided.
    static func isAcceptingOnly(_ values: [String: Double]) -> Bool {
        values.contains { $0.key.hasPrefix("bellhop_accept_only") && $0.value > 0 }
    }

    /// Nothing waits to be decided, and nothing to be sent.
    static func isDrained(_ values: [String: Double]) -> Bool {
        let outbox = values.filter { $0.key.hasPrefix("bellhop_outbox_depth") }.values.reduce(0, +)
        return values["bellhop_inbox_depth"] == 0 && outbox == 0
    }
}

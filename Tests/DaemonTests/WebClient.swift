import Delivery
import VendorKit

@testable import Daemon

/// Calls the listeners of a daemon that runs, over TCP.
enum WebClient {
    struct NoAnswer: Error {}

    /// The status.
    static func post(_ body: String, to address: ListenAddress, _ path: String = "/webhooks/hg") async throws -> Int {
        let type = VendorRequest.Header("Content-Type", .text("application/json"))
        return try await answer(
            to: VendorRequest(method: "POST", url: url(address, path), headers: [type], body: .text(body))
        ).status
    }

    static func get(_ path: String, from address: ListenAddress) async throws -> (status: Int, body: String) {
        let answer = try await answer(to: VendorRequest(method: "GET", url: url(address, path)))
        return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }

    private static func url(_ address: ListenAddress, _ path: String) -> String {
        "http://\(address.host):\(address.port)\(path)"
    }

    private static func answer(to request: VendorRequest) async throws -> VendorResponse {
        let transport = try CurlTransport(version: "test")
        let result = await transport.send(request, secrets: [:])
        await transport.close(within: .seconds(1))
        guard case .response(let response) = result else { throw NoAnswer() }
        return response
    }
}

import Delivery
import JSON
import Model
import TestSupport
import VendorKit

extension FakeVendor {
    /// One call with the right credentials, as somebody would write it by hand.
    func call(
        _ method: String, _ path: String, _ body: Value? = nil, headers: [VendorRequest.Header], over transport: CurlTransport,
        timeoutMilliseconds: Int64? = nil
    ) async -> TransportResult {
        let request = VendorRequest(
            method: method, url: baseURL + path, headers: headers, body: body.map(VendorRequest.Body.json),
            timeoutMilliseconds: timeoutMilliseconds)
        return await transport.send(request, secrets: secrets)
    }
}

extension TransportResult {
    var response: VendorResponse? { if case .response(let response) = self { response } else { nil } }
    var status: Int? { response?.status }
    var isLost: Bool { if case .lost = self { true } else { false } }
    var isNotSent: Bool { if case .notSent = self { true } else { false } }
    var json: Value? { response.flatMap { try? JSONDocument($0.body).root.value } }
}

/// What each vendor's page asks a caller to show.
enum Credentials {
    static let rocketChat: [VendorRequest.Header] = [
        .init("X-Auth-Token", .secret("token")), .init("X-User-Id", .text("botUserId0000001a")),
    ]
    static let huggy: [VendorRequest.Header] = [
        .init("Accept", .text("application/json")), .init("Authorization", .secret("token", prefix: "Bearer ")),
    ]
    static let omniChat: [VendorRequest.Header] = [
        .init("x-api-key", .secret("key")), .init("x-api-secret", .secret("secret")),
    ]
    static let channelTalk: [VendorRequest.Header] = [
        .init("x-access-key", .secret("key")), .init("x-access-secret", .secret("secret")),
    ]
    static let chatwoot: [VendorRequest.Header] = [.init("api_access_token", .secret("token"))]
}

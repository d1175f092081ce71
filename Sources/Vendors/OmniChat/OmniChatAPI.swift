import Model
import VendorKit

/// Calls of OmniChat's API, with the headers of an API user.
struct OmniChatAPI {
    let account: Account

    func request(
        _ method: String, _ path: String, _ body: VendorRequest.Body? = nil, isIdempotent: Bool = false
    ) -> VendorRequest {
        VendorRequest(
            method: method, url: account.baseURL(default: OmniChat.profile.defaultBaseURL ?? "") + path,
            headers: Self.headers, body: body, isIdempotent: isIdempotent)
    }

    func get(_ path: String) -> VendorRequest { request("GET", path, isIdempotent: true) }

    private static let headers: [VendorRequest.Header] = [
        .init("x-api-key", .secret("key")), .init("x-api-secret", .secret("secret")),
    ]
}

import Model
import VendorKit

/// Calls of Channel Talk's Open API, with the headers of an access key.
struct ChannelTalkAPI {
    let account: Account

    func request(
        _ method: String, _ path: String, _ body: VendorRequest.Body? = nil, isIdempotent: Bool
    ) -> VendorRequest {
        VendorRequest(
            method: method, url: account.baseURL(default: ChannelTalk.profile.defaultBaseURL ?? "") + path,
            headers: Self.headers, body: body, isIdempotent: isIdempotent)
    }

    func get(_ path: String) -> VendorRequest { request("GET", path, isIdempotent: true) }

    private static let headers: [VendorRequest.Header] = [
        .init("x-access-key", .secret("key")), .init("x-access-secret", .secret("secret")),
    ]
}

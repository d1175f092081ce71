import Model
import VendorKit

/// Calls of the API's version 3, and of version 2 where version 3 has none.
struct HuggyAPI {
    let account: Account

    /// A call of version 3.
    func request(
        _ method: String, _ path: String, _ body: VendorRequest.Body? = nil, isIdempotent: Bool = false
    ) -> VendorRequest {
        VendorRequest(method: method, url: baseURL + path, headers: Self.headers, body: body, isIdempotent: isIdempotent)
    }

    func get(_ path: String) -> VendorRequest { request("GET", path, isIdempotent: true) }

    /// A call of version 2 without a body.
    func version2(_ method: String, _ path: String) -> VendorRequest {
        VendorRequest(method: method, url: version2URL + path, headers: Self.headers)
    }

    private var baseURL: String { account.baseURL(default: Huggy.profile.defaultBaseURL ?? "") }

    /// Version 2 beside the version 3 of the base URL; it has no paths of several companies.
    private var version2URL: String {
        guard let version3 = baseURL.firstRange(of: "/v3") else { return baseURL }
        return baseURL[..<version3.lowerBound] + "/v2"
    }

    private static let headers: [VendorRequest.Header] = [
        .init("Authorization", .secret("token", prefix: "Bearer ")),
        .init("Accept", .text("application/json"), isShown: false),
    ]
}

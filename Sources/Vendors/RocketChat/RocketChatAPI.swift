import Model
import VendorKit

/// Calls of one workspace's REST API, with the headers of a personal access token.
struct RocketChatAPI {
    let account: Account

    /// The path is below the API or, beginning with `/api/`, below the site that the configuration names.
    func request(
        _ method: String, _ path: String, _ body: VendorRequest.Body? = nil, isIdempotent: Bool
    ) -> VendorRequest {
        VendorRequest(
            method: method, url: site + (path.hasPrefix("/api/") ? "" : Self.root) + path, headers: headers, body: body,
            isIdempotent: isIdempotent)
    }

    /// A call that changes nothing, perhaps with one query item.
    func get(_ path: String, _ query: (name: String, value: String)? = nil) -> VendorRequest {
        request("GET", path + (query.map { "?\($0.name)=\(URLText.encoded($0.value))" } ?? ""), isIdempotent: true)
    }

    private static let root = "/api/v1"

    /// Each installation is a site of its own, so that there is no default; the API's URL is as good as the site's.
    private var site: String {
        let url = account.baseURL(default: "https://rocketchat.invalid")
        return url.hasSuffix(Self.root) ? String(url.dropLast(Self.root.count)) : url
    }

    private var headers: [VendorRequest.Header] {
        let user = account.settings["user_id"].map(VendorRequest.HeaderValue.text) ?? .secret("user_id")
        return [.init("X-Auth-Token", .secret("token")), .init("X-User-Id", user)]
    }
}

import Model
import VendorKit

/// Calls of one workspace's REST API, with the headers of a personal access token.
struct RocketChatAPI {
    let account: Account

    /// The path is below the API or, beginning with `/api/`, below the site that the configuration names.
    /// - Parameter isVisitors: true for a call that is made by a visitor's token, which stands in it: it has no credentials.
    func request(
        _ method: String, _ path: String, _ body: VendorRequest.Body? = nil, isIdempotent: Bool, isVisitors: Bool = false
    ) -> VendorRequest {
        VendorRequest(
            method: method, url: site + (path.hasPrefix("/api/") ? "" : Self.root) + path,
            headers: (isVisitors ? [] : credentials) + [Self.contentType], body: body, isIdempotent: isIdempotent)
    }

    /// A call that changes nothing, perhaps with query items.
    func get(_ path: String, _ query: (name: String, value: String)..., isVisitors: Bool = false) -> VendorRequest {
        let items = query.map { "\($0.name)=\(URLText.encoded($0.value))" }.joined(separator: "&")
        return request(
            "GET", path + (items.isEmpty ? "" : "?" + items), isIdempotent: true, isVisitors: isVisitors)
    }

    static let root = "/api/v1"

    /// Each installation is a site of its own, so that there is no default; the API's URL is as good as the site's.
    private var site: String {
        let url = account.baseURL(default: "https://rocketchat.invalid")
        return url.hasSuffix(Self.root) ? String(url.dropLast(Self.root.count)) : url
    }

    private var credentials: [VendorRequest.Header] {
        let user = account.settings["user_id"].map(VendorRequest.HeaderValue.text) ?? .secret("user_id")
        return [.init("X-Auth-Token", .secret("token")), .init("X-User-Id", user)]
    }

    /// Said with every call, also with one that has no body: servers since about 7.8 parse nothing else.
    private static let contentType = VendorRequest.Header("Content-Type", .text("application/json"), isShown: false)
}

import Model
import VendorKit

/// Calls of one installation's application API, with the access token of a user or an agent bot.
struct ChatwootAPI {
    let account: Account

    /// The path is below the account or, beginning with `/api/`, below the site.
    func request(
        _ method: String, _ path: String, _ body: VendorRequest.Body? = nil, isIdempotent: Bool = false
    ) -> VendorRequest {
        VendorRequest(
            method: method, url: site + (path.hasPrefix("/api/") ? "" : "\(Self.root)/accounts/\(accountID)") + path,
            headers: [.init("api_access_token", .secret("token"))], body: body, isIdempotent: isIdempotent)
    }

    func get(_ path: String) -> VendorRequest { request("GET", path, isIdempotent: true) }

    static let root = "/api/v1"

    /// The API's address is as good as the site's. There is no default: it would show an installation's token to another.
    private var site: String {
        let url = account.baseURL(default: "https://chatwoot.invalid")
        return url.hasSuffix(Self.root) ? String(url.dropLast(Self.root.count)) : url
    }

    /// An account that only prints may have none, and shows 0.
    private var accountID: String { URLText.encoded(account.settings["account_id"] ?? "0") }
}

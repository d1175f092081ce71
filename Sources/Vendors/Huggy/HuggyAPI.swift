import Model
import VendorKit

/// Calls of the API's version 3, and of version 2 where version 3 has none.
struct HuggyAPI {
    let account: Account

    /// A call of version 3.
    func request(
        _ method: String, _ path: String, _ body: VendorRequest.Body? = nil, isIdempotent: Bool = false
    ) -> VendorRequest {
        request(method, url: baseURL + path, body, isIdempotent: isIdempotent)
    }

    func get(_ path: String) -> VendorRequest { request("GET", path, isIdempotent: true) }

    /// A call of version 2 without a body.
    func version2(_ method: String, _ path: String) -> VendorRequest {
        request(method, url: version2URL + path, nil)
    }

    /// A call of the author's. A path that begins with a version stands beside the base URL's, any other below it.
    func call(_ call: VendorCall) -> VendorRequest {
        let path = call.rootedPath
        let first = path.dropFirst().prefix { $0 != "/" && $0 != "?" }
        let base = ["v2", "v3"].contains(first) ? Self.root(of: baseURL) ?? baseURL : baseURL
        return request(call.method, url: base + path, call.body, isIdempotent: call.isReading)
    }

    private func request(
        _ method: String, url: String, _ body: VendorRequest.Body?, isIdempotent: Bool = false
    ) -> VendorRequest {
        let isReading = ["GET", "HEAD"].contains(method.uppercased())
        return VendorRequest(
            method: method, url: url, headers: Self.headers + (isReading ? [] : [Self.contentType]), body: body,
            isIdempotent: isIdempotent)
    }

    // MARK: - Base

    private var baseURL: String { account.baseURL(default: Huggy.profile.defaultBaseURL ?? "") }

    /// Version 2 beside the version 3 of the base URL; it has no paths of several companies. A base URL without a version
    /// is taken for one that serves both.
    private var version2URL: String { Self.root(of: baseURL).map { $0 + "/v2" } ?? baseURL }

    /// What stands before the last segment `v3` of a base URL; nil for one without such a segment.
    private static func root(of url: String) -> String? {
        let parts = url.split(separator: "/", omittingEmptySubsequences: false)
        // Scheme, nothing, host: the path begins behind them.
        let version = parts.indices.dropFirst(3).last { parts[$0] == "v3" }
        return version.map { parts[..<$0].joined(separator: "/") }
    }

    // MARK: - Headers

    private static let headers: [VendorRequest.Header] = [
        .init("Authorization", .secret("token", prefix: "Bearer ")),
        .init("Accept", .text("application/json"), isShown: false),
    ]

    /// Huggy's pages list it among the headers of its calls, so it also stands in those without a body.
    private static let contentType = VendorRequest.Header("Content-Type", .text("application/json"), isShown: false)
}

import CCurl

/// A URL as libcurl reads it. The check of a URL and the call use this one parser, so that they cannot disagree on
/// where the host is.
struct CurlURL: Sendable, Hashable {
    /// In lower case.
    var scheme: String
    /// In lower case; an IPv6 address in brackets, an IPv4 address in its usual form whatever form it was written in.
    var host: String
    var port: Int

    /// - Throws: a sentence for people; it never holds the URL, which may be a secret.
    init(_ text: String) throws(CurlURLError) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw CurlURLError("the URL has a character that must be percent-encoded")
        }
        guard let handle = curl_url() else { throw CurlURLError("out of memory") }
        defer { curl_url_cleanup(handle) }
        let code = curl_url_set(handle, CURLUPART_URL, text, UInt32(CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME))
        switch code {
        case CURLUE_OK: break
        case CURLUE_USER_NOT_ALLOWED: throw CurlURLError("the URL holds a user name or password")
        case CURLUE_BAD_SCHEME: throw CurlURLError("the URL does not begin with https:// or http://")
        default: throw CurlURLError("the URL cannot be read")
        }
        guard let scheme = Self.part(CURLUPART_SCHEME, of: handle)?.lowercased(), ["http", "https"].contains(scheme) else {
            throw CurlURLError("the URL does not begin with https:// or http://")
        }
        guard let host = Self.part(CURLUPART_HOST, of: handle)?.lowercased(), !host.isEmpty,
            Self.part(CURLUPART_USER, of: handle) == nil, Self.part(CURLUPART_PASSWORD, of: handle) == nil,
            let port = Self.part(CURLUPART_PORT, of: handle).flatMap({ Int($0) }), (1...65_535).contains(port)
        else { throw CurlURLError("the URL cannot be read") }
        self.scheme = scheme
        self.host = host
        self.port = port
    }

    private static func part(_ part: CURLUPart, of handle: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &text, UInt32(CURLU_DEFAULT_PORT)) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}

struct CurlURLError: Error, Hashable {
    let message: String

    init(_ message: String) { self.message = message }
}

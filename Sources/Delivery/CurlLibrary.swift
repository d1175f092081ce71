import CCurl

/// Which libcurl this process has.
package enum CurlLibrary {
    /// `7.88.1`
    package static var version: String { text(curl_version_info(oldest)?.pointee.version) }

    /// What it encrypts with: `OpenSSL/3.0.17`
    package static var tls: String { text(curl_version_info(oldest)?.pointee.ssl_version) }

    /// Any version of the structure has these two members.
    private static let oldest = CURLVERSION_FIRST

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "unknown" }
}

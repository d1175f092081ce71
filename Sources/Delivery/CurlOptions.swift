import CCurl

/// Sets options of one handle and remembers the first refusal.
struct CurlOptions {
    private let easy: UnsafeMutableRawPointer
    private(set) var code = CURLE_OK

    init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

    mutating func set(_ option: CURLoption, _ value: Int) { note(ccurl_set_long(easy, option, value)) }

    mutating func set(offset option: CURLoption, _ value: Int) { note(ccurl_set_offset(easy, option, curl_off_t(value))) }

    mutating func set(_ option: CURLoption, _ value: String) { note(ccurl_set_string(easy, option, value)) }

    mutating func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) { note(ccurl_set_pointer(easy, option, value)) }

    /// Bytes that libcurl copies; at least one.
    mutating func set(_ option: CURLoption, copyOf bytes: [UInt8]) {
        bytes.withUnsafeBytes { note(ccurl_set_pointer(easy, option, UnsafeMutableRawPointer(mutating: $0.baseAddress))) }
    }

    mutating func setStream(
        _ option: CURLoption,
        _ callback: @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int
    ) {
        note(ccurl_set_stream(easy, option, callback))
    }

    mutating func setSeek(_ callback: @convention(c) (UnsafeMutableRawPointer?, curl_off_t, Int32) -> Int32) {
        note(ccurl_set_seek(easy, callback))
    }

    mutating func setOpenSocket(
        _ callback:
            @convention(c) (UnsafeMutableRawPointer?, curlsocktype, UnsafeMutablePointer<curl_sockaddr>?) -> curl_socket_t
    ) {
        note(ccurl_set_open_socket(easy, callback))
    }

    mutating func setPrerequisite(
        _ callback:
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?, Int32, Int32
            ) -> Int32
    ) {
        note(ccurl_set_prereq(easy, callback))
    }

    private mutating func note(_ result: CURLcode) {
        if code == CURLE_OK { code = result }
    }
}

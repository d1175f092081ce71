import CCurl
import VendorKit

/// One call while libcurl carries it out: what its callbacks read the request from and write the answer to. Only the
/// loop's thread touches it.
final class CurlTransfer {
    let call: CurlCall
    private var sentBytes = 0
    private var answer = CurlAnswer()
    private var easy: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?

    private static let connectTimeoutMilliseconds: Int64 = 5_000
    /// An answer that has begun must come at 100 bytes a second at least, over 5 seconds. Before its first byte a system may
    /// think as long as the whole call may take.
    private static let lowSpeed = (bytesPerSecond: 100, seconds: 5)
    private static let longestConnectionLifeSeconds = 3_600

    init(_ call: CurlCall) { self.call = call }

    deinit { curl_slist_free_all(headerList) }

    /// Sets everything on a fresh or reset handle, which must not outlive this object's transfer.
    func configure(_ easy: UnsafeMutableRawPointer, userAgent: String) -> CURLcode {
        self.easy = easy
        guard appendHeaders() else { return CURLE_OUT_OF_MEMORY }
        var options = CurlOptions(easy)
        setConnection(&options)
        setMethodAndBody(&options)
        setAnswer(&options)
        options.set(CURLOPT_URL, call.request.url)
        options.set(CURLOPT_USERAGENT, userAgent)
        options.set(CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(headerList))
        return options.code
    }

    func result(_ code: CURLcode, of easy: UnsafeMutableRawPointer) -> TransportResult {
        if let excess = answer.excess { return .lost(excess) }
        guard code == CURLE_OK else { return CurlFailure.result(code, of: easy) }
        guard answer.hasWholeHead else { return .lost("the answer's head breaks off") }
        var status = 0
        guard ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK, status > 0 else {
            return .lost("the answer has no status")
        }
        return .response(VendorResponse(status: status, headers: answer.headers, body: answer.body))
    }

    private func appendHeaders() -> Bool {
        // Without "Expect:" a long body would wait a second for a server that does not know 100-continue.
        for line in call.request.headerLines + ["Expect:"] {
            guard let list = curl_slist_append(headerList, line) else { return false }
            headerList = list
        }
        return true
    }

    private func setConnection(_ options: inout CurlOptions) {
        let timeout = call.request.timeoutMilliseconds
        options.set(CURLOPT_TIMEOUT_MS, Int(timeout))
        options.set(CURLOPT_CONNECTTIMEOUT_MS, Int(min(timeout, Self.connectTimeoutMilliseconds)))
        options.set(CURLOPT_LOW_SPEED_LIMIT, Self.lowSpeed.bytesPerSecond)
        options.set(CURLOPT_MAXLIFETIME_CONN, Self.longestConnectionLifeSeconds)
        options.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        options.set(CURLOPT_PROTOCOLS_STR, "http,https")
        options.set(CURLOPT_FOLLOWLOCATION, 0)
        options.set(CURLOPT_PROXY, "")
        options.set(CURLOPT_NOPROXY, "*")
        options.set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        options.set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        options.set(CURLOPT_PATH_AS_IS, 1)
        options.set(CURLOPT_SSL_VERIFYPEER, 1)
        options.set(CURLOPT_SSL_VERIFYHOST, 2)
        if CurlTrust.isInOneFile { options.set(CURLOPT_CAPATH, nil) }
        options.set(CURLOPT_NOSIGNAL, 1)
        // Otherwise a call that ends while its name is being resolved waits for the resolver, and all others with it.
        options.set(CURLOPT_QUICK_EXIT, 1)
    }

    private func setMethodAndBody(_ options: inout CurlOptions) {
        let body = call.request.body ?? []
        let method = call.request.method
        if call.request.body != nil || ["POST", "PUT", "PATCH"].contains(method) {
            options.set(CURLOPT_POST, 1)
            options.set(offset: CURLOPT_POSTFIELDSIZE_LARGE, body.count)
            options.setStream(CURLOPT_READFUNCTION, curlRead)
            options.set(CURLOPT_READDATA, context)
            options.setSeek(curlRefuseSeek)
            if method != "POST" { options.set(CURLOPT_CUSTOMREQUEST, method) }
        } else if method == "HEAD" {
            options.set(CURLOPT_NOBODY, 1)
        } else {
            options.set(CURLOPT_HTTPGET, 1)
            if method != "GET" { options.set(CURLOPT_CUSTOMREQUEST, method) }
        }
        // Nothing to rewind: libcurl would silently repeat it when a kept connection dies.
        if body.isEmpty {
            options.set(CURLOPT_FRESH_CONNECT, 1)
            options.set(CURLOPT_FORBID_REUSE, 1)
        }
    }

    private func setAnswer(_ options: inout CurlOptions) {
        options.setStream(CURLOPT_HEADERFUNCTION, curlHeader)
        options.set(CURLOPT_HEADERDATA, context)
        options.setStream(CURLOPT_WRITEFUNCTION, curlWrite)
        options.set(CURLOPT_WRITEDATA, context)
    }

    /// The running transfers hold this object for as long as libcurl may call back.
    private var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    // What the callbacks do.

    fileprivate func readBody(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = call.request.body else { return 0 }
        let count = min(buffer.count, body.count - sentBytes)
        guard count > 0 else { return 0 }
        body.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sentBytes..<sentBytes + count])) }
        sentBytes += count
        return count
    }

    /// False: break the call off.
    fileprivate func takeHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        if !answer.hasBegun, let easy { _ = ccurl_set_long(easy, CURLOPT_LOW_SPEED_TIME, Self.lowSpeed.seconds) }
        return answer.take(header: line)
    }

    fileprivate func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool { answer.take(body: bytes) }
}

private func curlRead(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let buffer, let context else { return 0 }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.readBody(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

/// A body that was begun cannot be sent from its start: the call ends with an error instead of a silent repeat.
private func curlRefuseSeek(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    Int32(CURL_SEEKFUNC_FAIL)
}

private func curlHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context, size * count > 0 else { return 0 }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private func curlWrite(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let bytes, let context, size * count > 0 else { return 0 }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

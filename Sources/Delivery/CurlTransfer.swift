import CCurl
import VendorKit

/// One call while libcurl carries it out: what its callbacks read the request from and write the answer to. Only the
/// loop's thread touches it.
final class CurlTransfer {
    let call: CurlCall
    /// True without TLS.
    private let isPlain: Bool
    private var sentBytes = 0
    private var answer = CurlAnswer()
    private var easy: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var resolveList: UnsafeMutablePointer<curl_slist>?
    /// True once an address was refused that the call would have gone to.
    private var hasMetForbiddenAddress = false
    /// How many were about to carry the request.
    private var connections = 0
    /// True once libcurl was kept from sending the request again.
    private var hasRefusedRepeat = false

    private static let connectTimeoutMilliseconds: Int64 = 5_000
    /// An answer that has begun must come at 100 bytes a second at least, over 5 seconds. Before its first byte a system may
    /// think as long as the whole call may take.
    private static let lowSpeed = (bytesPerSecond: 100, seconds: 5)
    private static let longestConnectionLifeSeconds = 3_600
    /// The least that libcurl takes: it makes a buffer of this size for every body that it asks for.
    private static let uploadBufferBytes = 16 << 10

    init(_ call: CurlCall) {
        self.call = call
        isPlain = call.request.url.prefix(7).lowercased() == "http://"
    }

    deinit {
        curl_slist_free_all(headerList)
        curl_slist_free_all(resolveList)
    }

    /// What decides which options a call sets. Whoever has the same shape sets them all, so that none of the call before it on
    /// the same handle is left.
    struct Shape: Hashable {
        fileprivate var method: String
        fileprivate var hasBody: Bool
        fileprivate var isEmpty: Bool
        fileprivate var isPlain: Bool
        fileprivate var isGuarded: Bool
        fileprivate var hasNames: Bool
    }

    /// Sets a handle to carry this call out; it must not outlive this object's transfer.
    /// - Parameter former: what it was set for before; nil for a fresh or reset one.
    /// - Returns: an error, or what it is set for now.
    func configure(
        _ easy: UnsafeMutableRawPointer, after former: Shape?, with settings: CurlSettings
    ) -> Result<Shape, CurlRefusal> {
        self.easy = easy
        guard appendHeaders(), appendNames(settings) else { return .failure(CurlRefusal(code: CURLE_OUT_OF_MEMORY)) }
        let shape = shape
        var options = CurlOptions(easy)
        if former != shape {
            if former != nil { curl_easy_reset(easy) }
            setConnection(&options)
            setTrust(&options, settings)
            setCallbacks(&options)
            options.set(CURLOPT_USERAGENT, settings.userAgent)
        }
        setOwn(&options)
        return options.code == CURLE_OK ? .success(shape) : .failure(CurlRefusal(code: options.code))
    }

    /// Whether the next call may use the handle as it is. Not where it would keep a long body, and not after a connection that was
    /// found dead: libcurl (7.88) counts these over all calls of a handle, and takes no sixth.
    var leavesCleanHandle: Bool { (call.request.body?.count ?? 0) <= Self.uploadBufferBytes && connections == 1 }

    private var shape: Shape {
        let body = call.request.body
        return Shape(
            method: call.request.method, hasBody: body != nil, isEmpty: body?.isEmpty ?? true, isPlain: isPlain,
            isGuarded: call.request.addressGuard != nil, hasNames: resolveList != nil)
    }

    private func setOwn(_ options: inout CurlOptions) {
        let timeout = call.request.timeoutMilliseconds
        options.set(CURLOPT_TIMEOUT_MS, Int(timeout))
        options.set(CURLOPT_CONNECTTIMEOUT_MS, Int(min(timeout, Self.connectTimeoutMilliseconds)))
        // Until the answer begins.
        options.set(CURLOPT_LOW_SPEED_TIME, 0)
        options.set(CURLOPT_URL, call.request.url)
        options.set(CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(headerList))
        if let resolveList { options.set(CURLOPT_RESOLVE, UnsafeMutableRawPointer(resolveList)) }
        for option in [CURLOPT_PREREQDATA, CURLOPT_HEADERDATA, CURLOPT_WRITEDATA] { options.set(option, context) }
        setAddressGuard(&options)
        setMethodAndBody(&options)
    }

    func result(_ code: CURLcode, of easy: UnsafeMutableRawPointer) -> TransportResult {
        if let excess = answer.excess { return .lost(excess) }
        guard code == CURLE_OK else {
            if hasRefusedRepeat { return .lost(TransportText.brokeOff) }
            if hasMetForbiddenAddress, !CurlFailure.isSent(easy) { return .notSent(TransportText.forbiddenAddress) }
            return CurlFailure.result(code, of: easy)
        }
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

    private func appendNames(_ settings: CurlSettings) -> Bool {
        guard let addresses = settings.addresses, let url = try? CurlURL(call.request.url) else { return true }
        let known = addresses(url.host, url.port)
        guard !known.isEmpty else { return true }
        resolveList = curl_slist_append(nil, "\(url.host):\(url.port):\(known.joined(separator: ","))")
        return resolveList != nil
    }

    private func setConnection(_ options: inout CurlOptions) {
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
        options.set(CURLOPT_NOSIGNAL, 1)
        // Otherwise a call that ends while its name is being resolved waits for the resolver, and all others with it.
        options.set(CURLOPT_QUICK_EXIT, 1)
    }

    private func setTrust(_ options: inout CurlOptions, _ settings: CurlSettings) {
        options.set(CURLOPT_SSL_VERIFYPEER, 1)
        options.set(CURLOPT_SSL_VERIFYHOST, 2)
        options.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = settings.authorities { options.set(CURLOPT_CAINFO, file) }
        if settings.authorities != nil || CurlTrust.isInOneFile { options.set(CURLOPT_CAPATH, nil) }
    }

    /// The address is looked at after resolving, and again on a connection that was kept: the name in the URL says nothing
    /// about either.
    private func setAddressGuard(_ options: inout CurlOptions) {
        guard call.request.addressGuard != nil else { return }
        options.setOpenSocket(curlOpenSocket)
        options.set(CURLOPT_OPENSOCKETDATA, context)
    }

    private func setMethodAndBody(_ options: inout CurlOptions) {
        let body = call.request.body ?? []
        let method = call.request.method
        if call.request.body != nil || ["POST", "PUT", "PATCH"].contains(method) {
            options.set(CURLOPT_POST, 1)
            options.set(offset: CURLOPT_POSTFIELDSIZE_LARGE, body.count)
            setBody(body, &options)
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

    /// Without TLS libcurl has the whole body and sends it together with the head: one packet and one round of its loop less than
    /// asking for it. With TLS a kept connection that its other end has closed looks alive to libcurl (7.88) until it reads:
    /// there the head goes out alone, and as long as nothing of the body followed, the request goes over another connection
    /// without a doubt. Once something did, it cannot be rewound.
    private func setBody(_ body: [UInt8], _ options: inout CurlOptions) {
        if !body.isEmpty, isPlain {
            options.set(CURLOPT_COPYPOSTFIELDS, copyOf: body)
        } else {
            options.set(CURLOPT_UPLOAD_BUFFERSIZE, Self.uploadBufferBytes)
            options.setStream(CURLOPT_READFUNCTION, curlRead)
            options.set(CURLOPT_READDATA, context)
            options.setSeek(curlRefuseSeek)
        }
    }

    private func setCallbacks(_ options: inout CurlOptions) {
        options.setPrerequisite(curlMaySend)
        options.setStream(CURLOPT_HEADERFUNCTION, curlHeader)
        options.setStream(CURLOPT_WRITEFUNCTION, curlWrite)
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

    /// Asked before a request goes over its connection. What went out once is not sent again, as libcurl would do by itself when
    /// a kept connection dies before the answer; what found its kept connection dead goes over another. With TLS the body that
    /// cannot be rewound sees to that, but for a part of it that was asked for and not written.
    fileprivate func maySend(to peer: @autoclosure () -> IPAddress?) -> Bool {
        connections += 1
        if let easy, isPlain ? CurlFailure.isSent(easy) : sentBytes > 0 {
            hasRefusedRepeat = true
            return false
        }
        return permits(peer())
    }

    /// What cannot be read as an address is none that may be reached.
    fileprivate func permits(_ address: @autoclosure () -> IPAddress?) -> Bool {
        guard let addressGuard = call.request.addressGuard else { return true }
        if let address = address(), addressGuard.permits(address) { return true }
        hasMetForbiddenAddress = true
        return false
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

private func curlOpenSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let context, let address else { return curlNoSocket }
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = ccurl_address_bytes(address, &bytes)
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    guard transfer.permits(IPAddress(bytes: bytes.prefix(Int(count)))) else { return curlNoSocket }
    return ccurl_open_socket(address)
}

/// `CURL_SOCKET_BAD`
private let curlNoSocket: curl_socket_t = -1

private func curlMaySend(
    _ context: UnsafeMutableRawPointer?, _ peer: UnsafeMutablePointer<CChar>?, _ local: UnsafeMutablePointer<CChar>?,
    _ peerPort: Int32, _ localPort: Int32
) -> Int32 {
    guard let context, let peer else { return Int32(CURL_PREREQFUNC_ABORT) }
    let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.maySend(to: IPAddress(String(cString: peer))) ? Int32(CURL_PREREQFUNC_OK) : Int32(CURL_PREREQFUNC_ABORT)
}

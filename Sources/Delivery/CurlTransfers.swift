import CCurl
import VendorKit

/// The calls that libcurl is carrying out, and the handles that wait to carry out more. Lives on the loop's thread.
struct CurlTransfers: ~Copyable {
    private let multi: UnsafeMutableRawPointer
    private let settings: CurlSettings
    private var running: [UnsafeMutableRawPointer: Running] = [:]
    private var idle: [Handle] = []

    private struct Running {
        var transfer: CurlTransfer
        var shape: CurlTransfer.Shape
    }

    private struct Handle {
        var easy: UnsafeMutableRawPointer
        /// What its options are set for; nil where none is set.
        var shape: CurlTransfer.Shape?
    }

    private static let mostIdle = 64

    init(multi: UnsafeMutableRawPointer, settings: CurlSettings) {
        self.multi = multi
        self.settings = settings
    }

    var isEmpty: Bool { running.isEmpty }

    mutating func start(_ call: CurlCall) {
        guard let handle = idle.popLast() ?? curl_easy_init().map({ Handle(easy: $0) }) else {
            return call.finish(.notSent("out of memory"))
        }
        let transfer = CurlTransfer(call)
        do {
            let shape = try transfer.configure(handle.easy, after: handle.shape, with: settings).get()
            guard curl_multi_add_handle(multi, handle.easy) == CURLM_OK else {
                curl_easy_cleanup(handle.easy)
                return call.finish(.notSent("libcurl takes no more calls"))
            }
            running[handle.easy] = Running(transfer: transfer, shape: shape)
        } catch {
            curl_easy_cleanup(handle.easy)
            call.finish(.notSent(CurlFailure.text(error.code)))
        }
    }

    /// Goes on with all calls as far as it can be done without waiting, and ends those that are over.
    mutating func perform() {
        var count: Int32 = 0
        curl_multi_perform(multi, &count)
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            end(easy, ccurl_message_result(message))
        }
    }

    /// Breaks off what is still running and frees all handles.
    mutating func finish() {
        for (easy, running) in running {
            curl_multi_remove_handle(multi, easy)
            let isSent = CurlFailure.isSent(easy)
            curl_easy_cleanup(easy)
            running.transfer.call.finish(isSent ? .lost(TransportText.closed) : .notSent(TransportText.closed))
        }
        running = [:]
        for handle in idle { curl_easy_cleanup(handle.easy) }
        idle = []
    }

    private mutating func end(_ easy: UnsafeMutableRawPointer, _ code: CURLcode) {
        let running = running.removeValue(forKey: easy)
        let result = running?.transfer.result(code, of: easy)
        curl_multi_remove_handle(multi, easy)
        // Of a call that failed libcurl (7.88) keeps what a reset does not clear: that the next body is to be rewound.
        if code == CURLE_OK {
            recycle(easy, shape: running.flatMap { $0.transfer.leavesCleanHandle ? $0.shape : nil })
        } else {
            curl_easy_cleanup(easy)
        }
        if let running, let result { running.transfer.call.finish(result) }
    }

    /// - Parameter shape: what its options stay set for: most calls have that of the one before, and setting the other options
    ///   takes a tenth of a call. Nil: it forgets them, and the body.
    private mutating func recycle(_ easy: UnsafeMutableRawPointer, shape: CurlTransfer.Shape?) {
        guard idle.count < Self.mostIdle else { return curl_easy_cleanup(easy) }
        if shape == nil { curl_easy_reset(easy) }
        idle.append(Handle(easy: easy, shape: shape))
    }
}

/// libcurl does not take an option.
struct CurlRefusal: Error {
    let code: CURLcode
}

/// How far a failed call got.
enum CurlFailure {
    /// Not sent only where that is certain: no byte of the request was written, and the error is one that comes before.
    static func result(_ code: CURLcode, of easy: UnsafeMutableRawPointer) -> TransportResult {
        let isSent = isSent(easy)
        if code == CURLE_OPERATION_TIMEDOUT {
            return isSent ? .lost(TransportText.timedOut) : .notSent(TransportText.noConnection)
        }
        // It was to be sent again after its kept connection had died, which the body refused.
        if code == CURLE_SEND_FAIL_REWIND { return .lost(TransportText.brokeOff) }
        return !isSent && beforeSending.contains(code.rawValue) ? .notSent(text(code)) : .lost(text(code))
    }

    /// libcurl's own sentence: it holds neither URL nor secrets.
    static func text(_ code: CURLcode) -> String {
        "\(String(cString: curl_easy_strerror(code))) (libcurl error \(code.rawValue))"
    }

    /// Whether some of the request may have gone out, over whatever connection. libcurl counts the bytes of the first write only;
    /// where that one found the socket full, the time at which it was done with it tells.
    static func isSent(_ easy: UnsafeMutableRawPointer) -> Bool {
        var bytes = 0
        var microseconds: curl_off_t = 0
        // What cannot be had counts as sent.
        guard ccurl_get_long(easy, CURLINFO_REQUEST_SIZE, &bytes) == CURLE_OK,
            ccurl_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds) == CURLE_OK
        else { return true }
        return bytes > 0 || microseconds > 0
    }

    private static let beforeSending: Set<UInt32> = Set(
        [
            CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_HOST,
            CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT,
            CURLE_LOGIN_DENIED, CURLE_NO_CONNECTION_AVAILABLE,
        ].map(\.rawValue))
}

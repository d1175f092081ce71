import CCurl
import Glibc
import Model
import Synchronization
import VendorKit

/// The thread that owns libcurl's multi handle, and the door through which calls come to it.
final class CurlLoop: Sendable {
    /// Used by the thread alone, but for `curl_multi_wakeup`, which libcurl allows from any thread. It is called with
    /// `door` locked and open, and the handle is freed after `door` was shut under the same lock.
    private nonisolated(unsafe) let multi: UnsafeMutableRawPointer
    private let settings: CurlSettings
    private let door = Mutex(Door())

    private struct Door {
        var calls: [CurlCall] = []
        /// Set once: no call comes in any more, and running ones are broken off then.
        var deadline: ContinuousClock.Instant?
        var isShut = false
        var whenClosed: [@Sendable () -> Void] = []
    }

    /// What the thread finds behind the door.
    private struct Arrivals {
        var calls: [CurlCall]
        var deadline: ContinuousClock.Instant?
    }

    private static let isInitialized = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    init(_ settings: CurlSettings) throws(CurlUnavailable) {
        guard Self.isInitialized, let multi = curl_multi_init() else { throw CurlUnavailable(message: "libcurl cannot start") }
        self.multi = multi
        self.settings = settings
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 128)
        try startThread()
    }

    func start(_ call: CurlCall) {
        let isTaken = door.withLock { door in
            guard door.deadline == nil else { return false }
            door.calls.append(call)
            // The thread takes all calls at once: only the first of them has to wake it.
            if door.calls.count == 1 { curl_multi_wakeup(multi) }
            return true
        }
        if !isTaken { call.finish(.notSent(TransportText.closed)) }
    }

    func close(within duration: Duration, whenClosed: (@Sendable () -> Void)?) {
        let isShut = door.withLock { door in
            guard !door.isShut else { return true }
            let deadline = ContinuousClock.now.advanced(by: duration)
            door.deadline = min(door.deadline ?? deadline, deadline)
            if let whenClosed { door.whenClosed.append(whenClosed) }
            curl_multi_wakeup(multi)
            return false
        }
        if isShut { whenClosed?() }
    }

    private func startThread() throws(CurlUnavailable) {
        let context = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<CurlLoop>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            curl_multi_cleanup(multi)
            throw CurlUnavailable(message: "the thread for outgoing calls cannot be started")
        }
        pthread_detach(thread)
    }

    private func run() {
        Self.blockSignals()
        var transfers = CurlTransfers(multi: multi, settings: settings)
        while true {
            let arrivals = door.withLock { door in
                defer { door.calls = [] }
                return Arrivals(calls: door.calls, deadline: door.deadline)
            }
            for call in arrivals.calls { transfers.start(call) }
            transfers.perform()
            if let deadline = arrivals.deadline, transfers.isEmpty || ContinuousClock.now >= deadline { break }
            let wait = arrivals.deadline.map { ContinuousClock.now.duration(to: $0).wholeMilliseconds + 1 } ?? Self.longestWait
            curl_multi_poll(multi, nil, 0, Int32(clamping: min(max(wait, 0), Self.longestWait)), nil)
        }
        transfers.finish()
        let whenClosed = door.withLock { door in
            door.isShut = true
            return door.whenClosed
        }
        curl_multi_cleanup(multi)
        for closed in whenClosed { closed() }
    }

    /// Milliseconds; libcurl wakes earlier for its own time limits.
    private static let longestWait: Int64 = 60_000

    /// Signals to the process are for other threads; a broken pipe is seen as an error, as TLS libraries write without
    /// MSG_NOSIGNAL. Those that report a defect of this thread stay.
    private static func blockSignals() {
        var signals = sigset_t()
        sigfillset(&signals)
        for signal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS] { sigdelset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

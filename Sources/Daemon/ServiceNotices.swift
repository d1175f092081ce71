import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What is told to systemd, in an order that it understands: READY once, RELOADING and READY around each load of the rules,
/// STOPPING at the end, and a line of status where it changed.
package final class ServiceNotices: Sendable {
    private let notifier: ServiceNotifier
    private let state = Mutex(State())
    /// Asks for more time while start or stop take long: a thread of its own, since those may block all others.
    private let extender = DispatchQueue(label: "bellhop.notices")

    private struct State {
        var isReady = false
        var isStopping = false
        /// Loads of the rules that are under way.
        var reloads = 0
        /// RELOADING was told, and not yet READY after it.
        var isTold = false
        var status = ""
        /// Times that more time may be asked for; 0 while it is not asked for.
        var extensions = 0
    }

    /// Each time that is asked for is twice that until the next one.
    private static let extensionPause = DispatchTimeInterval.seconds(5)
    private static let extensionLine = "EXTEND_TIMEOUT_USEC=10000000"
    /// Ten minutes in all: what hangs for longer is started anew.
    private static let mostExtensions = 120

    package init(socketPath: String?) { notifier = ServiceNotifier(socketPath: socketPath) }

    /// False when nobody listens: then nothing needs to be found out for it.
    package var isHeard: Bool { notifier.isHeard }

    /// Opening the store may have to recover, and closing it to write, much.
    package func beginExtending() {
        guard isHeard else { return }
        let begins = state.withLock { state in
            defer { state.extensions = Self.mostExtensions }
            return state.extensions == 0
        }
        if begins { extender.async { self.extend() } }
    }

    package func endExtending() { state.withLock { $0.extensions = 0 } }

    package func ready(_ status: String) {
        let lines = state.withLock { state -> [String] in
            guard !state.isReady, !state.isStopping else { return [] }
            state.isReady = true
            state.status = status
            return ["READY=1", Self.line(status)]
        }
        endExtending()
        send(lines)
    }

    /// A load of the rules begins.
    package func reloading() {
        let isNews = state.withLock { state in
            state.reloads += 1
            guard state.isReady, !state.isStopping, !state.isTold else { return false }
            state.isTold = true
            return true
        }
        guard isNews else { return }
        send(["RELOADING=1", "MONOTONIC_USEC=\(Self.monotonicMicroseconds)", Self.line("loading the rules")])
    }

    /// It has ended, well or not.
    package func reloaded(_ status: String) {
        let lines = state.withLock { state -> [String] in
            state.reloads -= 1
            guard state.isReady, !state.isStopping, state.reloads == 0 else { return [] }
            defer { (state.status, state.isTold) = (status, false) }
            // One that had begun before READY was never told of.
            if state.isTold { return ["READY=1", Self.line(status)] }
            return state.status == status ? [] : [Self.line(status)]
        }
        send(lines)
    }

    /// Told where it is another than before.
    package func status(_ status: String) {
        let isNew = state.withLock { state in
            defer { state.status = status }
            return state.status != status && !state.isStopping && state.reloads == 0
        }
        if isNew { send([Self.line(status)]) }
    }

    package func stopping() {
        state.withLock { $0.isStopping = true }
        send(["STOPPING=1", Self.line("finishing what was begun")])
        beginExtending()
    }

    package func feedWatchdog() { send(["WATCHDOG=1"]) }

    private func send(_ lines: [String]) { if !lines.isEmpty { notifier.send(lines) } }

    private func extend() {
        let goesOn = state.withLock { state in
            guard state.extensions > 0 else { return false }
            state.extensions -= 1
            return state.extensions > 0
        }
        guard goesOn else { return }
        send([Self.extensionLine])
        extender.asyncAfter(deadline: .now() + Self.extensionPause) { [weak self] in self?.extend() }
    }

    /// One line, whatever is in it.
    private static func line(_ status: String) -> String {
        "STATUS=" + String(String.UnicodeScalarView(status.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }

    private static var monotonicMicroseconds: UInt64 {
        var time = timespec()
        guard clock_gettime(CLOCK_MONOTONIC, &time) == 0 else { return 0 }
        return UInt64(clamping: time.tv_sec) * 1_000_000 + UInt64(clamping: time.tv_nsec) / 1000
    }
}

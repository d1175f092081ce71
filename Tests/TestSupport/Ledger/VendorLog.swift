import Glibc
import Synchronization

/// A fake vendor that writes down what reaches it: each call at its arrival, before any delay, and again when it is processed.
/// A caller that dies while it waits does not stop the processing, as it does not at a real vendor.
package final class VendorLog: Sendable {
    /// What a request says, as its site reads it.
    package struct Call: Sendable, Hashable {
        package var effect: LoadEffect
        package var conversation: Int?
        /// The sender's own key, where the vendor has one.
        package var key: String?

        package init(_ effect: LoadEffect, conversation: Int?, key: String? = nil) {
            self.effect = effect
            self.conversation = conversation
            self.key = key
        }
    }

    package struct Arrival: Sendable, Hashable {
        package var call: Call
        /// Milliseconds of the monotonic clock.
        package var arrivedAt: Int64
        package var processing: Processing

        package init(_ call: Call, at arrivedAt: Int64 = 0, _ processing: Processing = .carriedOut) {
            self.call = call
            self.arrivedAt = arrivedAt
            self.processing = processing
        }
    }

    package enum Processing: Sendable, Hashable {
        /// It arrived, and nothing was done about it yet.
        case waiting
        /// A customer sees it.
        case carriedOut
        /// Its key was known: nothing was done again.
        case folded
        /// An error was answered, and nothing done.
        case failed
    }

    /// How the vendor behaves.
    package struct Behaviour: Sendable, Hashable {
        /// Milliseconds from arrival to processing.
        package var delay: ClosedRange<Int>
        /// Out of a thousand calls: answered with an error, one kind after the other, or not at all.
        package var failures: Int
        /// Calls whose effect fails for good, by its event's `seq`: each so-manieth; 0: none.
        package var refusesEach: Int
        package var seed: UInt64

        package init(delay: ClosedRange<Int> = 0...0, failures: Int = 0, refusesEach: Int = 0, seed: UInt64 = 1) {
            self.delay = delay
            self.failures = failures
            self.refusesEach = refusesEach
            self.seed = seed
        }
    }

    fileprivate struct State {
        var behaviour: Behaviour
        var arrivals: [Arrival] = []
        /// What was carried out, by its key.
        var keys: [String: Call] = [:]
        var others = 0
    }

    /// The server's script is there before the log is.
    fileprivate final class Desk: Sendable {
        let state: Mutex<State>
        let site: LoadSite

        init(_ site: LoadSite, _ behaviour: Behaviour) {
            self.site = site
            state = Mutex(State(behaviour: behaviour))
        }
    }

    private let desk: Desk
    private let server: LoopbackServer

    package init(_ site: LoadSite, _ behaviour: Behaviour = Behaviour()) throws {
        let desk = Desk(site, behaviour)
        self.desk = desk
        server = try LoopbackServer { desk.answer($0) }
    }

    package var url: String { server.url("") }
    /// In order.
    package var arrivals: [Arrival] { desk.state.withLock { $0.arrivals } }
    package var count: Int { desk.state.withLock { $0.arrivals.count } }
    /// Requests that are none of the load's.
    package var others: Int { desk.state.withLock { $0.others } }
    /// From now on.
    package func behave(_ behaviour: Behaviour) { desk.state.withLock { $0.behaviour = behaviour } }
    package func stop() { server.stop() }
}

extension VendorLog.Desk {
    /// Runs on the connection's own thread.
    fileprivate func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        if let key = site.asksAfter(request) { return .text(site.tells(state.withLock { $0.keys[key] })) }
        guard let call = site.call(request) else {
            state.withLock { $0.others += 1 }
            return .text(LoopbackServer.ok("{}"))
        }
        let (index, behaviour) = state.withLock { state in
            state.arrivals.append(.init(call, at: FakeServer.now, .waiting))
            return (state.arrivals.count - 1, state.behaviour)
        }
        var random = SplitMix64(seed: behaviour.seed &+ UInt64(index) &* 0x9E37_79B9)
        let delay = Int.random(in: behaviour.delay, using: &random)
        if delay > 0 { usleep(UInt32(delay) * 1_000) }
        if behaviour.refusesEach > 0, call.effect.event.seq.isMultiple(of: behaviour.refusesEach) {
            note(index, .failed)
            return .text(LoopbackServer.failure(site.refusal))
        }
        if Int.random(in: 0..<1_000, using: &random) < behaviour.failures { return failure(index, call, &random) }
        return .text(process(index, call))
    }

    private func failure(_ index: Int, _ call: VendorLog.Call, _ random: inout SplitMix64) -> LoopbackServer.Answer {
        switch random.next() % 4 {
        case 0:
            note(index, .failed)
            return .text(LoopbackServer.failure(503, headers: "Retry-After: 0\r\n"))
        case 1:
            note(index, .failed)
            return .text(LoopbackServer.failure(429, headers: "Retry-After: 0\r\n"))
        case 2:
            note(index, .failed)
            return .textAndReset("")
        default:
            _ = process(index, call)
            return .textAndClose("")
        }
    }

    private func process(_ index: Int, _ call: VendorLog.Call) -> String {
        let isNew = call.key.map { key in state.withLock { $0.keys.updateValue(call, forKey: key) == nil } } ?? true
        note(index, isNew ? .carriedOut : .folded)
        return isNew ? site.answer(call) : site.answerToRepeat(call)
    }

    private func note(_ index: Int, _ processing: VendorLog.Processing) {
        state.withLock { $0.arrivals[index].processing = processing }
    }
}

extension LoopbackServer {
    /// An answer of a failing status.
    package static func failure(_ status: Int, headers: String = "", body: String = "{}") -> String {
        "HTTP/1.1 \(status) Failed\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }
}

import Glibc
import Synchronization

/// What a sender of webhooks knows for certain: written after the reply, one line a send, and kept in memory.
///
/// The file is for a person after a failure (`ev12-345 200`), and for a sender that is itself killed.
package final class SendLedger: Sendable {
    package struct Send: Sendable, Hashable {
        package var event: LoadEvent
        /// Places in the one row of all beginnings and ends of sends: what ended before another began has the smaller one.
        package var begun: Int
        package var ended: Int
        package var outcome: Outcome

        package init(_ event: LoadEvent, begun: Int, ended: Int, outcome: Outcome) {
            self.event = event
            self.begun = begun
            self.ended = ended
            self.outcome = outcome
        }
    }

    package enum Outcome: Sendable, Hashable {
        case answered(Int, body: String)
        /// It may have arrived. Also that of a send that has not ended.
        case unanswered

        package var isAcknowledged: Bool { status == 200 }

        package var status: Int? {
            if case .answered(let status, _) = self { status } else { nil }
        }
    }

    /// Of a send that has begun.
    package struct Ticket: Sendable {
        fileprivate var index: Int
    }

    private struct State {
        var sends: [Send] = []
        var clock = 0
        var acknowledged: Set<LoadEvent> = []
    }

    private let state = Mutex(State())
    private let file: Int32

    /// - Parameter path: of the file that lines are added to; nil keeps none.
    package init(path: String? = nil) throws {
        file = path.map { open($0, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644) } ?? -1
        if path != nil, file < 0 { throw LoopbackServer.SocketError(call: "open of the ledger") }
    }

    deinit {
        if file >= 0 { close(file) }
    }

    package func begin(_ event: LoadEvent) -> Ticket {
        state.withLock { state in
            state.clock += 1
            state.sends.append(Send(event, begun: state.clock, ended: .max, outcome: .unanswered))
            return Ticket(index: state.sends.count - 1)
        }
    }

    package func end(_ ticket: Ticket, _ outcome: Outcome) {
        let event = state.withLock { state in
            state.clock += 1
            state.sends[ticket.index].ended = state.clock
            state.sends[ticket.index].outcome = outcome
            let event = state.sends[ticket.index].event
            if outcome.isAcknowledged { state.acknowledged.insert(event) }
            return event
        }
        guard file >= 0 else { return }
        let line = Array("\(event) \(outcome.status.map(String.init) ?? "unanswered")\n".utf8)
        _ = line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    }

    /// In order of their beginning.
    package var sends: [Send] { state.withLock { $0.sends } }

    /// Events that got 200 at least once.
    package var acknowledged: Set<LoadEvent> { state.withLock { $0.acknowledged } }
}

import Glibc
import Synchronization

/// How a load runs, until one of its ends is reached, the daemon is gone, or it is told to stop.
package struct LoadPlan: Sendable, Hashable {
    package var connections: Int
    /// Ends after so many acknowledgements of this run.
    package var acknowledgements: Int?
    /// Ends after so many sends of this run.
    package var sends: Int?
    /// Sends begun a second over all connections; nil: as fast as answers come.
    package var perSecond: Int?
    /// Out of a thousand sends: the sender hangs up once the request is out.
    package var hangUps = 0
    /// Out of a thousand sends: the same request on two sockets at once.
    package var doubles = 0
    /// Requests that a connection carries before the next one is made.
    package var requestsPerConnection = 20
    /// False: only what was not acknowledged yet is sent again, each at least once.
    package var hasNewEvents = true

    package init(connections: Int = 8, acknowledgements: Int? = nil, sends: Int? = nil, perSecond: Int? = nil) {
        self.connections = connections
        self.acknowledgements = acknowledgements
        self.sends = sends
        self.perSecond = perSecond
    }

    /// Everything that was not acknowledged again, until all of it is.
    package static var settling: LoadPlan {
        var plan = LoadPlan()
        plan.hasNewEvents = false
        return plan
    }
}

/// A vendor's side of the webhooks: customers in many conversations, each writing one message after the other. What was not
/// acknowledged is sent again before the next message of its conversation, as often as it takes, also in later runs.
package final class LoadGenerator: Sendable {
    package let ledger: SendLedger
    private let webhook: @Sendable (LoadEvent) -> LoadWebhook
    private let seed: UInt64
    private let state: Mutex<State>

    private struct Conversation {
        var lastSeq = 0
        /// Not acknowledged, in order.
        var open: [LoadEvent] = []
    }

    private struct State {
        var conversations: [Conversation]
        var runs: UInt64 = 0
        // Of the current run.
        var sends = 0
        var acknowledgements = 0
        var isStopped = false
        var running = 0
    }

    /// - Parameter webhook: makes the body and the headers of a message; the same for each repeat.
    package init(
        _ ledger: SendLedger, conversations: Int, seed: UInt64, webhook: @escaping @Sendable (LoadEvent) -> LoadWebhook
    ) {
        self.ledger = ledger
        self.webhook = webhook
        self.seed = seed
        state = Mutex(State(conversations: Array(repeating: Conversation(), count: conversations)))
    }

    /// Acknowledgements of the current or last run.
    package var acknowledgements: Int { state.withLock { $0.acknowledgements } }

    /// Sent, and never acknowledged.
    package var open: [LoadEvent] { state.withLock { $0.conversations.flatMap(\.open) } }

    /// Ends the run after what is under way.
    package func stop() { state.withLock { $0.isStopped = true } }

    /// Sends to a daemon at 127.0.0.1. Each connection has a thread, and conversations of its own. One run at a time.
    package func run(_ plan: LoadPlan, port: UInt16) async {
        let run = state.withLock { state in
            state.runs += 1
            (state.sends, state.acknowledgements, state.isStopped) = (0, 0, false)
            state.running = plan.connections
            return state.runs
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            for number in 0..<plan.connections {
                LoopbackServer.startThread {
                    let random = SplitMix64(seed: self.seed &+ run &* 1_000_003 &+ UInt64(number) &* 7_919)
                    var sender = LoadSender(self, plan, number: number, port: port, random: random)
                    sender.run()
                    let isLast = self.state.withLock { state in
                        state.running -= 1
                        return state.running == 0
                    }
                    if isLast { continuation.resume() }
                }
            }
        }
    }

    /// One message at once on so many sockets; the outcomes, in no order.
    @discardableResult package func burst(_ event: LoadEvent, sockets: Int, port: UInt16) async -> [SendLedger.Outcome] {
        let bytes = webhook(event).bytes
        let outcomes = Mutex<[SendLedger.Outcome]>([])
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            for _ in 0..<sockets {
                LoopbackServer.startThread {
                    let outcome = self.send(event, bytes, on: try? HTTPSocket(port: port))
                    let count = outcomes.withLock { outcomes in
                        outcomes.append(outcome)
                        return outcomes.count
                    }
                    if count == sockets { continuation.resume() }
                }
            }
        }
        return outcomes.withLock { $0 }
    }

    /// Sends and waits for the answer, and writes it down. Without a socket nothing was sent, and nothing is written.
    func send(_ event: LoadEvent, _ bytes: [UInt8], on socket: HTTPSocket?) -> SendLedger.Outcome {
        guard let socket else { return .unanswered }
        let ticket = ledger.begin(event)
        let answer = socket.send(bytes) ? socket.answer() : nil
        let outcome = answer.map { SendLedger.Outcome.answered($0.status, body: $0.body) } ?? .unanswered
        ledger.end(ticket, outcome)
        return outcome
    }

    func bytes(of event: LoadEvent) -> [UInt8] { webhook(event).bytes }

    /// The next message to send by a connection; nil when the run is over for it.
    func next(_ plan: LoadPlan, of number: Int, random: inout SplitMix64) -> LoadEvent? {
        let chance = random.next()
        return state.withLock { state in
            let isOver =
                state.isStopped || plan.sends.map { state.sends >= $0 } ?? false
                || plan.acknowledgements.map { state.acknowledgements >= $0 } ?? false
            guard !isOver else { return nil }
            let own = stride(from: number, to: state.conversations.count, by: plan.connections).filter {
                plan.hasNewEvents || !state.conversations[$0].open.isEmpty
            }
            guard !own.isEmpty else { return nil }
            let place = own[Int(chance % UInt64(own.count))]
            state.sends += 1
            if let event = state.conversations[place].open.first { return event }
            state.conversations[place].lastSeq += 1
            let event = LoadEvent(conversation: place + 1, seq: state.conversations[place].lastSeq)
            state.conversations[place].open.append(event)
            return event
        }
    }

    func note(_ event: LoadEvent, _ outcome: SendLedger.Outcome) {
        guard outcome.isAcknowledged else { return }
        state.withLock { state in
            state.acknowledgements += 1
            state.conversations[event.conversation - 1].open.removeAll { $0 == event }
        }
    }
}

/// One connection's part of a run.
private struct LoadSender {
    let generator: LoadGenerator
    let plan: LoadPlan
    let number: Int
    let port: UInt16
    var random: SplitMix64
    private var socket: HTTPSocket?
    private var requests = 0
    private let startedAt = FakeServer.now
    private var count = 0

    init(_ generator: LoadGenerator, _ plan: LoadPlan, number: Int, port: UInt16, random: SplitMix64) {
        self.generator = generator
        self.plan = plan
        self.number = number
        self.port = port
        self.random = random
    }

    mutating func run() {
        while true {
            keepPace()
            // Whoever cannot connect has nobody to send to any more.
            guard connect(), let event = generator.next(plan, of: number, random: &random) else { return }
            send(event)
            count += 1
        }
    }

    private mutating func send(_ event: LoadEvent) {
        let bytes = generator.bytes(of: event)
        let chance = Int(random.next() % 1_000)
        if chance < plan.hangUps {
            hangUp(event, bytes)
        } else if chance < plan.hangUps + plan.doubles {
            double(event, bytes)
        } else {
            note(event, generator.send(event, bytes, on: socket))
        }
        requests += 1
    }

    private mutating func note(_ event: LoadEvent, _ outcome: SendLedger.Outcome) {
        generator.note(event, outcome)
        switch outcome {
        case .unanswered: socket = nil
        case .answered(200, _): break
        // Refused for now: others of this connection wait with it.
        case .answered:
            socket = nil
            usleep(20_000)
        }
    }

    private mutating func hangUp(_ event: LoadEvent, _ bytes: [UInt8]) {
        let ticket = generator.ledger.begin(event)
        _ = socket?.send(bytes)
        if random.next() % 2 == 0 { socket?.reset() }
        socket = nil
        generator.ledger.end(ticket, .unanswered)
    }

    private mutating func double(_ event: LoadEvent, _ bytes: [UInt8]) {
        guard let socket, let other = try? HTTPSocket(port: port) else { return }
        let tickets = [generator.ledger.begin(event), generator.ledger.begin(event)]
        let isOut = [socket.send(bytes), other.send(bytes)]
        for (index, socket) in [socket, other].enumerated() {
            let answer = isOut[index] ? socket.answer() : nil
            let outcome = answer.map { SendLedger.Outcome.answered($0.status, body: $0.body) } ?? .unanswered
            generator.ledger.end(tickets[index], outcome)
            note(event, outcome)
        }
    }

    private mutating func connect() -> Bool {
        if requests >= plan.requestsPerConnection { socket = nil }
        if socket == nil {
            socket = try? HTTPSocket(port: port)
            requests = 0
        }
        return socket != nil
    }

    private func keepPace() {
        guard let perSecond = plan.perSecond, perSecond > 0 else { return }
        let due = startedAt + Int64((count * plan.connections + number) * 1_000 / perSecond)
        let wait = due - FakeServer.now
        if wait > 0 { usleep(UInt32(min(wait, 10_000)) * 1_000) }
    }
}

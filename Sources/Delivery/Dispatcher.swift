package import Logging
package import Model
package import Storage
import Synchronization
package import VendorKit

/// Takes effects from the store's outbox and carries them out: in order within a conversation, at the same time across
/// conversations, and again where that is right.
///
/// One long-lived task calls `run()`. A settlement is never dropped: while the store fails it is tried again.
package final class Dispatcher: Sendable {
    private let store: any Store
    private let destinations: any Destinations
    private let transport: any Transport
    private let policy: RetryPolicy
    private let surroundings: DispatchSurroundings
    private let signal = WakeSignal()
    private let state: Mutex<State>

    private struct State {
        var queue: SendQueue
        var isStopping = false
        var isRunning = false
        var isStoreFailing = false
        var whenStopped: [CheckedContinuation<Void, Never>] = []
    }

    /// How long to leave a failing store alone.
    private static let storePause = Duration.seconds(1)

    package init(
        store: any Store, destinations: any Destinations, transport: any Transport, surroundings: DispatchSurroundings,
        policy: RetryPolicy = RetryPolicy(), limits: DispatchLimits = DispatchLimits()
    ) {
        self.store = store
        self.destinations = destinations
        self.transport = transport
        self.policy = policy
        self.surroundings = surroundings
        state = Mutex(State(queue: SendQueue(limits: limits)))
    }

    /// Sends until `stop()`, until the task is cancelled (which is the same as `stop()`), or until the store is closed.
    /// Returns after everything in flight has ended and is recorded. Called once.
    package func run() async {
        guard
            state.withLock({ state in
                guard !state.isRunning, !state.isStopping else { return false }
                state.isRunning = true
                return true
            })
        else { return }
        // A task of its own, so that cancelling does not reach into a call or its recording: a call broken off is a doubt
        // about what the vendor did.
        let work = Task { await dispatch() }
        await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            requestStop()
        }
        let waiting = state.withLock { state in
            state.isRunning = false
            defer { state.whenStopped = [] }
            return state.whenStopped
        }
        for continuation in waiting { continuation.resume() }
    }

    /// There may be something to send: call it after every commit. Cheap, from any task.
    package func wake() { signal.raise() }

    /// Claims nothing more, lets what is in flight end, and returns when `run()` has done its last.
    package func stop() async {
        requestStop()
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isRunning { state.whenStopped.append(continuation) }
                return !state.isRunning
            }
            if isOver { continuation.resume() }
        }
    }

    /// Claims nothing more from now on, without waiting for what is in flight.
    package func requestStop() {
        state.withLock { $0.isStopping = true }
        signal.raise()
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }
}

/// What the dispatcher knows of the world: time, chance, and who watches.
package struct DispatchSurroundings: Sendable {
    package var clocks: @Sendable () -> ClockReading
    /// In 0..<1.
    package var random: @Sendable () -> Double
    /// Returns after as long as it is until then by the wall clock now, whatever is done to that clock meanwhile; at once when
    /// the task is cancelled.
    package var sleep: @Sendable (_ until: Instant) async -> Void
    /// Takes the deliveries of accounts with `delivery: print`.
    package var print: @Sendable (PrintedDelivery) -> Void
    /// Called once an attempt, after it was recorded.
    package var observe: @Sendable (DeliveryReport) -> Void
    package var logger: Logger

    package init(
        clocks: @escaping @Sendable () -> ClockReading, random: @escaping @Sendable () -> Double,
        sleep: @escaping @Sendable (Instant) async -> Void, print: @escaping @Sendable (PrintedDelivery) -> Void,
        observe: @escaping @Sendable (DeliveryReport) -> Void, logger: Logger
    ) {
        self.clocks = clocks
        self.random = random
        self.sleep = sleep
        self.print = print
        self.observe = observe
        self.logger = logger
    }

    /// The wall clock.
    package var clock: @Sendable () -> Instant { { [clocks] in clocks().wall } }
}

// The loop.
extension Dispatcher {
    private enum Claim {
        case taken(Int)
        case failed
        case closed
    }

    private func dispatch() async {
        await withDiscardingTaskGroup { group in
            /// By the clock since boot: setting the wall clock must not put it off.
            var nextClaim: Int64?
            while !isStopping {
                let room = state.withLock { $0.queue.room }
                let now = surroundings.clocks()
                var due: Instant?
                if let left = nextClaim.map({ $0 - now.sinceBoot }), left > 0 {
                    due = now.wall.adding(.milliseconds(left))
                } else if room > 0 {
                    nextClaim = nil
                    switch await claim(room, at: now) {
                    case .closed: return
                    case .failed:
                        nextClaim = now.sinceBoot + Self.storePause.wholeMilliseconds
                        due = now.wall.adding(Self.storePause)
                    case .taken(let count):
                        start(in: &group)
                        if count == room { continue }
                        due = await nextDue(claimedAt: now)
                    }
                }
                start(in: &group)
                await wait(until: due)
            }
        }
        await putBack()
    }

    private func claim(_ limit: Int, at now: ClockReading) async -> Claim {
        do {
            let entries = try await store.claimEffects(at: now, limit: limit)
            noteStore(nil)
            state.withLock { $0.queue.add(entries, claimedAt: now.wall) }
            return .taken(entries.count)
        } catch {
            noteStore(error)
            return error == .closed ? .closed : .failed
        }
    }

    /// What was due when the last claim was made and did not come with it waits for an effect before it: then the end of
    /// that one wakes the loop, and looking again in a second is only the second net.
    private func nextDue(claimedAt: ClockReading) async -> Instant? {
        do {
            guard let due = try await store.nextEffectDue(at: claimedAt) else { return nil }
            return due > claimedAt.wall ? due : claimedAt.wall.adding(Self.storePause)
        } catch {
            noteStore(error)
            return claimedAt.wall.adding(Self.storePause)
        }
    }

    private func start(in group: inout DiscardingTaskGroup) {
        while !isStopping, let claimed = state.withLock({ $0.queue.next() }) {
            group.addTask { await self.deliver(claimed) }
        }
    }

    private func wait(until due: Instant?) async {
        guard let due else { return await signal.wait() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.signal.wait() }
            group.addTask { await self.surroundings.sleep(due) }
            await group.next()
            group.cancelAll()
        }
    }

    /// What was claimed and not begun was not sent: the next start must not take it for doubtful.
    private func putBack() async {
        for entry in state.withLock({ $0.queue.removeWaiting() }) {
            let now = surroundings.clock()
            await settle(entry, as: .retry(at: now, .notSent, uncertain: entry.isUncertain))
        }
    }
}

// One effect.
extension Dispatcher {
    private func deliver(_ claimed: SendQueue.Claimed) async {
        let entry = await refreshed(claimed)
        let begin = surroundings.clock()
        let attempt = DeliveryAttempt(
            entry: entry, destinations: destinations, transport: transport, policy: policy, clock: surroundings.clock,
            random: surroundings.random, print: surroundings.print)
        let ending = await attempt.ending()
        let duration = max(surroundings.clock().since(begin), .zero)
        await settle(entry, as: ending.settlement, answer: ending.answer)
        surroundings.observe(DeliveryReport(entry, ending, duration: duration))
        state.withLock { $0.queue.finish(entry) }
        signal.raise()
    }

    /// With the conversation's state as it is now, where the effect waited for its turn.
    private func refreshed(_ claimed: SendQueue.Claimed) async -> OutboxEntry {
        let target = claimed.entry.effect.target
        guard surroundings.clock().since(claimed.claimedAt) >= Self.storePause, let conversation = target.conversationID else {
            return claimed.entry
        }
        var entry = claimed.entry
        do {
            let key = ConversationKey(account: target.account, conversation: conversation)
            entry.state = try await store.state(of: key, cooldowns: []).state.conversation
        } catch {
            noteStore(error)
        }
        return entry
    }

    private func settle(_ entry: OutboxEntry, as settlement: Settlement, answer: HTTPAnswer? = nil) async {
        while true {
            let now = surroundings.clock()
            do {
                try await store.settle(entry.id, as: settlement, answer: answer, at: now)
                return noteStore(nil)
            } catch {
                noteStore(error)
                if error == .closed { return }
                await surroundings.sleep(now.adding(Self.storePause))
            }
        }
    }

    /// One line when the store begins to fail, and one when it works again.
    private func noteStore(_ error: StoreError?) {
        let isChange = state.withLock { state in
            defer { state.isStoreFailing = error != nil }
            return state.isStoreFailing != (error != nil)
        }
        guard isChange else { return }
        guard let error else { return surroundings.logger.info("store works again") }
        surroundings.logger.error("store failed", metadata: ["error": "\(error)"])
    }
}

extension DeliveryReport {
    fileprivate init(_ entry: OutboxEntry, _ ending: DeliveryAttempt.Ending, duration: Duration) {
        let (result, reason): (Result, FailureReason?) =
            switch ending.settlement {
            case .done: (.done, nil)
            case .retry(_, let reason, _): (.retry, reason)
            case .dead(let reason, _): (.dead, reason)
            }
        self.init(
            outboxID: entry.id, effectKey: entry.effect.key, eventID: entry.effect.eventID, rule: entry.effect.rule,
            account: entry.effect.target.account, vendor: entry.effect.target.vendor, action: entry.effect.action.kind,
            attempt: entry.attempt, outcome: ending.outcome, result: result, reason: reason, status: ending.status,
            isAnswered: ending.answer != nil, duration: duration)
    }
}

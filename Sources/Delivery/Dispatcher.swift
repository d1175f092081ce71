import Logging
import Model
package import Storage
import Synchronization
package import VendorKit

/// Takes effects from the store's outbox and carries them out: in order within a conversation, at the same time across
/// conversations, and again where that is right.
///
/// Of each account only as much is claimed as it may send now (`AccountGovernor`): what an account cannot send stays in the
/// store, uses up no attempt, and is in nobody's way. What is claimed is begun at once.
///
/// One long-lived task calls `run()`. A settlement is never dropped: while the store fails it is tried again.
package final class Dispatcher: Sendable {
    private let store: any Store
    private let destinations: any Destinations
    private let transport: any Transport
    private let policy: RetryPolicy
    /// Of the machine.
    private let clocks: @Sendable () -> ClockReading
    private let wallClock = FollowedClock()
    private let gate = SettlementGate()
    private let surroundings: DispatchSurroundings
    private let governors: AccountGovernors
    private let signal = WakeSignal()
    private let state = Mutex(State())
    private let steps = Atomic<UInt64>(0)

    private struct State {
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
        clocks = surroundings.clocks
        self.surroundings = surroundings.following(wallClock)
        governors = AccountGovernors(limits: limits, policy: policy)
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
        governors.start(at: surroundings.clocks())
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

    /// Grows with every look for work: what does not grow after a `wake()` is stuck. Calls that take long do not hold it up.
    package var progress: UInt64 { steps.load(ordering: .relaxed) }

    /// Accounts that are paused because their credentials were refused send again: somebody says that these are right now.
    package func resumeAccounts() {
        for (account, changes) in governors.resume() { surroundings.tell(changes, of: account) }
        signal.raise()
    }

    /// How the accounts stand of which effects were met since the start, by id.
    package var accountConditions: [String: AccountCondition] { governors.conditions(at: surroundings.clocks()) }

    /// Calls beside the effects that only read.
    package var reads: GovernedReads {
        GovernedReads(governors: governors, transport: transport, surroundings: surroundings)
    }

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

// The loop.
extension Dispatcher {
    private enum Round {
        /// Nothing can be done before then (by the clock since boot) but by a signal.
        case rest(until: Instant?)
        /// There may be more.
        case again
        /// The store did.
        case failed
        case closed
    }

    private func dispatch() async {
        await withDiscardingTaskGroup { group in
            /// By the clock since boot: setting the wall clock must not put it off.
            var nextRound: Instant?
            while !isStopping {
                steps.add(1, ordering: .relaxed)
                var due = nextRound.flatMap { $0 > surroundings.clocks().steady ? $0 : nil }
                if due == nil {
                    nextRound = nil
                    switch await round(in: &group) {
                    case .rest(let until): due = until
                    case .again: continue
                    case .failed:
                        nextRound = surroundings.clocks().steady.adding(Self.storePause)
                        due = nextRound
                    case .closed: return
                    }
                }
                await wait(until: due)
            }
        }
    }

    private func round(in group: inout DiscardingTaskGroup) async -> Round {
        do {
            let round = try await claims(in: &group)
            noteStore(nil)
            return round
        } catch {
            noteStore(error)
            return error == .closed ? .closed : .failed
        }
    }

    /// What the clock was set by, what waits is set by too.
    private func followWallClock() async throws(StoreError) {
        let now = clocks()
        guard let change = wallClock.change(in: now) else { return }
        await gate.close()
        defer { gate.open() }
        try await store.followWallClock(setBy: change, to: now.wall)
        wallClock.follow(now)
        surroundings.logger.info("wall clock was set", metadata: ["change_ms": "\(change.wholeMilliseconds)"])
    }

    private func claims(in group: inout DiscardingTaskGroup) async throws(StoreError) -> Round {
        try await followWallClock()
        let room = governors.room
        guard room > 0 else { return .rest(until: nil) }
        let now = surroundings.clocks()
        let entries = try await store.claimEffects(
            at: now, limit: room, accountLimits: governors.openings(at: now).limits)
        for entry in entries {
            let mayGoOut = begin(entry)
            group.addTask { mayGoOut ? await self.deliver(entry, claimedAt: now) : await self.giveBack(entry) }
        }
        if entries.count == room { return .again }
        let openings = governors.openings(at: now)
        let due = try await store.nextEffectDue(at: now, accountLimits: openings.limits)
        // Calls of users' systems leave room for more of their account.
        if let due, due <= now.wall, !entries.isEmpty { return .again }
        let tooOld = try await claimTooOld(openings.heldUp, at: now, in: &group)
        return .rest(until: [due.map { rest(until: $0, from: now) }, tooOld, openings.next].compactMap(\.self).min())
    }

    /// - Returns: false when its account was closed while the store was asked: a call that ends then makes room there, and its
    ///   answer may say that none is left.
    private func begin(_ entry: OutboxEntry) -> Bool {
        let rate = destinations.destination(of: entry.effect.target.account)?.rate
        return governors.began(entry, rate: rate, at: surroundings.clocks())
    }

    /// What was due when the last claim was made and did not come with it waits for an effect before it: then the end of
    /// that one wakes the loop, and looking again in a second is only the second net.
    private func rest(until due: Instant, from now: ClockReading) -> Instant {
        now.steady.adding(due > now.wall ? due.since(now.wall) : Self.storePause)
    }

    /// Replies do not wait for an account that is held up for longer than their life. What has been due for as long as that is
    /// claimed as if it were that much earlier, and what is not too old after all is given back.
    ///
    /// A reply that was tried before has its life end while it waits for its next try, and is found up to one life later.
    /// - Returns: when to look again, by the clock since boot.
    private func claimTooOld(
        _ limits: AccountLimits?, at now: ClockReading, in group: inout DiscardingTaskGroup
    ) async throws(StoreError) -> Instant? {
        guard let limits, let oldest = try await store.nextEffectDue(at: now, accountLimits: limits) else { return nil }
        let wait = oldest.adding(policy.replyLife).since(now.wall)
        guard wait <= .zero else { return now.steady.adding(wait) }
        let life = policy.replyLife
        let before = ClockReading(
            wall: now.wall.adding(.zero - life), bootID: now.bootID, sinceBoot: now.steady.adding(.zero - life).milliseconds)
        let room = governors.room
        guard room > 0 else { return nil }
        for entry in try await store.claimEffects(at: before, limit: room, accountLimits: limits) {
            _ = begin(entry)
            group.addTask { await self.sortOut(entry, claimedAt: now) }
        }
        return now.steady.adding(Self.storePause)
    }

    /// - Parameter due: by the clock since boot.
    private func wait(until due: Instant?) async {
        guard let due else { return await signal.wait() }
        let now = surroundings.clocks()
        let wall = now.wall.adding(max(due.since(now.steady), .zero))
        await signal.wait(atMost: { await self.surroundings.sleep(wall) })
    }
}

// One effect.
extension Dispatcher {
    private func deliver(_ entry: OutboxEntry, claimedAt: ClockReading) async {
        // What was not begun before the stop was not sent: the next start must not take it for doubtful.
        guard !isStopping else { return await giveBack(entry) }
        let begin = clocks().steady.adding(claimedAt.ahead)
        let attempt = attempt(entry, claimedAt: claimedAt)
        let ending = await attempt.ending()
        await record(ending, of: entry, begun: begin, ahead: claimedAt.ahead)
    }

    /// - Parameter claimedAt: by what is ahead there of the clock since boot the attempt reckons, as the entry's times do, to its end.
    private func attempt(_ entry: OutboxEntry, claimedAt: ClockReading) -> DeliveryAttempt {
        let account = entry.effect.target.account
        let calls = GovernedCalls(
            entry: entry, transport: transport, governors: governors, clocks: surroundings.clocks, random: surroundings.random,
            note: { [surroundings] in surroundings.tell($0, of: account) })
        return DeliveryAttempt(
            entry: entry, destinations: destinations, calls: calls, policy: policy,
            clock: { [clocks] in clocks().steady.adding(claimedAt.ahead) },
            random: surroundings.random, print: surroundings.print, currentState: { await self.currentState(of: entry) },
            isStale: surroundings.clocks().steady.since(claimedAt.steady) >= Self.storePause)
    }

    private func currentState(of entry: OutboxEntry) async -> ConversationState? {
        let target = entry.effect.target
        guard let conversation = target.conversationID else { return nil }
        do {
            let key = ConversationKey(account: target.account, conversation: conversation)
            return try await store.state(of: key, cooldowns: []).state.conversation
        } catch {
            noteStore(error)
            return nil
        }
    }

    /// Ends one that is too old, and gives any other back.
    private func sortOut(_ entry: OutboxEntry, claimedAt now: ClockReading) async {
        guard let expired = policy.expired(entry, now: now.wall) else { return await giveBack(entry) }
        await record(
            DeliveryAttempt.Ending(settlement: expired, outcome: .withheld), of: entry, begun: now.wall, ahead: now.ahead)
    }

    private func giveBack(_ entry: OutboxEntry) async {
        governors.discount(entry)
        let machine = clocks()
        let ahead = wallClock.ahead(in: machine)
        let settlement = Settlement.retry(
            at: machine.steady.adding(ahead), .notSent, uncertain: entry.isUncertain)
        governors.over(entry, isOpen: true)
        await settle(entry, as: settlement, ahead: ahead)
        signal.raise()
    }

    private func record(
        _ ending: DeliveryAttempt.Ending, of entry: OutboxEntry, begun: Instant, ahead: Duration
    ) async {
        let duration = max(clocks().steady.adding(ahead).since(begun), .zero)
        let attempt = AttemptReport(
            at: begun, outcome: ending.outcome.ledgerOutcome, status: ending.status, answer: ending.shownAnswer,
            request: ending.shownRequest, durationMilliseconds: duration.wholeMilliseconds)
        // Before it is recorded: limits count what is being sent by the store, and what the store has as ended while it still
        // counted here would leave room for another, whatever closed the account.
        governors.over(entry, isOpen: ending.settlement.isRetry)
        await settle(entry, as: ending.settlement, ahead: ahead, answer: ending.answer, attempt: attempt)
        surroundings.observe(DeliveryReport(entry, ending, duration: duration))
        signal.raise()
    }

    /// - Parameter ahead: by what the settlement was reckoned. If the wall clock was set since, it is moved as what waits in the
    ///   store was.
    private func settle(
        _ entry: OutboxEntry, as settlement: Settlement, ahead: Duration, answer: HTTPAnswer? = nil,
        attempt: AttemptReport? = nil
    ) async {
        while true {
            await gate.enter()
            let machine = clocks()
            let now = machine.steady.adding(wallClock.ahead(in: machine))
            let moved = settlement.moved(by: wallClock.ahead(in: machine) - ahead)
            do {
                defer { gate.leave() }
                try await store.settle(entry.id, as: moved, answer: answer, attempt: attempt, at: now)
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
            let isFailing = error != nil && error != .noRoom
            defer { state.isStoreFailing = isFailing }
            return state.isStoreFailing != isFailing
        }
        // A full disk is told of by who watches it.
        guard isChange, error != .noRoom else { return }
        guard let error else { return surroundings.logger.info("store works again") }
        surroundings.logger.error("store failed", metadata: ["error": "\(error)"])
    }
}

extension ClockReading {
    /// What its wall clock is ahead of the clock since boot.
    fileprivate var ahead: Duration { wall.since(steady) }
}

extension Settlement {
    fileprivate func moved(by change: Duration) -> Settlement {
        guard case .retry(let due, let reason, let uncertain) = self else { return self }
        return .retry(at: due.adding(change), reason, uncertain: uncertain)
    }

    fileprivate var isRetry: Bool { if case .retry = self { true } else { false } }
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

import Delivery
import Glibc
import Logging
import Model
import Storage
import TestSupport
import VendorKit

/// A dispatcher at work in bad weather: effects are put into the store as the daemon does it, until as many calls were made as
/// are wanted; then what is open is finished.
struct Storm: Sendable {
    private let store: any Store & Ledger
    private let calls: Int
    private let seed: UInt64
    private let grounds: [StormGround]
    private let journal = StormJournal()
    private let transport: CurlTransport
    private let clock = StormClock(scale: 1_000)

    static let accountsOfAVendor = 8
    private static let conversationsOfAnAccount = 12
    private static let eventsAtOnce = 100
    static let callMilliseconds: Int64 = 1_500
    /// Nothing is too old here: how old things get depends on how fast the machine is.
    static let policy = RetryPolicy(replyLife: .seconds(100_000_000))

    init(store: any Store & Ledger, calls: Int, seed: UInt64) throws {
        self.store = store
        self.calls = calls
        self.seed = seed
        grounds = try StormGround.all(seed: seed, accounts: Self.accountsOfAVendor)
        transport = try CurlTransport(version: "0")
    }

    func stop() {
        for ground in grounds { ground.stop() }
    }

    func judge() async throws -> StormJudge {
        let start = ContinuousClock.now
        let dispatcher = dispatcher
        async let running: Void = dispatcher.run()
        var plan = Plan(grounds: grounds, seed: seed)
        do {
            while journal.calls < calls || journal.open > 0 {
                if journal.calls < calls, journal.open < mostOpen {
                    try await put(plan.next(Self.eventsAtOnce))
                    dispatcher.wake()
                } else {
                    await journal.nextEnd()
                }
            }
        } catch {
            await dispatcher.stop()
            throw error
        }
        await dispatcher.stop()
        await running
        await transport.close(within: .zero)
        let duration = start.duration(to: .now)
        return StormJudge(
            orders: plan.orders, journal: journal.snapshot, ledger: try await ledger(of: plan.orders.count),
            counts: try await store.counts(), views: grounds.map { ($0, $0.view()) }, duration: duration)
    }

    /// Enough that every account has something to send, and no more than is finished soon.
    private var mostOpen: Int { min(2_000, max(calls / 4, 3 * Self.eventsAtOnce)) }

    private var dispatcher: Dispatcher {
        let (clock, journal, seed) = (clock, journal, seed)
        return Dispatcher(
            store: JournalStore(real: store, journal: journal), destinations: Places(grounds: grounds),
            transport: StormTransport(
                real: transport, journal: journal, seed: seed, limitMilliseconds: Self.callMilliseconds),
            surroundings: DispatchSurroundings(
                clocks: { clock.reading }, random: { Double.random(in: 0..<1) }, sleep: { await clock.sleep(until: $0) },
                print: { _ in }, observe: { journal.reported($0) },
                notice: { journal.noticed($0, by: clock) },
                logger: Logger(label: "storm", factory: { _ in SwiftLogNoOpLogHandler() })),
            policy: Self.policy)
    }

    private struct Places: Destinations {
        let list: [String: Destination]
        let httpAllowList = HTTPAllowList.none

        init(grounds: [StormGround]) {
            list = Dictionary(grounds.flatMap(\.destinations).map { ($0.account.id, $0) }) { first, _ in first }
        }

        func destination(of account: String) -> Destination? { list[account] }
    }

    /// One webhook with many events, each decided to what is wanted on it.
    private func put(_ events: [Plan.Event]) async throws {
        let now = clock.reading.wall
        guard let first = events.first else { return }
        let headers = events.map { EventHeader(id: $0.id, kind: .messageReceived, conversation: $0.conversation) }
        journal.planned(events.flatMap(\.effects))
        _ = try await store.accept(
            IncomingWebhook(
                account: first.conversation.account, vendor: .any, receivedAt: now, body: Array("{}".utf8), events: headers))
        let byID = Dictionary(events.map { ($0.id, $0) }) { first, _ in first }
        let evaluations = try await store.undecided(limit: events.count).map { entry in
            let drafts = (byID[entry.event.id]?.effects ?? []).map {
                OutboxDraft(effect: $0, createdAt: now, notBefore: now)
            }
            return Evaluation(
                inboxID: entry.id, conversation: entry.event.conversation, basedOn: 0, state: nil, effects: drafts, at: now)
        }
        try await store.commit(evaluations)
    }

    /// By the effect's key. The ids of a new store's effects count from 1.
    private func ledger(of count: Int) async throws -> [String: LedgerEntry] {
        var entries: [String: LedgerEntry] = [:]
        for id in 1...Int64(max(count, 1)) {
            if let entry = try await store.effect(id) { entries[entry.key] = entry }
        }
        return entries
    }

    /// The most memory that this process had at once.
    static var peakMemoryBytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1_024
    }
}

extension Storm {
    /// What is wanted, made up as it is needed.
    struct Plan: Sendable {
        struct Event: Sendable {
            var id: String
            var conversation: ConversationKey
            var effects: [Effect]
        }

        struct Order: Sendable {
            var effect: Effect
            var conversation: ConversationKey
            var isOnce: Bool
        }

        private struct Slot {
            var ground: StormGround
            var target: EffectTarget
            var eventsLeft: Int
        }

        private(set) var orders: [Order] = []
        private var slots: [Slot] = []
        private var random: SplitMix64
        private var conversations = 1_000
        private var events = 0

        init(grounds: [StormGround], seed: UInt64) {
            random = SplitMix64(seed: seed)
            for ground in grounds {
                for destination in ground.destinations {
                    for _ in 1...Storm.conversationsOfAnAccount {
                        slots.append(slot(ground, destination.account.id))
                    }
                }
            }
        }

        mutating func next(_ count: Int) -> [Event] {
            (0..<count).map { _ in
                let place = Int(random.next() % UInt64(slots.count))
                let event = event(in: slots[place])
                slots[place].eventsLeft -= 1
                if slots[place].eventsLeft < 0 { slots[place] = slot(slots[place].ground, slots[place].target.account) }
                return event
            }
        }

        private mutating func slot(_ ground: StormGround, _ account: String) -> Slot {
            conversations += 1
            var target = ground.open(conversations)
            target.account = account
            return Slot(ground: ground, target: target, eventsLeft: 3 + Int(random.next() % 6))
        }

        /// One to three effects of one rule; the last of a conversation is alone.
        private mutating func event(in slot: Slot) -> Event {
            events += 1
            let id = "event\(events)"
            let conversation = ConversationKey(
                account: slot.target.account, conversation: slot.target.conversationID ?? "")
            let isLast = slot.eventsLeft == 0
            let effects = (0..<(isLast ? 1 : 1 + Int(random.next() % 3))).map { place in
                let key = "\(id)|storm|\(place)"
                let action = isLast ? slot.ground.end(&random) : slot.ground.middle(key, &random)
                return Effect(
                    key: key, eventID: id, rule: "storm",
                    ruleAt: SourcePosition(file: "rules/storm.yaml", line: 1, column: 1), action: action, target: slot.target)
            }
            for effect in effects {
                orders.append(
                    Order(effect: effect, conversation: conversation, isOnce: slot.ground.isOnce(effect.action)))
            }
            return Event(id: id, conversation: conversation, effects: effects)
        }
    }
}

import Model
import RuleFiles
import Rules
import TestSupport
import Testing
import VendorKit
import Vendors

/// Traffic that is decided in lanes gives what it gives when it is decided one event after the other.
struct ImpactLaneTests {
    @Test(arguments: 0..<80)
    func lanesGiveWhatOneEventAfterTheOtherGives(seed: Int) throws {
        var random = SplitMix64(seed: UInt64(seed))
        let old = try Self.engine(RandomTraffic.rules(&random))
        let new = try Self.engine(RandomTraffic.rules(&random))
        let clock = random.below(6) == 0 ? Instant(seconds: 1_767_614_400) : nil
        let events = RandomTraffic.events(&random)
        let plain = Self.plainTally(old, new, events, clock: clock)
        let coupling: TrafficLanes.Coupling =
            [old, new].contains { $0.rules.coupling == .account } ? .account : .conversation
        for laneCount in [1, 2, 7, 32] {
            let tally = Self.laneTally(
                old, new, events, clock: clock, lanes: TrafficLanes(count: laneCount, coupling: coupling),
                batch: 1 + random.below(40))
            #expect(Figures(tally) == Figures(plain), "seed \(seed), \(laneCount) lanes")
        }
        #expect(plain.events == Set(events.map(\.id)).count)
    }

    @Test func sameRulesChangeNothing() throws {
        var random = SplitMix64(seed: 7)
        let engine = try Self.engine(RandomTraffic.rules(&random))
        let tally = Self.laneTally(
            engine, engine, RandomTraffic.events(&random), clock: nil,
            lanes: TrafficLanes(count: 3, coupling: engine.rules.coupling), batch: 10)
        #expect(tally.changed == 0 && tally.events > 0)
    }

    // MARK: Ways to count

    /// What lanes may not change. Of examples, which events they show.
    struct Figures: Equatable {
        var counts: [Int]
        var rows: [DecisionDifference.Row: [Int]]
        var examples: [DecisionDifference.Row: Set<String>]
        var renamed: [DecisionDifference.Renaming: Int]
        var consequences: [ImpactTally.Consequence: [Int]]
        var newlyPlanned: [ActionKind: Int]

        init(_ tally: ImpactTally) {
            counts = [tally.events, tally.timers, tally.changed, tally.sameEffects, tally.orderOnly]
            rows = tally.rows.mapValues { [$0.gained, $0.lost, $0.changed, $0.heldBack] }
            examples = tally.rows.mapValues { Set($0.examples.map(\.eventID)) }
            renamed = tally.renamed
            consequences = tally.consequences.mapValues { [$0.events, $0.conversations.count] }
            newlyPlanned = tally.newlyPlanned
        }
    }

    private static func engine(_ text: String) throws -> Engine {
        let loaded = RuleLoader.load(RuleFolder(root: "rules", texts: ["rules.yaml": text]), vendors: VendorCatalog.ids)
        return Engine(
            rules: try #require(loaded.ruleSet, "\(loaded.diagnostics.map(\.message)) in \(text)"), profiles: [.any: .any])
    }

    private static func laneTally(
        _ old: Engine, _ new: Engine, _ events: [Event], clock: Instant?, lanes: TrafficLanes, batch: Int
    ) -> ImpactTally {
        let lane = ImpactLane(old: old, new: new, clock: clock, exampleLimit: 1000) { Idempotency.id(for: $0) }
        var all = Array(repeating: lane, count: lanes.count)
        var passed = [Instant?](repeating: nil, count: lanes.count)
        var known: Set<IDDigest> = []
        var count = TrafficCount()
        var rest = events[...]
        while !rest.isEmpty {
            let part = rest.prefix(batch).map {
                TrafficEvent($0, place: TrafficPlace(source: "c.jsonl", line: 1), lanes: lanes)
            }
            rest = rest.dropFirst(batch)
            let batch = TrafficBatch([part], hasTimers: clock == nil, known: &known, count: &count)
            for number in all.indices { batch.feed(number, &all[number], passed: &passed[number]) }
        }
        var tally = ImpactTally(exampleLimit: 1000)
        for number in all.indices {
            all[number].finish(passed: passed[number])
            tally.merge(all[number].tally)
        }
        #expect(count.events == tally.events && count.events + count.duplicates == events.count)
        return tally
    }

    /// One session a side, one event after the other, as a replay does it.
    private static func plainTally(_ old: Engine, _ new: Engine, _ events: [Event], clock: Instant?) -> ImpactTally {
        var lane = ImpactLane(old: old, new: new, clock: clock, exampleLimit: 1000) { Idempotency.id(for: $0) }
        var known: Set<String> = []
        for (number, event) in events.enumerated() {
            let traffic = TrafficEvent(
                event, place: TrafficPlace(source: "c.jsonl", line: 1), lanes: TrafficLanes(count: 1, coupling: .account))
            if known.insert(event.id).inserted {
                lane.take(traffic, number: number, passed: clock == nil ? event.occurredAt : nil)
            } else {
                lane.finish(passed: clock == nil ? event.occurredAt : nil)
            }
        }
        return lane.tally
    }
}

extension SplitMix64 {
    fileprivate mutating func below(_ count: Int) -> Int { Int.random(in: 0..<max(count, 1), using: &self) }
}

/// Rules that depend on what was before, and conversations that mix.
enum RandomTraffic {
    private static let words = ["refund", "order", "hello", "bye", "환불", "pedido"]

    static func rules(_ random: inout SplitMix64) -> String {
        var text = "version: 1\nrules:\n"
        for number in 0..<(2 + random.below(5)) {
            text += "  - id: rule-\(random.below(4) == 0 ? number + 10 : number)\n"
            let isTimer = random.below(5) == 0
            if isTimer { text += "    on: { idle: \(1 + random.below(20))m, since: \(one(of: ["any", "customer"], &random)) }\n" }
            if !isTimer { text += "    when: [ { text: [\(one(of: words, &random)), \(one(of: words, &random))] } ]\n" }
            text += "    do: [ { \(action(&random)) } ]\n"
            if random.below(2) == 0 { text += "    then: continue\n" }
            if random.below(3) == 0 {
                text +=
                    "    once_per: { \(one(of: ["conversation", "contact", "account"], &random)): \(1 + random.below(30))m }\n"
            }
            if random.below(6) == 0 { text += "    mode: observe\n" }
        }
        text += """
            flows:
              - id: ask
                start: first
                expires: 30m
                steps:
                  first:
                    say: 'Which one?'
                    choices: [ { label: One, next: end }, { label: Two, next: end } ]
                    timeout: { after: 10m, next: end }
                  end: { say: 'Done', end: true }

            """
        return text
    }

    private static func action(_ random: inout SplitMix64) -> String {
        switch random.below(7) {
        case 0: "reply: 'text \(random.below(3))'"
        case 1: "reply: { one_of: ['a', 'b', 'c'] }"
        case 2: "tag: t\(random.below(3))"
        case 3: "close: true"
        case 4: "route: { department: d\(random.below(2)) }"
        case 5: "start: ask"
        default: "set: { v: '{{message.text}}' }"
        }
    }

    /// Times go up and down, some ids come twice, contacts are told or not.
    static func events(_ random: inout SplitMix64) -> [Event] {
        var now = Instant(seconds: 1_767_614_400)
        return (0..<120).map { number in
            now = now.adding(.seconds(Int64(random.below(400)) - 60))
            let conversation = random.below(6)
            let id = random.below(12) == 0 ? max(0, number - 3) : number
            let isAgent = random.below(8) == 0
            return Event(
                id: "any:test:message:\(id)", vendor: .any, account: random.below(3) == 0 ? "other" : "test",
                kind: isAgent ? .messageSent : .messageReceived, occurredAt: now,
                conversation: Conversation(id: "c\(conversation)", channel: "webchat"),
                message: Message(id: "m\(id)", text: random.below(5) == 0 ? "1" : one(of: words, &random)),
                sender: Sender(role: isAgent ? .agent : .customer, id: "s", name: nil),
                contact: random.below(3) == 0 ? nil : Contact(id: "p\(conversation / 2)"))
        }
    }

    private static func one(of choices: [String], _ random: inout SplitMix64) -> String { choices[random.below(choices.count)] }
}

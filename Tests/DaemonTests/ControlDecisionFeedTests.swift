import Daemon
import Model
import Testing
import Vendors

@Suite struct ControlDecisionFeedTests {
    private func decision(_ id: String, account: String = "hg", rule: String? = nil, bytes: Int = 10) -> Decision {
        let event = Event(
            id: id, vendor: .huggy, account: account, kind: .messageReceived, occurredAt: Instant(seconds: 1),
            conversation: Conversation(id: "7"), raw: [UInt8](repeating: 0, count: bytes))
        let at = SourcePosition(file: "a.yaml", line: 3, column: 5)
        let matched = rule.map {
            [MatchedRule(id: $0, at: at, mode: .live, then: .stop, match: [:], isWhollySuppressed: false)]
        }
        return Decision(event: event, matched: matched ?? [], state: ConversationState())
    }

    @Test func aRingKeepsTheNewestAndCountsWhatFell() {
        var ring = DecisionRing()
        for number in 0..<(DecisionRing.countLimit + 3) { ring.add(decision("e\(number)")) }
        let content = ring.takeAll()
        #expect(content.lost == 3)
        #expect(content.decisions.map(\.event.id) == (3..<(DecisionRing.countLimit + 3)).map { "e\($0)" })
        #expect(ring.takeAll().isEmpty)
    }

    @Test func aRingHoldsNoMoreBytesThanItMay() {
        var ring = DecisionRing()
        for number in 0..<6 { ring.add(decision("e\(number)", bytes: 1 << 20)) }
        let content = ring.takeAll()
        #expect(content.lost == 2)
        #expect(content.decisions.map(\.event.id) == ["e2", "e3", "e4", "e5"])
        #expect(content.decisions.allSatisfy { $0.event.raw.isEmpty })
        ring.add(decision("huge", bytes: DecisionRing.weightLimit + 1))
        ring.add(decision("small"))
        let rest = ring.takeAll()
        #expect(rest.lost == 1 && rest.decisions.map(\.event.id) == ["small"])
    }

    @Test func whoReadsSlowlyIsToldHowManyAreMissing() async {
        let feed = DecisionFeed()
        let subscription = feed.subscribe(DecisionFilter())
        for number in 0..<(DecisionRing.countLimit + 1) { feed.publish(decision("e\(number)")) }
        let content = await subscription.next {}
        #expect(content.lost == 1 && content.decisions.count == DecisionRing.countLimit)
        let nothing = await subscription.next {}
        #expect(nothing.isEmpty)
        subscription.end()
        #expect(feed.watcherCount == 0)
        feed.publish(decision("late"))
    }

    @Test(arguments: [
        (DecisionFilter(), true), (DecisionFilter(account: "hg"), true), (DecisionFilter(account: "rc"), false),
        (DecisionFilter(rule: "refund"), true), (DecisionFilter(rule: "other"), false),
        (DecisionFilter(conversation: "7"), true), (DecisionFilter(conversation: "8"), false),
        (DecisionFilter(account: "hg", rule: "refund", conversation: "8"), false),
    ])
    func everythingThatIsSetMustHold(filter: DecisionFilter, isShown: Bool) {
        #expect(filter.includes(decision("e", rule: "refund")) == isShown)
    }
}

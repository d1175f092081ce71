import Daemon
import Delivery
import Model
import Rules
import Storage
import Testing

/// Answers of `http` actions and delayed effects, from decision to outbox and back.
@Suite(.timeLimit(.minutes(15))) struct AnswerTests {
    private static let rules = """
        rules:
          - id: begin
            when: [ { text: order } ]
            do: [ { start: status } ]
        flows:
          - id: status
            start: lookup
            steps:
              lookup:
                say: one moment
                do: [ { http: { method: POST, url: 'https://shop.example/orders', json: { n: 1 }, save: info } } ]
                next:
                  - { when: [ { field: { vars.info.status: 200 } } ], step: found }
                  - { step: failed }
              found: { say: 'It is {{vars.info.json.state}}.', end: true }
              failed: { say: 'No answer: {{vars.info.error}}.', end: true }
        """

    @Test(arguments: StoreKind.allCases)
    func anAnswerLetsTheFlowGoOn(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let bench = try TimerBench(store, try await engine(Self.rules))
            try await bench.post("1", "order")
            #expect(try await bench.decide { _ in ["status": 200, "json": ["state": "on its way"]] } == ["one moment"])
            #expect(try await bench.decide() == ["It is on its way."])
            #expect(bench.decisions.all.map { $0.flow?.at?.text } == ["status/lookup", nil])
            #expect(bench.decisions.all.map { $0.flow?.awaitsCall } == [true, false])
        }
    }

    /// More than a conversation may carry would be a fault of the decision, and the flow would wait for ever.
    @Test(arguments: StoreKind.allCases)
    func anAnswerThatIsTooLargeIsAFailureAndNoDeadEvent(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let bench = try TimerBench(store, try await engine(Self.rules))
            try await bench.post("1", "order")
            _ = try await bench.decide { _ in ["status": 200, "text": .string(String(repeating: "x", count: 1 << 20))] }
            #expect(try await bench.decide() == ["No answer: too_large."])
            #expect(try await store.counts().dead == 0)
            let state = try await store.state(
                of: ConversationKey(account: "hg", conversation: "7"), cooldowns: [])
            #expect(state.state.conversation.variables["info"] == HTTPAnswer.failure("too_large"))
        }
    }

    /// 60 KiB as JSON.
    @Test func anAnswerAsLongAsAConversationMayCarryIsKept() async throws {
        let bench = try TimerBench(MemoryStore(), try await engine(Self.rules))
        try await bench.post("1", "order")
        let text = Value.string(String(repeating: "\u{1}", count: 10_000))
        _ = try await bench.decide { _ in ["status": 200, "json": ["state": "here"], "text": text] }
        #expect(try await bench.decide() == ["It is here."])
    }

    @Test(arguments: StoreKind.allCases)
    func aCallThatIsCancelledWithWhatWasBeforeItIsAnswered(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let bench = try TimerBench(store, try await engine(Self.rules))
            try await bench.post("1", "order")
            #expect(try await bench.processor.decideWaiting() == 1)
            let entry = try #require(try await store.claimEffects(at: bench.clock.reading, limit: 1).first)
            try await store.settle(
                entry.id, as: .dead(.refused, message: "no such chat"), answer: nil, at: bench.clock.reading.wall)
            #expect(try await bench.decide() == ["No answer: cancelled."])
        }
    }

    @Test(arguments: StoreKind.allCases)
    func whatFollowsADelayedEffectOfItsRuleWaitsForIt(_ kind: StoreKind) async throws {
        let rules = """
            rules:
              - id: slow
                do:
                  - { reply: slow 1 }
                  - { reply: slow 2, delay: 10s }
                  - { reply: slow 3, delay: 2s }
                  - { reply: slow 4 }
                  - { reply: slow 5, delay: 20s }
                then: continue
              - id: quick
                do: [ { reply: quick } ]
            """
        try await kind.withStore { store in
            let bench = try TimerBench(store, try await engine(rules))
            try await bench.post("1", "x")
            #expect(try await bench.decide() == ["slow 1", "quick"])
            let due = try await store.nextEffectDue(at: bench.clock.reading)
            #expect(due == bench.clock.reading.wall.adding(.seconds(10)))
            bench.clock.jump(by: .seconds(3600))
            bench.clock.advance(by: .milliseconds(9_999))
            #expect(try await bench.decide() == [])
            bench.clock.advance(by: .milliseconds(1))
            #expect(try await bench.decide() == ["slow 2", "slow 3", "slow 4"])
            bench.clock.advance(by: .seconds(10))
            #expect(try await bench.decide() == ["slow 5"])
        }
    }
}

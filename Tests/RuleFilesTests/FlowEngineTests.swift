import Foundation
import Model
import RuleFiles
import Rules
import Testing
import Vendors

/// What dialogues in YAML cannot tell of flows and timers: rules that change under a running flow, timers that were
/// overtaken, the state between events.
struct FlowEngineTests {
    private static let menu = """
        version: 1
        rules:
          - id: begin
            when: [ { text: menu } ]
            do: [ { start: shop } ]
          - id: hello
            when: [ { text: hello } ]
            do: [ { reply: Hello } ]
          - id: lookup
            when: [ { text: lookup } ]
            do: [ { http: { url: "https://erp.example.org/", save: found } } ]
          - id: nudge
            on: { idle: 15m, since: customer }
            do: [ { reply: Still there? } ]
        flows:
          - id: shop
            start: ask
            expires: 24h
            steps:
              ask: { say: Which order?, expect: [ { when: [ { text: { regex: '\\d+' } } ], next: call } ], otherwise: { say: Digits please, times: 2, next: bye }, timeout: { after: 10m, next: bye } }
              call: { do: [ { http: { url: "https://erp.example.org/{{message.text}}", save: info } } ], next: tell }
              tell: { say: "{{message.text}} is {{vars.info.json.state}}", end: true }
              bye: { say: Bye, end: true }
        """

    private static let start = Instant(seconds: 1_767_614_400)
    private static let conversation = ConversationKey(account: "test", conversation: "c1")

    private static func engine(_ text: String) throws -> Engine {
        let rules = RuleLoader.load(RuleFolder(root: "rules", texts: ["rules.yaml": text]), vendors: VendorCatalog.ids)
        return Engine(rules: try #require(rules.ruleSet, "\(rules.diagnostics)"), profiles: [.any: .any])
    }

    private static func message(_ text: String, _ number: Int, at time: Instant = start) -> Event {
        Event(
            id: "message-\(number)", vendor: .any, account: "test", kind: .messageReceived, occurredAt: time,
            conversation: Conversation(id: "c1", channel: "webchat", handler: .bot),
            message: Message(id: "m\(number)", text: text), sender: Sender(role: .customer, id: "anna"),
            contact: Contact(id: "anna", name: "Anna Lee"))
    }

    private static func timer(_ kind: ConversationTimer.Kind, due: Instant) -> InternalEvent {
        InternalEvent(conversation: conversation, vendor: .any, cause: .timer(ConversationTimer(kind, due: due)))
    }

    private static func replies(_ decision: Decision?) -> [String] {
        (decision?.effects ?? []).compactMap { effect in
            if case .reply(let reply) = effect.action, effect.status == .planned { reply.text } else { nil }
        }
    }

    // MARK: Rules that change

    @Test func aFlowGoesOnWithTheNewTextOfItsStep() throws {
        var session = Session(engine: try Self.engine(Self.menu))
        _ = session.decide(Self.message("menu", 1))
        session.engine = try Self.engine(Self.menu.replacing("Digits please", with: "Only digits"))
        #expect(Self.replies(session.decide(Self.message("what?", 2))) == ["Only digits"])
    }

    @Test func aFlowWhoseStepIsGoneEndsAndTheRulesAreTried() throws {
        var session = Session(engine: try Self.engine(Self.menu))
        _ = session.decide(Self.message("menu", 1))
        session.engine = try Self.engine(Self.menu.replacing("ask", with: "question"))
        let decided = session.decide(Self.message("hello", 2))
        let decision = try #require(decided)
        #expect(decision.flow?.ended == [FlowEnd(at: FlowPlace(flow: "shop", step: "ask"), reason: .gone)])
        #expect(Self.replies(decision) == ["Hello"])
        #expect(decision.state.flow == nil)
    }

    @Test func aTimerOfAFlowThatIsGoneOnlyEndsIt() throws {
        var session = Session(engine: try Self.engine(Self.menu))
        _ = session.decide(Self.message("menu", 1))
        session.engine = try Self.engine(
            Self.menu.replacing("id: shop", with: "id: store").replacing("start: shop", with: "start: store"))
        let next = session.nextTimer(until: Self.start.adding(.seconds(3600)))
        #expect(Self.replies(next?.decision) == [])
    }

    // MARK: Timers

    /// A vendor's webhooks may come out of order, and several in one second.
    @Test func aLateMessagePutsNoSilenceBack() throws {
        var session = Session(engine: try Self.engine(Self.menu))
        let minute = Duration.seconds(60)
        _ = session.decide(Self.message("hm", 1, at: Self.start.adding(minute * 30)))
        _ = session.decide(Self.message("late", 2, at: Self.start.adding(minute * 15)))
        #expect(session.timers(until: Self.start.adding(minute * 44)).isEmpty)
        let nudges = session.timers(until: Self.start.adding(minute * 46)).map(\.decision)
        #expect(nudges.map(Self.replies) == [["Still there?"]])
        #expect(nudges.map(\.event.occurredAt) == [Self.start.adding(minute * 45)])
        // It came up for this moment already.
        _ = session.decide(Self.message("of the same second", 3, at: Self.start.adding(minute * 30)))
        #expect(session.timers(until: Self.start.adding(minute * 300)).isEmpty)
        _ = session.decide(Self.message("again", 4, at: Self.start.adding(minute * 301)))
        #expect(session.timers(until: Self.start.adding(minute * 400)).count == 1)
    }

    @Test func timersFollowFromTheState() throws {
        let engine = try Self.engine(Self.menu)
        let decision = engine.decide(Self.message("menu", 1), state: DecisionState(), now: Self.start)
        let minute = Duration.seconds(60)
        #expect(
            decision.timers == [
                ConversationTimer(.timeout, due: Self.start.adding(minute * 10)),
                ConversationTimer(
                    .idle(IdleTimer(after: minute * 15, since: .customer)), due: Self.start.adding(minute * 15)),
                ConversationTimer(.expiry, due: Self.start.adding(minute * 60 * 24)),
            ])
        #expect(decision.state.timers == decision.timers)
        let again = engine.decide(
            Self.message("hello?", 2), state: DecisionState(conversation: decision.state), now: Self.start)
        #expect(again.timers == nil, "nothing changed, so nothing is to be recorded")
    }

    @Test func aTimerThatWasOvertakenDoesNothing() throws {
        let engine = try Self.engine(Self.menu)
        let minute = Duration.seconds(60)
        let first = engine.decide(Self.message("menu", 1), state: DecisionState(), now: Self.start)
        let later = Self.start.adding(minute * 5)
        let second = engine.decide(
            Self.message("what?", 2, at: later), state: DecisionState(conversation: first.state), now: later)
        let overtaken = Self.timer(.timeout, due: Self.start.adding(minute * 10))
        let decision = engine.decide(
            overtaken, state: DecisionState(conversation: second.state), now: Self.start.adding(minute * 10))
        #expect(decision.effects == [])
        #expect(decision.state.flow == second.state.flow)
        #expect(decision.state.timers == second.state.timers)
        #expect(decision.timers == nil)
    }

    @Test func aTimerComesUpOnce() throws {
        let engine = try Self.engine(Self.menu)
        let due = Self.start.adding(.seconds(600))
        let first = engine.decide(Self.message("menu", 1), state: DecisionState(), now: Self.start)
        let timeout = Self.timer(.timeout, due: due)
        let second = engine.decide(timeout, state: DecisionState(conversation: first.state), now: due)
        #expect(Self.replies(second) == ["Bye"])
        #expect(second.event.conversation?.channel == "webchat", "what is known of the conversation is remembered")
        #expect(second.event.contact?.firstName == "Anna")
        let third = engine.decide(timeout, state: DecisionState(conversation: second.state), now: due)
        #expect(third.effects == [])
        #expect(third.state.timers == second.state.timers)
        #expect(third.timers == nil)
    }

    @Test func aTimerThatTheRulesNoLongerHaveGivesWayToThoseThatTheyHave() throws {
        let before = try Self.engine(Self.menu)
        let after = try Self.engine(Self.menu.replacing("after: 10m", with: "after: 20m"))
        let first = before.decide(Self.message("menu", 1), state: DecisionState(), now: Self.start)
        let due = Self.start.adding(.seconds(600))
        let decision = after.decide(
            Self.timer(.timeout, due: due), state: DecisionState(conversation: first.state), now: due)
        #expect(decision.effects == [])
        #expect(decision.timers?.contains(ConversationTimer(.timeout, due: Self.start.adding(.seconds(1200)))) == true)
    }

    @Test func aTimerOfAStepThatIsGoneEndsTheFlow() throws {
        let before = try Self.engine(Self.menu)
        let after = try Self.engine(Self.menu.replacing("ask", with: "question"))
        let first = before.decide(Self.message("menu", 1), state: DecisionState(), now: Self.start)
        let due = Self.start.adding(.seconds(600))
        let decision = after.decide(
            Self.timer(.timeout, due: due), state: DecisionState(conversation: first.state), now: due)
        #expect(decision.flow?.ended.map(\.reason) == [.gone])
        #expect(decision.state.flow == nil)
    }

    @Test func anExpiredFlowHearsNothingEvenIfItsTimerIsLost() throws {
        let engine = try Self.engine(Self.menu)
        let first = engine.decide(Self.message("menu", 1), state: DecisionState(), now: Self.start)
        let later = Self.start.adding(.seconds(86_400))
        let decision = engine.decide(
            Self.message("hello 4711", 2, at: later), state: DecisionState(conversation: first.state), now: later)
        #expect(decision.flow?.ended.map(\.reason) == [.expired])
        #expect(Self.replies(decision) == ["Hello"])
    }

    @Test func whatNobodyWaitsForIsNotRemembered() throws {
        let engine = try Self.engine(
            """
            version: 1
            rules: [ { id: hello, do: [ { reply: Hello } ] } ]
            """)
        let decision = engine.decide(Self.message("hi", 1), state: DecisionState(), now: Self.start)
        #expect(decision.state.known == nil)
        #expect(decision.state.silence == nil)
    }

    // MARK: Answers

    @Test func anAnswerContinuesTheFlowWithTheMessageThatLedToTheCall() throws {
        var session = Session(engine: try Self.engine(Self.menu))
        _ = session.decide(Self.message("menu", 1))
        let asked = session.decide(Self.message("4711", 2))
        #expect(asked?.flow?.awaitsCall == true)
        let call = try #require(session.pendingCalls(of: Self.conversation).first)
        #expect(call.call?.url == "https://erp.example.org/4711")
        let value: Value = ["status": 200, "headers": [:], "json": ["state": "sent"]]
        let answered = session.answer(value, in: Self.conversation, now: Self.start)
        #expect(Self.replies(answered?.decision) == ["4711 is sent"])
        #expect(session.answer(value, in: Self.conversation, now: Self.start) == nil)
    }

    @Test func anAnswerThatNoFlowWaitsForSetsItsVariable() throws {
        var session = Session(engine: try Self.engine(Self.menu))
        _ = session.decide(Self.message("lookup", 1))
        _ = session.decide(Self.message("menu", 2))
        let occurrence = session.answer(HTTPAnswer.failure("timeout"), in: Self.conversation, now: Self.start)
        let answered = try #require(occurrence).decision
        #expect(answered.state.variables["found"] == ["status": 0, "error": "timeout"])
        #expect(answered.state.flow?.place == FlowPlace(flow: "shop", step: "ask"))
        #expect(answered.effects == [])
    }

    // MARK: State

    @Test func stateIsTheSameAfterStoring() throws {
        var session = Session(engine: try Self.engine(Self.menu))
        _ = session.decide(Self.message("menu", 1))
        let decided = session.decide(Self.message("4711", 2))
        let state = try #require(decided).state
        #expect(state.flow?.call != nil)
        let data = try JSONEncoder().encode(state)
        #expect(try JSONDecoder().decode(ConversationState.self, from: data) == state)
    }

    @Test func stateFromBeforeThereWereFlowsIsRead() throws {
        let text =
            #"{"v":1,"variables":{"o":["a",1]},"tags":["x"],"hasCustomerMessage":true,"customerMessages":[],"#
            + #""automaticReplies":[],"repliesSinceCustomer":2}"#
        let state = try JSONDecoder().decode(ConversationState.self, from: Data(text.utf8))
        #expect(
            state
                == ConversationState(variables: ["a": 1], tags: ["x"], hasCustomerMessage: true, repliesSinceCustomer: 2))
    }
}

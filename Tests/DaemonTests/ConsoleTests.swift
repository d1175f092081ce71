import Daemon
import Delivery
import Model
import Testing
import VendorKit
import Vendors

@Suite struct ConsoleTests {
    private let at = SourcePosition(file: "rules/a.yaml", line: 4, column: 5)

    private func effect(_ action: Action, _ status: EffectStatus = .planned) -> Effect {
        Effect(
            key: "k", eventID: "e", rule: "greet", ruleAt: at, action: action,
            target: EffectTarget(account: "main", vendor: .huggy, conversationID: "7", contactID: nil, channel: nil, tags: []),
            status: status)
    }

    @Test func showsAnEventItsRulesAndWhatDoesNotGoOut() {
        let event = Event(
            id: "e", vendor: .huggy, account: "main", kind: .messageReceived, occurredAt: Instant(milliseconds: 0),
            conversation: Conversation(id: "7", channel: "webchat", handler: .bot),
            message: Message(id: "1", text: "oi\n\u{1B}[2J\u{202E}"),
            sender: Sender(role: .customer, name: "Ana"))
        let rule = MatchedRule(
            id: "greet", at: at, mode: .observe, then: .stop, match: [:], isWhollySuppressed: true)
        let decision = Decision(
            event: event, matched: [rule],
            effects: [
                effect(.reply(Reply(text: "hi"))), effect(.close(Closing()), .suppressed(.observe)),
                effect(.tag(["a"], of: .conversation), .unsupported("no tags here")), effect(.start("menu")),
            ], state: ConversationState())
        #expect(
            Console.text(decision) == """
                huggy/main message.received in 7 (webchat, bot) customer Ana "oi\\n\\u001b[2J\\u{202e}"
                  rule greet at rules/a.yaml:4:5 (observe)
                    close of greet: suppressed (observe)
                    tag of greet: unsupported: no tags here
                    start of greet: {"flow":"menu"}

                """)
    }

    @Test func saysWhenNoRuleMatched() {
        let event = Event(
            id: "e", vendor: .huggy, account: "main", kind: .other, isTest: true, occurredAt: Instant(milliseconds: 0))
        #expect(
            Console.text(Decision(event: event, state: ConversationState())) == "huggy/main other (test)\n  no rule matched\n")
    }

    @Test func showsTheExactRequest() {
        let request = VendorRequest(
            method: "POST", url: "https://api.example.org/chats/7/messages",
            headers: [.init("Authorization", .secret("token", prefix: "Bearer ")), .init("X-Own", .text("1"))],
            body: .json(["text": "Olá"]))
        #expect(
            Console.text(PrintedDelivery(effect: effect(.reply(Reply(text: "Olá"))), request: request)) == """
                  -> reply of rule greet at rules/a.yaml:4:5 in 7
                     POST https://api.example.org/chats/7/messages
                     Authorization: [redacted]
                     X-Own: 1
                     {"text":"Olá"}

                """)
    }

    private let conversation = ConversationKey(account: "main", conversation: "7")

    private func decision(_ kind: EventKind, _ report: FlowReport?, effects: [Effect] = []) -> Decision {
        let event = Event(
            id: "e", vendor: .huggy, account: "main", kind: kind, occurredAt: Instant(milliseconds: 0),
            conversation: Conversation(id: "7", channel: "webchat", handler: .bot))
        return Decision(event: event, effects: effects, state: ConversationState(), flow: report)
    }

    private func timer(_ kind: ConversationTimer.Kind) -> InternalEvent {
        InternalEvent(
            conversation: conversation, vendor: .huggy,
            cause: .timer(ConversationTimer(kind, due: Instant(milliseconds: 0))))
    }

    private func answer(_ value: Value) -> InternalEvent {
        InternalEvent(
            conversation: conversation, vendor: .huggy,
            cause: .answer(HTTPAnswer(effectKey: "k", variable: "order", value: value)))
    }

    private let menu = FlowPlace(flow: "status", step: "menu")

    @Test func showsWhereAFlowStandsAndWhyOneEnded() {
        let report = FlowReport(
            at: menu, awaitsCall: true, ended: [FlowEnd(at: FlowPlace(flow: "old", step: "a"), reason: .replaced)],
            heard: .choice("Order"))
        #expect(
            Console.text(decision(.messageReceived, report)) == """
                huggy/main message.received in 7 (webchat, bot)
                  flow old/a ended: replaced
                  flow status/menu waits for the answer of an http action

                """)
    }

    @Test func showsATimerThatComesUp() {
        let report = FlowReport(ended: [FlowEnd(at: menu, reason: .expired)], heard: .expiry)
        #expect(
            Console.text(decision(.other, report), of: timer(.expiry)) == """
                huggy/main timer expiry in 7 (webchat, bot)
                  flow status/menu ended: expired

                """)
        let idle = decision(.conversationIdle, nil, effects: [effect(.reply(Reply(text: "there?")))])
        #expect(
            Console.text(idle, of: timer(.idle(IdleTimer(after: .seconds(900), since: .customer)))) == """
                huggy/main timer idle 15m since customer in 7 (webchat, bot)

                """)
    }

    @Test func saysNothingOfATimerThatWasOvertaken() {
        #expect(Console.text(decision(.other, nil), of: timer(.timeout)) == nil)
    }

    @Test(arguments: [
        (["status": 404, "headers": [:], "text": ""] as Value, "404"), (HTTPAnswer.failure("timeout"), "timeout"),
    ])
    func showsAnAnswer(value: Value, word: String) {
        let report = FlowReport(at: menu, heard: .answer)
        #expect(
            Console.text(decision(.other, report), of: answer(value)) == """
                huggy/main http answer \(word) to order in 7 (webchat, bot)
                  flow status/menu waits for the customer

                """)
    }

    @Test func showsTheStepThatARequestComesFrom() {
        var reply = effect(.note("hi"))
        reply.flow = menu
        let request = VendorRequest(method: "POST", url: "https://api.example.org/")
        #expect(
            Console.text(PrintedDelivery(effect: reply, request: request)) == """
                  -> note of flow status/menu at rules/a.yaml:4:5 in 7
                     POST https://api.example.org/

                """)
    }
}

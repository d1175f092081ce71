import Daemon
import Delivery
import Model
import Testing
import VendorKit

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
}

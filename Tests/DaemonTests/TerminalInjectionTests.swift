import Daemon
import Delivery
import Logging
import Model
import Synchronization
import TestSupport
import Testing
import VendorKit
import Vendors

/// A customer's text moves no cursor, begins no line and turns no writing, in logs and on the console (S10, T37).
@Suite struct TerminalInjectionTests {
    private static let texts = HostileTexts.all(seed: TestScale.seed(usual: 37))

    @Test func aLogLineStaysOne() {
        let lines = Mutex<[String]>([])
        let logger = Logger(label: "bellhop") { LogfmtHandler(label: $0) { line in lines.withLock { $0.append(line) } } }
        for text in Self.texts { logger.error("it failed", metadata: ["error": "\(text)", "rule": "r"]) }
        let written = lines.withLock { $0 }
        #expect(written.count == Self.texts.count)
        for line in written {
            #expect(
                line.hasPrefix("level=error msg=\"it failed\" error=") && line.hasSuffix(" rule=r\n"), "\(line.debugDescription)")
            #expect(Self.isPlain(line.unicodeScalars.dropLast()), "\(line.debugDescription)")
        }
    }

    @Test func aBlockOfTheConsoleKeepsItsForm() {
        for text in Self.texts {
            let event = Event(
                id: "e", vendor: .huggy, account: "main", kind: .messageReceived, occurredAt: Instant(milliseconds: 0),
                conversation: Conversation(id: text, channel: text, handler: .bot), message: Message(id: "1", text: text),
                sender: Sender(role: .customer, name: text))
            let at = SourcePosition(file: "rules/a.yaml", line: 4, column: 5)
            let effect = Effect(
                key: "k", eventID: "e", rule: "greet", ruleAt: at, action: .reply(Reply(text: text)),
                target: EffectTarget(
                    account: "main", vendor: .huggy, conversationID: text, contactID: nil, channel: nil, tags: []),
                status: .planned)
            let request = VendorRequest(
                method: "POST", url: "https://h/\(text)", headers: [.init("X-A", .text(text))], body: .text(text))
            let shown = Console.text(PrintedDelivery(effect: effect, request: request))
            let decided = Console.text(Decision(event: event, state: ConversationState())) ?? ""
            #expect(shown.split(separator: "\n").count == 4, "\(shown.debugDescription)")
            #expect(decided.split(separator: "\n").count == 2, "\(decided.debugDescription)")
            for block in [shown, decided] {
                #expect(Self.isPlain(block.unicodeScalars.filter { $0 != "\n" }), "\(block.debugDescription)")
            }
        }
    }

    private static func isPlain(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
        scalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }
}

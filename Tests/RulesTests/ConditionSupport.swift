import Model
import Rules
import Testing
import Zones

/// Noon of a Friday in UTC.
let noon = Instant(seconds: 1_795_176_000)

extension Event {
    /// A customer's message, in a conversation with one of everything.
    static func message(_ text: String? = "hello", kind: EventKind = .messageReceived) -> Event {
        Event(
            id: "any:test:message:1", vendor: .any, account: "test", kind: kind, occurredAt: noon,
            conversation: Conversation(
                id: "c1", channel: "whatsapp", status: "open", handler: .bot, department: "11445", team: "t7",
                tags: ["VIP", "São Paulo"]),
            message: text.map { Message(id: "m1", text: $0) }, sender: Sender(role: .customer, id: "u1", name: "Ana"),
            contact: Contact(
                id: "u1", name: "Ana Souza", attributes: ["plan": "Gold", "age": 41, "score": .number(9.5), "none": .null]),
            agent: Agent(id: "a9", name: "João Lima", username: "joao"))
    }
}

func subject(_ event: Event = .message(), state: ConversationState = ConversationState(), now: Instant = noon) -> Subject {
    let names = Account.Names(departments: ["Billing": "11445"], teams: ["Night Shift": "t7"], agents: ["boss": "a9"])
    return Subject(
        event: event, account: Account(id: "test", vendor: .any, names: names), zone: .utc, now: now, state: state)
}

/// Reads the lines of a `when`, which must be free of errors.
func conditions(
    _ when: String, in scope: DecodingScope = DecodingScope(), sourceLocation: SourceLocation = #_sourceLocation
) throws -> [any Condition] {
    let conditions = ConditionCatalog.conditions(node(when), in: scope)
    #expect(scope.diagnostics == [], sourceLocation: sourceLocation)
    return try #require(conditions, sourceLocation: sourceLocation)
}

/// Whether every line holds, and what was captured.
func holds(_ when: String, _ subject: Subject, in scope: DecodingScope = DecodingScope()) throws -> Bool {
    try conditions(when, in: scope).allSatisfy { line in subject.attempt { line.holds(subject) } }
}

/// Whether a message's text passes `text: MATCHER`.
func passes(_ matcher: String, _ text: String, in scope: DecodingScope = DecodingScope()) throws -> Bool {
    try holds("[{ text: \(matcher) }]", subject(.message(text)), in: scope)
}

/// What is wrong with the lines of a `when`.
func errors(_ when: String, in scope: DecodingScope = DecodingScope()) -> [Diagnostic] {
    let before = scope.diagnostics.count
    let conditions = ConditionCatalog.conditions(node(when), in: scope)
    #expect(conditions == nil || scope.diagnostics.count > before)
    return scope.diagnostics.sorted { $0.at < $1.at }
}

/// The code, column, length and help of a finding: one row of a table of errors.
struct Finding: Equatable, CustomTestStringConvertible {
    var code: DiagnosticCode
    var column: Int
    var length: Int

    init(_ code: DiagnosticCode, _ column: Int, _ length: Int) {
        self.code = code
        self.column = column
        self.length = length
    }

    init(_ diagnostic: Diagnostic) {
        self.init(diagnostic.code, diagnostic.at.column, diagnostic.length)
    }

    var testDescription: String { "\(code.rawValue) at \(column)+\(length)" }
}

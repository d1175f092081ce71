import JSON
import Model
import RuleFiles
import Rules

/// What a person typed into a chat: the customer's words, or a command.
enum ChatLine: Sendable {
    case step(Simulation.Step)
    case newConversation
    case state
    /// Of this rule alone, or of all.
    case why(rule: String?)
    case save(path: String, overwriting: Bool)
    case help
    case quit

    /// A line that begins with `/` is a command; with `//`, a message that begins with `/`.
    init(_ line: String) throws(ChatError) {
        guard line.hasPrefix("/"), !line.hasPrefix("//") else {
            self = .step(.event(.message(line.hasPrefix("//") ? String(line.dropFirst()) : line)))
            return
        }
        let name = String(line.prefix { !$0.isWhitespace })
        guard let command = ChatCommands.named(name) else { throw Self.unknown(name) }
        let rest = String(line.dropFirst(name.count).drop(while: \.isWhitespace))
        let argument = String(rest.reversed().drop(while: \.isWhitespace).reversed())
        if command.argument == nil, !argument.isEmpty {
            throw ChatError(.usage, "\(name) stands alone")
        }
        if let wanted = command.argument, argument.isEmpty, !command.isArgumentOptional {
            throw ChatError(.usage, "\(name) needs more: \(name) \(wanted)")
        }
        self = try command.read(argument)
    }

    private static func unknown(_ name: String) -> ChatError {
        let near = nearest(to: name, among: ChatCommands.all.map(\.name))
        let help = near.map { "did you mean '\($0)'?" } ?? "/help lists the commands; begin a message with // for a /"
        return ChatError(.usage, "there is no command '\(name)'; \(help)")
    }
}

/// Why a line could not be carried out. A script that goes on after one must not look right.
struct ChatError: Error {
    /// What a script's end says about it: wrong lines are a matter of usage, a file that was not saved is a no.
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }
}

/// The commands of a chat, in the order in which `/help` shows them.
enum ChatCommands {
    struct Command: Sendable {
        let name: String
        /// What stands behind the name; nil where nothing may.
        let argument: String?
        var isArgumentOptional = false
        let does: String
        let read: @Sendable (String) throws(ChatError) -> ChatLine

        var shownArgument: String? { isArgumentOptional ? argument.map { "[\($0)]" } : argument }
    }

    static func named(_ name: String) -> Command? { all.first { $0.name.utf8.elementsEqual(name.utf8) } }

    static let all: [Command] = [
        Command(name: "/wait", argument: "10m", does: "lets time pass: s, m, h or d; timers come up on the way") {
            text throws(ChatError) in .step(.wait(try duration(text)))
        },
        Command(name: "/agent", argument: "TEXT", does: "a human agent writes to the customer") { text throws(ChatError) in
            .step(.event(.message(text, from: .agent)))
        },
        Command(name: "/close", argument: nil, does: "the conversation is closed") { _ throws(ChatError) in
            .step(.event(.happening(.conversationClosed)))
        },
        Command(name: "/event", argument: "KIND", does: "anything else: /event conversation.assigned handler: human, tags: [vip]")
        {
            text throws(ChatError) in .step(.event(try event(text)))
        },
        Command(name: "/http", argument: #"200 {"state":"sent"}"#, does: "answers the call that waits; or /http timeout") {
            text throws(ChatError) in .step(.answer(try answer(text)))
        },
        Command(name: "/new", argument: nil, does: "goes on in a new conversation of the same customer") { _ throws(ChatError) in
            .newConversation
        },
        Command(name: "/state", argument: nil, does: "shows what is remembered of the conversation") { _ throws(ChatError) in
            .state
        },
        Command(
            name: "/why", argument: "RULE", isArgumentOptional: true,
            does: "tells why each rule held or not the last time, nearest miss first; or that rule alone"
        ) { text throws(ChatError) in .why(rule: text.isEmpty ? nil : text) },
        Command(name: "/save", argument: "FILE", does: "writes what happened as a rule test, name.test.yaml") {
            text throws(ChatError) in .save(path: text, overwriting: false)
        },
        Command(name: "/save!", argument: "FILE", does: "the same, over a file that is there") { text throws(ChatError) in
            .save(path: text, overwriting: true)
        },
        Command(name: "/help", argument: nil, does: "shows this") { _ throws(ChatError) in .help },
        Command(name: "/quit", argument: nil, does: "ends") { _ throws(ChatError) in .quit },
    ]

    private static func duration(_ text: String) throws(ChatError) -> Duration {
        guard let duration = Duration(ruleText: text) else {
            throw ChatError(
                .usage,
                "'\(text)' is no duration; write a whole number above 0 and one of s, m, h, d: /wait 90s, /wait 10m, /wait 2d")
        }
        return duration
    }

    private static func event(_ text: String) throws(ChatError) -> EventDraft {
        do throws(ShortFormError) {
            return try EventDraft(shortForm: text)
        } catch {
            throw ChatError(.usage, error.message)
        }
    }

    // MARK: Answers

    /// The words that the daemon has for a call without an answer.
    private static let failures = [
        "timeout", "not_sent", "uncertain", "too_large", "unbuildable", "expired", "cancelled", "printed",
    ]

    /// `200`, `200 {"state":"sent"}`, `404 not found`, `timeout`
    private static func answer(_ text: String) throws(ChatError) -> Value.Object {
        let first = String(text.prefix { !$0.isWhitespace })
        let body = String(text.dropFirst(first.count).drop(while: \.isWhitespace))
        guard first.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            guard failures.contains(first), body.isEmpty else { throw noAnswer(first, hasBody: !body.isEmpty) }
            return ["error": .string(first)]
        }
        guard let status = Int64(first), (100...999).contains(status) else {
            throw ChatError(.usage, "'\(first)' is no HTTP status; write a number from 100 to 999")
        }
        var answer: Value.Object = ["status": .integer(status)]
        if body.hasPrefix("{") || body.hasPrefix("[") {
            do throws(JSONError) {
                answer["json"] = try JSONDocument(body).root.value
            } catch {
                throw ChatError(.usage, "the answer is no JSON: \(error.message)")
            }
        } else if !body.isEmpty {
            answer["text"] = .string(body)
        }
        return answer
    }

    private static func noAnswer(_ word: String, hasBody: Bool) -> ChatError {
        if failures.contains(word), hasBody { return ChatError(.usage, "/http \(word) stands alone") }
        let help =
            nearest(to: word, among: failures).map { "did you mean '\($0)'?" }
            ?? "write a status such as 200, or \(listed(failures))"
        return ChatError(.usage, "'\(word)' is no answer; \(help)")
    }
}

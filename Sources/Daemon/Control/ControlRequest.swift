package import Model
package import Storage
import Vendors

/// What a client asks over the control socket: one JSON object on one line, `{"command": …}` and its members.
package enum ControlRequest: Sendable, Hashable {
    case status
    /// Each check is an item.
    case doctor(isThorough: Bool)
    /// Reads the rules again. With colour, the text of diagnostics has it.
    case reload(isColored: Bool)
    case tail(DecisionFilter)
    case deadLetters(DeadLetterFilter, limit: Int)
    case showDeadLetter(DeadLetterID)
    case retryDeadLetter(DeadLetterID)
    case discardDeadLetter(DeadLetterID)
    /// At most so many effects, of any of what may have that id.
    case blame(String, account: String?, limit: Int)
    case captures(CaptureQuery)
    /// What a rule in `mode: observe` would have done.
    case observe(ObservationQuery)
    /// How often each rule ran since then, and when last: an item for each that did.
    case ruleRuns(since: Instant)
    /// Nil: what the daemon would remove by itself.
    case prune(capturesBefore: Instant?)
    /// Lines follow, each a `CaptureLine`. A blank one asks what became of those before it.
    case importCaptures(CaptureOrigin)

    /// No request is longer, its line end left out.
    package static let longestBytes = 64 << 10
}

/// What is wrong with a request. A sentence in lower case without a full stop.
package struct ControlRequestError: Error, Sendable, Hashable {
    package let message: String

    package init(_ message: String) { self.message = message }
}

// MARK: - On the wire

extension ControlRequest {
    private enum Command: String {
        case status, doctor, reload, tail, blame, captures, prune, observe
        case ruleRuns = "rule_runs"
        case importCaptures = "import_captures"
        case deadLetters = "dead_letters"
        case deadLetter = "dead_letter"
        case retry = "retry_dead_letter"
        case discard = "discard_dead_letter"
    }

    package var value: Value {
        switch self {
        case .status: Self.object(.status)
        case .doctor(let isThorough): Self.object(.doctor, ["thorough": .bool(isThorough)])
        case .reload(let isColored): Self.object(.reload, ["color": .bool(isColored)])
        case .tail(let filter):
            Self.object(
                .tail,
                [
                    "account": .optional(filter.account), "rule": .optional(filter.rule),
                    "conversation": .optional(filter.conversation), "why": filter.isExplained ? true : .null,
                ])
        case .deadLetters(let filter, let limit):
            Self.object(
                .deadLetters,
                [
                    "account": .optional(filter.account), "conversation": .optional(filter.conversation),
                    "rule": .optional(filter.rule), "reason": .optional(filter.reason?.rawValue),
                    "limit": .integer(Int64(limit)),
                ])
        case .showDeadLetter(let id): Self.object(.deadLetter, ["id": .string(id.text)])
        case .retryDeadLetter(let id): Self.object(.retry, ["id": .string(id.text)])
        case .discardDeadLetter(let id): Self.object(.discard, ["id": .string(id.text)])
        case .blame(let id, let account, let limit):
            Self.object(.blame, ["id": .string(id), "account": .optional(account), "limit": .integer(Int64(limit))])
        case .captures(let query):
            Self.object(
                .captures,
                [
                    "since": .optional(query.since?.iso8601), "until": .optional(query.until?.iso8601),
                    "account": .optional(query.account), "kind": .optional(query.kind?.rawValue),
                    "matched": .optional(query.matchedRule),
                ])
        case .observe(let query):
            Self.object(
                .observe,
                [
                    "rule": .string(query.rule), "since": .string(query.since.iso8601),
                    "answer_window_ms": .integer(query.answerWindow.wholeMilliseconds),
                    "examples": .integer(Int64(query.examples)),
                ])
        case .ruleRuns(let since): Self.object(.ruleRuns, ["since": .string(since.iso8601)])
        case .prune(let before): Self.object(.prune, ["captures_before": .optional(before?.iso8601)])
        case .importCaptures(let origin):
            Self.object(
                .importCaptures,
                ["account": .optional(origin.account), "vendor": .optional(origin.vendor?.rawValue)])
        }
    }

    private static func object(_ command: Command, _ members: Value.Object = [:]) -> Value {
        var object: Value.Object = ["command": .string(command.rawValue)]
        for entry in members.entries where !entry.value.isNull { object[entry.key] = entry.value }
        return .object(object)
    }

    package init(_ value: Value) throws(ControlRequestError) {
        guard let word = value["command"]?.string else {
            throw ControlRequestError("a request is an object with `command`")
        }
        guard let command = Command(rawValue: word) else { throw ControlRequestError("there is no command '\(word)'") }
        let members = Members(value: value)
        switch command {
        case .status: self = .status
        case .doctor: self = .doctor(isThorough: value["thorough"]?.bool ?? true)
        case .reload: self = .reload(isColored: value["color"]?.bool ?? false)
        case .tail:
            self = .tail(
                DecisionFilter(
                    account: try members.text("account"), rule: try members.text("rule"),
                    conversation: try members.text("conversation"), isExplained: value["why"]?.bool ?? false))
        case .deadLetters:
            let filter = DeadLetterFilter(
                account: try members.text("account"), conversation: try members.text("conversation"),
                rule: try members.text("rule"), reason: try members.word("reason"))
            self = .deadLetters(filter, limit: try members.limit())
        case .deadLetter: self = .showDeadLetter(try members.deadLetterID())
        case .retry: self = .retryDeadLetter(try members.deadLetterID())
        case .discard: self = .discardDeadLetter(try members.deadLetterID())
        case .blame:
            guard let id = try members.text("id"), !id.isEmpty else { throw ControlRequestError("`id` is missing") }
            self = .blame(id, account: try members.text("account"), limit: try members.limit())
        case .captures:
            self = .captures(
                CaptureQuery(
                    since: try members.time("since"), until: try members.time("until"),
                    account: try members.text("account"), kind: try members.word("kind"),
                    matchedRule: try members.text("matched")))
        case .observe:
            guard let rule = try members.text("rule") else { throw ControlRequestError("`rule` is missing") }
            guard let since = try members.time("since") else { throw ControlRequestError("`since` is missing") }
            self = .observe(
                ObservationQuery(
                    rule: rule, since: since,
                    answerWindow: .milliseconds(try members.count("answer_window_ms", preset: 1_800_000)),
                    examples: Int(try members.count("examples", preset: 3))))
        case .ruleRuns:
            guard let since = try members.time("since") else { throw ControlRequestError("`since` is missing") }
            self = .ruleRuns(since: since)
        case .prune: self = .prune(capturesBefore: try members.time("captures_before"))
        case .importCaptures:
            self = .importCaptures(
                CaptureOrigin(account: try members.text("account"), vendor: try members.vendor("vendor")))
        }
    }
}

/// The members of a request or of a line behind one; null is as good as missing.
struct Members {
    let value: Value

    func text(_ key: String) throws(ControlRequestError) -> String? {
        guard let member = value[key], !member.isNull else { return nil }
        guard let text = member.string else { throw ControlRequestError("`\(key)` is no text") }
        return text
    }

    func word<Word: RawRepresentable>(_ key: String) throws(ControlRequestError) -> Word? where Word.RawValue == String {
        guard let text = try text(key) else { return nil }
        guard let word = Word(rawValue: text) else { throw ControlRequestError("`\(key)` cannot be '\(text)'") }
        return word
    }

    func vendor(_ key: String) throws(ControlRequestError) -> VendorID? {
        guard let text = try text(key) else { return nil }
        guard let vendor = VendorCatalog.id(text) else { throw ControlRequestError("`\(key)` cannot be '\(text)'") }
        return vendor
    }

    func time(_ key: String) throws(ControlRequestError) -> Instant? {
        guard let text = try text(key) else { return nil }
        guard let time = Instant(iso8601: text) else { throw ControlRequestError("`\(key)` is no time: '\(text)'") }
        return time
    }

    func deadLetterID() throws(ControlRequestError) -> DeadLetterID {
        guard let text = try text("id"), let id = DeadLetterID(text) else {
            throw ControlRequestError("`id` is no dead letter's: they are as `effect-12` or `event-7`")
        }
        return id
    }

    /// Not below 0.
    func count(_ key: String, preset: Int64) throws(ControlRequestError) -> Int64 {
        guard let member = value[key], !member.isNull else { return preset }
        guard case .integer(let count) = member, (0...Int64(Int32.max)).contains(count) else {
            throw ControlRequestError("`\(key)` is a number from 0 to \(Int32.max)")
        }
        return count
    }

    /// From 1 to 1000; 100 where nothing is said.
    func limit() throws(ControlRequestError) -> Int {
        guard let member = value["limit"], !member.isNull else { return 100 }
        guard case .integer(let limit) = member, (1...1000).contains(limit) else {
            throw ControlRequestError("`limit` is from 1 to 1000")
        }
        return Int(limit)
    }
}

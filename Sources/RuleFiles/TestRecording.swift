package import Model
package import Rules

/// What happened, written as a test that expects it to happen again.
package struct TestRecording: Sendable {
    private let startsAt: Instant
    private var steps: [[String]] = []

    package init(startsAt: Instant) {
        self.startsAt = startsAt
    }

    /// How many steps there are.
    package var count: Int { steps.count }

    package mutating func add(_ outcome: Simulation.Outcome) {
        steps.append(Self.stimulus(outcome) + ["expect:"] + Self.expectation(outcome).map { "  " + $0 })
    }

    /// A test file with one test.
    package func text(name: String) -> String {
        var lines = [
            "version: 1", "tests:", "  - name: \(WrittenYAML.text(name).line)", "    at: \(startsAt.iso8601)", "    steps:",
        ]
        for step in steps {
            for (index, line) in step.enumerated() { lines.append((index == 0 ? "      - " : "        ") + line) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Why the file that would be written is none that passes: with the rules that it was recorded with, this can only be
    /// what a test has no words for, or a size that is too much for a file. Nil when it is as it should be.
    package func problem(name: String, engine: Engine) -> String? {
        let folder = RuleFolder(root: "", texts: ["recorded.test.yaml": text(name: name)])
        let loaded = LoadedTests(folder, flows: Array(engine.rules.flows.values), vendors: nil)
        if let error = loaded.diagnostics.first(where: { $0.severity == .error }) {
            return "line \(error.at.line): \(error.message)"
        }
        guard let test = loaded.tests.first, loaded.tests.count == 1 else { return "it holds no test" }
        let failures = RuleTestRunner(engine: engine, payloads: .none).run(test).failures
        return failures.first.map { "line \($0.at.line): \($0.message)" }
    }

    // MARK: Steps

    private static func stimulus(_ outcome: Simulation.Outcome) -> [String] {
        let conversation =
            outcome.namesConversation ? ["conversation: \(WrittenYAML.word(outcome.conversation.conversation).line)"] : []
        switch outcome.step {
        case .event(let draft): return ["event: \(draft.written.line)"]
        case .wait(let duration): return ["wait: \(duration.ruleText)"] + conversation
        case .answer(let written): return ["http: \(WrittenYAML(.object(written)).line)"] + conversation
        }
    }

    /// In the order in which the reference lists the keys. What may be told of every step is told of every step, so that a
    /// rule that comes to hold later is noticed; the rest only where there is something to tell.
    private static func expectation(_ outcome: Simulation.Outcome) -> [String] {
        let decisions = outcome.decisions
        let matched = decisions.flatMap(\.matched)
        let effects = decisions.flatMap(\.effects)
        let observed = matched.filter { $0.mode == .observe }.map(\.id)
        var lines = ["rules: \(ids(matched.filter { $0.mode == .live && !$0.isWhollySuppressed }.map(\.id)))"]
        if !observed.isEmpty { lines.append("observed: \(ids(observed))") }
        lines += list("effects", effects.filter(\.leaves).map(expected))
        let suppressed = effects.compactMap(suppression)
        if !suppressed.isEmpty { lines += list("suppressed", suppressed) }
        let unsupported = effects.filter(\.isUnsupported).map { holdback($0) }
        if !unsupported.isEmpty { lines += list("unsupported", unsupported) }
        if let place = outcome.state.flow?.place {
            lines.append("flow: \(WrittenYAML.word(place.text).line)")
        } else if let end = decisions.compactMap(\.flow).flatMap(\.ended).last {
            lines.append("flow: { ended: \(end.reason.rawValue) }")
        }
        return lines
    }

    private static func ids(_ ids: [String]) -> String { WrittenYAML.list(ids.map(WrittenYAML.word)).line }

    private static func list(_ key: String, _ elements: [WrittenYAML]) -> [String] {
        elements.isEmpty ? ["\(key): []"] : ["\(key):"] + elements.map { "  - \($0.blockLine)" }
    }

    private static func expected(_ effect: Effect) -> WrittenYAML {
        .mapping([WrittenYAML.Member(effect.action.kind.rawValue, effect.action.expected)])
    }

    private static func suppression(_ effect: Effect) -> WrittenYAML? {
        guard case .suppressed(let reason) = effect.status else { return nil }
        return holdback(effect, [WrittenYAML.Member("reason", .word(reason.rawValue))])
    }

    private static func holdback(_ effect: Effect, _ more: [WrittenYAML.Member] = []) -> WrittenYAML {
        .mapping(
            [WrittenYAML.Member("rule", .word(effect.rule)), WrittenYAML.Member("action", .word(effect.action.kind.rawValue))]
                + more)
    }
}

extension WrittenYAML {
    /// A mapping of one key without its braces.
    fileprivate var blockLine: String {
        guard case .mapping(let members) = self, members.count == 1 else { return line }
        return "\(WrittenYAML.word(members[0].key).line): \(members[0].value.line)"
    }
}

extension Effect {
    /// As `effects` of an expectation counts it.
    fileprivate var leaves: Bool { status == .planned && action.leavesBellhop }

    fileprivate var isUnsupported: Bool { if case .unsupported = status { true } else { false } }
}

extension Action {
    /// What a test expects of an action that is the same again.
    fileprivate var expected: WrittenYAML {
        switch self {
        case .reply(let reply) where reply.buttons.isEmpty && reply.file == nil: .text(reply.text)
        case .note(let text): .text(text)
        case .route(.queue): .word("queue")
        case .tag(let tags, of: .conversation), .untag(let tags, of: .conversation):
            tags.count == 1 ? .word(tags[0]) : .list(tags.map(WrittenYAML.word))
        case .close(let closing) where closing.comment == nil && closing.tags.isEmpty: .literal("true")
        case .route(.department(let name)): .mapping([WrittenYAML.Member("department", .word(name))])
        case .route(.team(let name)): .mapping([WrittenYAML.Member("team", .word(name))])
        case .route(.agent(let name)): .mapping([WrittenYAML.Member("agent", .word(name))])
        // Headers and time limits are settings, not what is asked of the other system.
        case .http(let call): .call(call.method, value, of: ["url", "json", "form", "body"])
        case .call(let call): .call(call.method, value, of: ["path", "json"])
        case .reply, .tag, .untag, .close, .set, .contact, .start, .stopFlow: value.expected ?? .mapping([])
        }
    }
}

extension WrittenYAML {
    /// A call of another system: its method, and those of the keys for whose values there are words.
    fileprivate static func call(_ method: String, _ value: Value, of keys: [String]) -> WrittenYAML {
        let members = keys.compactMap { key in value[key]?.expected.map { Member(key, $0) } }
        return .mapping([Member("method", .word(method))] + members)
    }
}

extension Value {
    /// As an expectation writes it. Nil for what it has no words for: an object whose keys would be taken for a text matcher.
    fileprivate var expected: WrittenYAML? {
        switch self {
        case .null, .bool, .integer, .number, .string: return WrittenYAML(self)
        case .array(let elements):
            let expected = elements.compactMap(\.expected)
            return expected.count == elements.count ? .list(expected) : nil
        case .object(let object):
            let members = object.entries.compactMap { entry in
                entry.value.expected.map { WrittenYAML.Member(entry.key, $0) }
            }
            let asked = members.filter { !$0.key.utf8.starts(with: "x-".utf8) }
            if !asked.isEmpty, asked.allSatisfy({ TextMatcher.keys.contains($0.key) }) { return nil }
            return .mapping(members)
        }
    }
}

extension PayloadReader {
    /// For tests without payloads.
    fileprivate static let none = PayloadReader { _, _, _, _ throws(PayloadError) in
        throw PayloadError(code: "unreadable", message: "there are no payloads here")
    }
}

import Model
import Rules

/// What a test expects when the same is to happen again.
enum WrittenExpectation {
    /// In the order in which the reference lists the keys. What may be told of every step is told of every step, so that a
    /// rule that comes to hold later is noticed; the rest only where there is something to tell.
    static func lines(_ decisions: [Decision], flow: FlowPlace?) -> [String] {
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
        if let place = flow {
            lines.append("flow: \(WrittenYAML.word(place.text).line)")
        } else if let end = decisions.compactMap(\.flow).flatMap(\.ended).last {
            lines.append("flow: { ended: \(end.reason.rawValue) }")
        }
        return lines
    }

    static func ids(_ ids: [String]) -> String { WrittenYAML.list(ids.map(WrittenYAML.word)).line }

    static func list(_ key: String, _ elements: [WrittenYAML]) -> [String] {
        elements.isEmpty ? ["\(key): []"] : ["\(key):"] + elements.map { "  - \($0.blockLine)" }
    }

    static func expected(_ effect: Effect) -> WrittenYAML {
        .mapping([WrittenYAML.Member(effect.action.kind.rawValue, effect.action.expected)])
    }

    static func suppression(_ effect: Effect) -> WrittenYAML? {
        guard case .suppressed(let reason) = effect.status else { return nil }
        return holdback(effect, [WrittenYAML.Member("reason", .word(reason.rawValue))])
    }

    static func holdback(_ effect: Effect, _ more: [WrittenYAML.Member] = []) -> WrittenYAML {
        .mapping(
            [WrittenYAML.Member("rule", .word(effect.rule)), WrittenYAML.Member("action", .word(effect.action.kind.rawValue))]
                + more)
    }
}

extension WrittenYAML {
    /// A mapping of one key without its braces.
    var blockLine: String {
        guard case .mapping(let members) = self, members.count == 1 else { return line }
        return "\(WrittenYAML.word(members[0].key).line): \(members[0].value.line)"
    }
}

extension Effect {
    /// As `effects` of an expectation counts it.
    var leaves: Bool { status == .planned && action.leavesBellhop }

    var isUnsupported: Bool { if case .unsupported = status { true } else { false } }
}

extension Action {
    /// What a test expects of an action that is the same again.
    var expected: WrittenYAML {
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
    static func call(_ method: String, _ value: Value, of keys: [String]) -> WrittenYAML {
        let members = keys.compactMap { key in value[key]?.expected.map { Member(key, $0) } }
        return .mapping([Member("method", .word(method))] + members)
    }
}

extension Value {
    /// As an expectation writes it. Nil for what it has no words for: an object whose keys would be taken for a text matcher.
    var expected: WrittenYAML? {
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

import Model
import Rules

/// Reads one step of a test: what happens, and what is expected.
struct TestStepDecoder {
    private let scope: DecodingScope

    init(_ scope: DecodingScope) {
        self.scope = scope
    }

    func step(_ node: RuleNode) -> RuleTestStep? {
        let known = ["event", "wait", "http", "conversation", "expect"]
        guard let keys = scope.mapping(node, known: known, what: "a step of a test") else { return nil }
        let stimuli = ["event", "wait", "http"].filter { keys[$0] != nil }
        if stimuli.count > 1, let second = keys[stimuli[1]] {
            scope.error(
                .unknownKey, "a step has only one of `event`, `wait` and `http`", atKeyOf: second,
                help: "make it a step of its own")
        }
        if stimuli.isEmpty {
            scope.error(.missingKey, "the step says of nothing that happens", at: node, help: "add `event`, `wait` or `http`")
        }
        return RuleTestStep(
            at: node.at, stimulus: stimuli.first.flatMap { keys[$0] }.flatMap { stimulus($0) },
            conversation: keys["conversation"].flatMap { scope.text($0.value) },
            expectation: keys["expect"].flatMap { expectation($0.value) })
    }

    /// True when an `expect` stands anywhere in a test, also one that could not be read.
    static func mentionsExpectation(_ node: RuleNode) -> Bool {
        guard let entries = node.mapping else { return false }
        return entries.contains { entry in
            entry.key == "expect" || entry.key == "steps" && (entry.value.sequence ?? []).contains { mentionsExpectation($0) }
        }
    }

    private func stimulus(_ entry: RuleNode.Entry) -> RuleTestStep.Stimulus? {
        switch entry.key {
        case "event": event(entry.value)
        case "wait": scope.duration(entry.value).map { .wait($0) }
        default: answer(entry.value).map { .http($0) }
        }
    }

    /// An answer of a system of the user's own.
    func answer(_ node: RuleNode) -> Value? {
        let known = ["status", "headers", "json", "text", "error"]
        guard let keys = scope.mapping(node, known: known, what: "an answer") else { return nil }
        if let status = keys["status"] { _ = scope.integer(status.value, in: 0...999) }
        if let headers = keys["headers"], headers.value.mapping == nil, !headers.value.isBlank {
            let _: Bool? = scope.wrongType("a mapping of headers", headers.value)
        }
        if keys["error"] == nil, keys["status"] == nil {
            scope.error(.missingKey, "the answer needs the key `status` or `error`", at: node, help: "add `status: 200`")
        }
        if let json = keys["json"], keys["text"] != nil {
            scope.error(.unknownKey, "an answer has `json` or `text`, not both", atKeyOf: json, help: "take one away")
        }
        return StubbedAnswer.value(node.freeValue.object ?? [:])
    }

    // MARK: event

    private static let eventKeys = [
        "kind", "vendor", "account", "channel", "text", "sender", "handler", "department", "team", "agent", "tags", "contact",
        "conversation", "message", "raw", "details", "payload",
    ]

    func event(_ node: RuleNode) -> RuleTestStep.Stimulus? {
        guard let keys = scope.mapping(node, known: Self.eventKeys, what: "an event") else { return nil }
        if let payload = keys["payload"] { return payloadEvent(payload, keys) }
        let found = scope.diagnostics.count
        var draft = EventDraft()
        draft.kind = keys["kind"].flatMap { word($0.value, "event kind") }
        draft.vendor = keys["vendor"].flatMap { vendor($0.value) }
        draft.account = text(keys["account"])
        draft.channel = text(keys["channel"])
        draft.text = keys["text"].flatMap { messageText($0.value) }
        draft.sender = keys["sender"].flatMap { sender($0.value) }
        draft.handler = keys["handler"].flatMap { word($0.value, "handler") }
        draft.department = text(keys["department"])
        draft.team = text(keys["team"])
        draft.tags = keys["tags"].flatMap { scope.words($0.value, mayBeEmpty: true) }?.map(\.text)
        draft.agent = keys["agent"].flatMap { agent($0.value) }
        draft.contact = keys["contact"].flatMap { contact($0.value) }
        draft.conversation = keys["conversation"].flatMap { conversation($0.value) }
        draft.message = keys["message"].flatMap { message($0.value) }
        draft.raw = keys["raw"].map { $0.value.freeValue }
        draft.details = keys["details"]?.value.freeValue.object ?? [:]
        return scope.diagnostics.count > found ? nil : .event(draft)
    }

    private func payloadEvent(
        _ payload: RuleNode.Entry, _ keys: [String: RuleNode.Entry]
    ) -> RuleTestStep.Stimulus? {
        for (key, entry) in keys where !["payload", "vendor", "account"].contains(key) {
            scope.error(
                .unknownKey, "an event with a `payload` has no `\(key)`", atKeyOf: entry,
                help: "only `vendor` and `account` may stand beside it")
        }
        guard let path = scope.text(payload.value) else { return nil }
        let folder = payload.value.at.file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(
            separator: "/")
        let full = path.hasPrefix("/") || folder.isEmpty && !payload.value.at.file.hasPrefix("/") ? path : folder + "/" + path
        return .payload(
            path: full, vendor: keys["vendor"].flatMap { vendor($0.value) }, account: text(keys["account"]))
    }

    private func text(_ entry: RuleNode.Entry?) -> String? { entry.flatMap { scope.text($0.value) } }

    /// A message may be empty: `text:` with nothing behind it is a slip, `text: ""` is not.
    private func messageText(_ node: RuleNode) -> String? { scope.text(node) }

    /// One of the words of an enum.
    func word<Word: RawRepresentable & CaseIterable>(_ node: RuleNode, _ what: String) -> Word? where Word.RawValue == String {
        word(node, of: Word.allCases.map(\.rawValue), what).flatMap(Word.init(rawValue:))
    }

    private func vendor(_ node: RuleNode) -> VendorID? {
        let text = scope.vendors.map { word(node, of: $0.map(\.rawValue), "vendor") } ?? scope.text(node)
        return text.map(VendorID.init(rawValue:))
    }

    private func word(_ node: RuleNode, of known: [String], _ what: String) -> String? {
        guard let text = scope.text(node) else { return nil }
        guard known.contains(text) else {
            scope.error(
                .unknownWord, "there is no \(what) '\(text)'", at: node,
                help: nearest(to: text, among: known).map { "did you mean '\($0)'?" }
                    ?? "it is \(listed(known.map { "`\($0)`" }))")
            return nil
        }
        return text
    }

    private func sender(_ node: RuleNode) -> Sender? {
        guard node.mapping != nil else {
            let role: SenderRole? = word(node, "sender")
            return role.map { Sender(role: $0) }
        }
        guard let keys = scope.mapping(node, known: ["role", "id", "name"], required: ["role"], what: "a sender"),
            let role: SenderRole = keys["role"].flatMap({ word($0.value, "sender") })
        else { return nil }
        return Sender(role: role, id: text(keys["id"]), name: text(keys["name"]))
    }

    private func agent(_ node: RuleNode) -> Agent? {
        guard node.mapping != nil else { return scope.text(node).map { Agent(id: $0) } }
        guard let keys = scope.mapping(node, known: ["id", "name", "username", "email"], what: "an agent") else { return nil }
        return Agent(
            id: text(keys["id"]), name: text(keys["name"]), username: text(keys["username"]), email: text(keys["email"]))
    }

    private func contact(_ node: RuleNode) -> Contact? {
        guard node.mapping != nil else { return scope.text(node).map { Contact(id: $0) } }
        let known = ["id", "name", "first_name", "email", "phone", "attributes"]
        guard let keys = scope.mapping(node, known: known, what: "a contact") else { return nil }
        return Contact(
            id: text(keys["id"]), name: text(keys["name"]) ?? text(keys["first_name"]), email: text(keys["email"]),
            phone: text(keys["phone"]), attributes: keys["attributes"]?.value.freeValue.object ?? [:])
    }

    private func conversation(_ node: RuleNode) -> Conversation? {
        guard node.mapping != nil else { return scope.text(node).map { Conversation(id: $0) } }
        let known = ["id", "channel", "status", "handler", "department", "team", "tags", "topic"]
        guard let keys = scope.mapping(node, known: known, what: "a conversation") else { return nil }
        return Conversation(
            id: text(keys["id"]) ?? "", channel: text(keys["channel"]), status: text(keys["status"]),
            handler: keys["handler"].flatMap { word($0.value, "handler") }, department: text(keys["department"]),
            team: text(keys["team"]), tags: keys["tags"].flatMap { scope.words($0.value, mayBeEmpty: true) }?.map(\.text),
            topic: text(keys["topic"]))
    }

    private func message(_ node: RuleNode) -> Message? {
        guard node.mapping != nil else { return scope.text(node).map { Message(id: $0) } }
        let known = ["id", "text", "type", "attachments", "in_reply_to"]
        guard let keys = scope.mapping(node, known: known, what: "a message") else { return nil }
        return Message(
            id: text(keys["id"]), text: text(keys["text"]) ?? "",
            type: keys["type"].flatMap { word($0.value, "message type") } ?? .text,
            attachments: (keys["attachments"]?.value.sequence ?? []).compactMap { attachment($0) },
            inReplyTo: text(keys["in_reply_to"]))
    }

    private func attachment(_ node: RuleNode) -> Attachment? {
        guard let keys = scope.mapping(node, known: ["type", "name", "url", "size"], what: "an attachment") else { return nil }
        return Attachment(
            type: keys["type"].flatMap { word($0.value, "message type") } ?? .file, name: text(keys["name"]),
            url: text(keys["url"]), size: keys["size"].flatMap { scope.integer($0.value, in: 0...Int.max) }.map(Int64.init))
    }

    // MARK: expect

    private static let expectationKeys = [
        "rules", "observed", "effects", "suppressed", "unsupported", "not", "flow", "vars", "handler",
    ]

    func expectation(_ node: RuleNode) -> RuleExpectation? {
        guard let keys = scope.mapping(node, known: Self.expectationKeys, what: "`expect`") else { return nil }
        if node.mapping?.allSatisfy(\.isAuthorsOwn) == true {
            scope.error(.emptyList, "`expect` is empty, so it could never fail", at: node, help: "say what is expected")
            return nil
        }
        return RuleExpectation(
            at: node.at, rules: ids(keys["rules"]), observed: ids(keys["observed"]),
            effects: keys["effects"].flatMap { nodes($0.value) }?.compactMap { effect($0) },
            suppressed: keys["suppressed"].flatMap { nodes($0.value) }?.compactMap { holdback($0, hasReason: true) },
            unsupported: keys["unsupported"].flatMap { nodes($0.value) }?.compactMap { holdback($0, hasReason: false) },
            not: keys["not"].flatMap { scope.words($0.value, mayBeEmpty: true) }?.compactMap { word($0.node, "action") },
            flow: keys["flow"].flatMap { flow($0.value) }, variables: keys["vars"].flatMap { variables($0.value) },
            handler: keys["handler"].flatMap { word($0.value, "handler") })
    }

    private func ids(_ entry: RuleNode.Entry?) -> [String]? {
        entry.flatMap { scope.words($0.value, mayBeEmpty: true) }?.map(\.text)
    }

    private func nodes(_ node: RuleNode) -> [RuleNode]? { node.sequence ?? scope.wrongType("a list", node) }

    private func effect(_ node: RuleNode) -> ExpectedEffect? {
        let entries = (node.mapping ?? []).filter { !$0.isAuthorsOwn }
        guard let entry = entries.first, entries.count == 1 else {
            return scope.wrongType("one action", node, help: "write it like `- reply: Hello`")
        }
        guard let kind = ActionKind(rawValue: entry.key), kind.leavesBellhop else {
            scope.unknownKey(
                entry, known: ActionKind.allCases.filter(\.leavesBellhop).map(\.rawValue), what: "an expected effect")
            return nil
        }
        return ExpectedValue(kind == .contact ? entry.value : entry.value.withoutAuthorsKeys, in: scope).map {
            ExpectedEffect(kind: kind, value: $0, at: node.at)
        }
    }

    private func holdback(_ node: RuleNode, hasReason: Bool) -> ExpectedHoldback? {
        let known = ["rule", "action"] + (hasReason ? ["reason"] : [])
        guard let keys = scope.mapping(node, known: known, what: "an expected suppression") else { return nil }
        return ExpectedHoldback(
            rule: text(keys["rule"]), action: keys["action"].flatMap { word($0.value, "action") },
            reason: keys["reason"].flatMap { word($0.value, "reason") })
    }

    private func flow(_ node: RuleNode) -> ExpectedFlow? {
        if node.mapping != nil {
            guard let keys = scope.mapping(node, known: ["ended"], required: ["ended"], what: "an expected flow") else {
                return nil
            }
            return keys["ended"].flatMap { word($0.value, "reason for the end of a flow") }.map { .ended($0) }
        }
        switch scope.text(node) {
        case nil: return nil
        case "none": return ExpectedFlow.none
        case "ended": return .ended(nil)
        case let place?:
            guard let place = FlowPlace(place) else {
                scope.error(.badValue, "'\(place)' is no place in a flow", at: node, help: "write `FLOW/STEP`, `ended` or `none`")
                return nil
            }
            return .at(place)
        }
    }

    private func variables(_ node: RuleNode) -> [(name: String, value: ExpectedValue)]? {
        guard let entries = node.mapping else { return scope.wrongType("a mapping of variables", node) }
        return entries.compactMap { entry in ExpectedValue(entry.value, in: scope).map { (entry.key, $0) } }
    }
}

extension ActionKind {
    /// As `Action.leavesBellhop`.
    fileprivate var leavesBellhop: Bool { self != .set && self != .start && self != .stopFlow }
}

extension RuleNode {
    /// The mapping without the keys that are the author's own; anything else as it is.
    fileprivate var withoutAuthorsKeys: RuleNode {
        guard let entries = mapping else { return self }
        return RuleNode(.mapping(entries.filter { !$0.isAuthorsOwn }), at: at)
    }
}

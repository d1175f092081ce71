import Model
import Rules

/// Why the short form of an event cannot be read: a sentence, and a way to mend it where there is one.
package struct ShortFormError: Error, Sendable, Hashable {
    package let message: String
}

/// The short form of an event outside of a test file.
extension EventDraft {
    /// What the one who asks decides, not the event.
    private static let reservedKeys = ["vendor", "account", "payload"]

    /// Reads an event's kind and fields in one line: `conversation.assigned handler: human, tags: [vip]`. The fields are those
    /// of a test's `event`, in YAML or JSON; braces around them may be left out, and so may the kind.
    package init(shortForm text: String) throws(ShortFormError) {
        let (kind, fields) = try Self.parted(text)
        let isMapping = fields.hasPrefix("{") && fields.hasSuffix("}")
        let document = YAMLDocument(Array((isMapping ? fields : "{ \(fields) }").utf8), file: "event")
        if let error = document.diagnostics.first(where: { $0.severity == .error }) { throw ShortFormError(error) }
        let root = document.root ?? RuleNode(.mapping([]), at: SourcePosition(file: "event", line: 1, column: 1))
        for entry in root.mapping ?? [] where Self.reservedKeys.contains(entry.key) {
            throw ShortFormError(message: "an event has no `\(entry.key)` here")
        }
        let scope = DecodingScope()
        guard case .event(let draft)? = TestStepDecoder(scope).event(root), scope.diagnostics.isEmpty else {
            throw scope.diagnostics.first.map { ShortFormError($0) } ?? ShortFormError(message: "this is no event")
        }
        self = draft
        if let kind { self.kind = kind }
    }

    private static func parted(_ text: String) throws(ShortFormError) -> (kind: EventKind?, fields: String) {
        let text = text.trimmingBlanks
        let first = text.prefix { !$0.isWhitespace }
        guard !first.isEmpty, !first.contains(":"), !first.hasPrefix("{") else { return (nil, text) }
        guard let kind = EventKind(rawValue: String(first)) else {
            let kinds = EventKind.allCases.map(\.rawValue)
            let help =
                nearest(to: String(first), among: kinds).map { "did you mean '\($0)'?" } ?? "it is \(listed(kinds))"
            throw ShortFormError(message: "there is no event kind '\(first)'; \(help)")
        }
        return (kind, String(text.dropFirst(first.count)).trimmingBlanks)
    }
}

extension ShortFormError {
    fileprivate init(_ diagnostic: Diagnostic) {
        message = diagnostic.message + (diagnostic.help.map { "; \($0)" } ?? "")
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        let front = drop(while: \.isWhitespace)
        return String(front.reversed().drop(while: \.isWhitespace).reversed())
    }
}

extension EventDraft {
    /// The event as a test writes it: only what differs from the defaults.
    var written: WrittenYAML { .mapping(writtenMembers) }

    var writtenMembers: [WrittenYAML.Member] {
        var members: [WrittenYAML.Member] = []
        func add(_ key: String, _ value: WrittenYAML?) {
            if let value { members.append(WrittenYAML.Member(key, value)) }
        }
        add("kind", kind.map { .word($0.rawValue) })
        add("vendor", vendor.map { .word($0.rawValue) })
        add("account", account.map { .word($0) })
        add("channel", channel.map { .word($0) })
        add("conversation", conversation?.written)
        add("contact", contact?.written)
        add("sender", sender?.written)
        add("agent", agent?.written)
        add("handler", handler.map { .word($0.rawValue) })
        add("department", department.map { .word($0) })
        add("team", team.map { .word($0) })
        add("tags", tags.map { .list($0.map(WrittenYAML.word)) })
        add("message", message?.written)
        add("text", text.map { .text($0) })
        add("details", details.isEmpty ? nil : WrittenYAML(.object(details)))
        add("raw", raw.map { WrittenYAML($0) })
        return members
    }
}

/// Members that are there, in the order given.
private func mapping(_ members: KeyValuePairs<String, WrittenYAML?>) -> WrittenYAML {
    .mapping(members.compactMap { key, value in value.map { WrittenYAML.Member(key, $0) } })
}

extension Sender {
    fileprivate var written: WrittenYAML {
        let role = WrittenYAML.word(role.rawValue)
        return id == nil && name == nil
            ? role : mapping(["role": role, "id": id.map { .word($0) }, "name": name.map { .text($0) }])
    }
}

extension Agent {
    fileprivate var written: WrittenYAML {
        mapping([
            "id": id.map { .word($0) }, "name": name.map { .text($0) }, "username": username.map { .word($0) },
            "email": email.map { .word($0) },
        ])
    }
}

extension Contact {
    fileprivate var written: WrittenYAML {
        mapping([
            "id": id.map { .word($0) }, "name": name.map { .text($0) }, "email": email.map { .word($0) },
            "phone": phone.map { .word($0) }, "attributes": attributes.isEmpty ? nil : WrittenYAML(.object(attributes)),
        ])
    }
}

extension Conversation {
    fileprivate var written: WrittenYAML {
        let members = mapping([
            "id": id.isEmpty ? nil : .word(id), "channel": channel.map { .word($0) }, "status": status.map { .word($0) },
            "handler": handler.map { .word($0.rawValue) }, "department": department.map { .word($0) },
            "team": team.map { .word($0) }, "tags": tags.map { .list($0.map(WrittenYAML.word)) },
            "topic": topic.map { .text($0) },
        ])
        return self == Conversation(id: id) && !id.isEmpty ? .word(id) : members
    }
}

extension Message {
    fileprivate var written: WrittenYAML {
        mapping([
            "id": id.map { .word($0) }, "text": text.isEmpty ? nil : .text(text),
            "type": type == .text ? nil : .word(type.rawValue),
            "attachments": attachments.isEmpty ? nil : .list(attachments.map(\.written)),
            "in_reply_to": inReplyTo.map { .word($0) },
        ])
    }
}

extension Attachment {
    fileprivate var written: WrittenYAML {
        mapping([
            "type": .word(type.rawValue), "name": name.map { .text($0) }, "url": url.map { .text($0) },
            "size": size.map { .literal(String($0)) },
        ])
    }
}

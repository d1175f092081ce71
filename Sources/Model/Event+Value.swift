/// The event as a `Value`: the object of EVENTS order that `dry-run --format json` prints and that event paths
/// (`contact.attributes.plan`, `details.to.agent`) walk through. `raw` is left out.
extension Event {
    package var value: Value {
        var object = Value.Object()
        for name in Self.memberNames {
            if let value = member(name) { object.append(uniqueKey: name, value) }
        }
        return .object(object)
    }

    /// In the order in which they are written.
    private static let memberNames = [
        "id", "vendor", "account", "kind", "test", "occurred_at", "conversation", "message", "sender", "contact", "agent",
        "details",
    ]

    /// One member of `value`; nil where it has none of that name.
    package func member(_ name: String) -> Value? {
        switch name {
        case "id": .string(id)
        case "vendor": .string(vendor.rawValue)
        case "account": .string(account)
        case "kind": .string(kind.rawValue)
        case "test": isTest ? true : nil
        case "occurred_at": .string(occurredAt.iso8601)
        case "conversation": conversation?.value ?? .null
        case "message": message?.value ?? .null
        case "sender": sender?.value ?? .null
        case "contact": contact?.value ?? .null
        case "agent": agent?.value ?? .null
        case "details": .object(details)
        default: nil
        }
    }
}

extension Conversation {
    package var value: Value {
        [
            "id": .string(id), "channel": .optional(channel), "status": .optional(status),
            "handler": .optional(handler?.rawValue), "department": .optional(department), "team": .optional(team),
            "tags": .array((tags ?? []).map(Value.string)), "topic": .optional(topic),
        ]
    }
}

extension Message {
    package var value: Value {
        [
            "id": .optional(id), "text": .string(text), "type": .string(type.rawValue),
            "attachments": .array(attachments.map(\.value)), "in_reply_to": .optional(inReplyTo),
        ]
    }
}

extension Attachment {
    package var value: Value {
        [
            "type": .string(type.rawValue), "name": .optional(name), "url": .optional(url),
            "size": size.map(Value.integer) ?? .null,
        ]
    }
}

extension Sender {
    package var value: Value {
        ["role": .string(role.rawValue), "id": .optional(id), "name": .optional(name)]
    }
}

extension Contact {
    package var value: Value {
        [
            "id": .optional(id), "name": .optional(name), "first_name": .optional(firstName), "email": .optional(email),
            "phone": .optional(phone), "attributes": .object(attributes),
        ]
    }
}

extension Agent {
    package var value: Value {
        [
            "id": .optional(id), "name": .optional(name), "username": .optional(username), "email": .optional(email),
        ]
    }
}

extension Value {
    /// The text, or null.
    package static func optional(_ text: String?) -> Value { text.map(Value.string) ?? .null }
}

/// The event as a `Value`: the object of EVENTS order that `dry-run --format json` prints and that event paths
/// (`contact.attributes.plan`, `details.to.agent`) walk through. `raw` is left out.
extension Event {
    package var value: Value {
        var object: Value.Object = [
            "id": .string(id), "vendor": .string(vendor.rawValue), "account": .string(account),
            "kind": .string(kind.rawValue),
        ]
        if isTest { object["test"] = true }
        object["occurred_at"] = .string(occurredAt.iso8601)
        object["conversation"] = conversation.map(\.value) ?? .null
        object["message"] = message.map(\.value) ?? .null
        object["sender"] = sender.map(\.value) ?? .null
        object["contact"] = contact.map(\.value) ?? .null
        object["agent"] = agent.map(\.value) ?? .null
        object["details"] = .object(details)
        return .object(object)
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

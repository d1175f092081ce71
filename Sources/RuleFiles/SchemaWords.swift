import Model

/// What editors show of keys whose schema says nothing of them by itself: every key has a word, so that hovering helps.
enum SchemaWords {
    /// The schema with a description on each property, and the same as Markdown where it holds some.
    static func completed(_ schema: Value) -> Value { completed(schema, within: "") }

    /// - Parameter place: the key of the mapping that the schema describes.
    private static func completed(_ schema: Value, within place: String) -> Value {
        if let elements = schema.array { return .array(elements.map { completed($0, within: place) }) }
        guard let object = schema.object else { return schema }
        var result: Value.Object = [:]
        for entry in object.entries {
            switch entry.key {
            case "properties", "definitions":
                let isNamed = entry.key == "properties"
                let members = (entry.value.object?.entries ?? []).map { member in
                    let inner = completed(member.value, within: member.key)
                    return (member.key, isNamed ? named(inner, member.key, within: place) : inner)
                }
                result[entry.key] = .object(Value.Object(members))
            case "enum", "const", "default", "required", "if": result[entry.key] = entry.value
            default: result[entry.key] = completed(entry.value, within: place)
            }
        }
        if let description = object["description"]?.string, description.contains("`") {
            result["markdownDescription"] = .string(description)
        }
        return .object(result)
    }

    private static func named(_ schema: Value, _ key: String, within place: String) -> Value {
        guard schema.object?["description"] == nil else { return withDefault(schema, key, within: place) }
        let word = words["\(place).\(key)"] ?? words[key] ?? (place == "field" ? "What is asked of `\(key)`" : nil)
        return word.map { completed(SchemaPart.described(schema, $0), within: key) } ?? schema
    }

    /// What a key stands for when it is left out.
    private static func withDefault(_ schema: Value, _ key: String, within place: String) -> Value {
        guard var object = schema.object, let standard = defaults["\(place).\(key)"] else { return schema }
        object["default"] = standard
        return .object(object)
    }

    private static let defaults: [String: Value] = [
        "rule.priority": 0, "rule.then": "stop", "rule.mode": "live", "rule.human": "silent", "rule.on": "message.received",
        "on.since": "any",
    ]

    private static let words: [String: String] = [
        // Conditions and matchers.
        "tags.any": "At least one of these tags", "tags.all": "Every one of these tags", "tags.none": "Not one of these tags",
        "repeated.times": "So many messages of the customer, this one among them", "repeated.within": "In this time: `10m`",
        "length.min": "At least so many characters", "length.max": "At most so many characters",
        // Actions.
        "close.comment": "What the vendor keeps with the closing", "close.tags": "Tags for the closed conversation",
        "method": "The HTTP method", "by_language.default": "For customers of any other language; required",
        "message.text": "What the message says", "text": "What the message says",
        "tagList.contact": "Tags of the contact, instead of the conversation's",
        // Schedules.
        "mon-fri": "Monday to Friday", "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday",
        "sat": "Saturday", "sun": "Sunday",
        // Tests.
        "event": "What happens: the short form of an event, or a captured payload",
        "expect": "What must come of it; what is not named is not checked",
        "kind": "The kind of event; default `message.received`, for other senders `message.sent`",
        "vendor": "Who reports it; default `any`, a test vendor that can do everything",
        "account": "The account's id; default `test`", "channel": "The channel; default `webchat`",
        "sender": "Who wrote: a role, or a mapping; default `customer`", "sender.role": "customer, agent, bot or system",
        "handler": "Who has the conversation: default what state remembers, at first `bot`",
        "department": "The department's id or name", "team": "The team's id or name", "agent": "The agent's id, or a mapping",
        "tags": "Tags of the conversation", "conversation": "The conversation's id, or a mapping",
        "message": "The message's id, or a mapping",
        "contact": "The contact's id, or a mapping", "id": "Its id", "name": "Its name", "username": "The user name",
        "email": "The mail address", "phone": "The telephone number", "first_name": "The first name",
        "attributes": "Attributes of the contact, by name", "status": "The vendor's word for its state",
        "topic": "What the conversation is about", "in_reply_to": "The id of the message that it answers",
        "type": "`text`, `image`, …", "attachments": "Files that came with it", "size": "In bytes",
        "url": "Where it can be fetched",
        "rule": "The rule's id", "action": "The kind of action: `reply`, `tag`, …", "reason": "Why nothing was sent",
        // Configuration.
        "admin": "Where health and metrics are served; default `127.0.0.1:9090`",
        "http_actions": "Which systems `http` actions may call", "captures": "How long captured webhooks are kept",
        "limits": "Sizes, rates and times that protect customers and the machine", "reload": "When and how rules are read anew",
        "account.vendor": "Whose API it is", "webhook": "How the vendor's webhooks are told from others",
        "names": "Names for the vendor's ids, for rules to use", "user_id": "The id of the user whose token it is",
        "token": "The API token: where it is kept", "key": "The API key: where it is kept",
        "secret": "The secret: where it is kept",
        "api": "Access to the vendor's API",
    ]
}

/// The stored form: JSON in which an object is `{"o": [key, value, key, value, …]}`, because coders do not keep the order of
/// keys, and a request that is built again after a restart must have the very same bytes.
extension Value: Codable {
    /// A decoder tells what it has only by failing, and failing is slow: the commonest kinds are tried first.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let string = try? container.decode(String.self) {
            self = .string(string)
        } else if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if container.decodeNil() {
            self = .null
        } else if let object = try? Object(from: decoder) {
            self = .object(object)
        } else if var elements = try? decoder.unkeyedContainer() {
            var values: [Value] = []
            while !elements.isAtEnd { values.append(try elements.decode(Value.self)) }
            self = .array(values)
        } else if let bool = try? container.decode(Bool.self) {
            self = .bool(bool)
        } else {
            self = .number(try container.decode(Double.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .object(let object): try object.encode(to: encoder)
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let bool):
            var container = encoder.singleValueContainer()
            try container.encode(bool)
        case .integer(let integer):
            var container = encoder.singleValueContainer()
            try container.encode(integer)
        case .number(let number):
            var container = encoder.singleValueContainer()
            // JSON has no infinity: what cannot be a number is text.
            if number.isFinite { try container.encode(number) } else { try container.encode(number.description) }
        case .string(let string):
            var container = encoder.singleValueContainer()
            try container.encode(string)
        }
    }
}

extension Value.Object: Codable {
    private enum CodingKeys: String, CodingKey { case pairs = "o" }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { return nil }
    }

    /// Reads plain JSON objects too, as samples hold them; their keys are then in the order of their bytes.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        guard var pairs = try? container.nestedUnkeyedContainer(forKey: .pairs) else {
            let plain = try decoder.container(keyedBy: AnyKey.self)
            for key in plain.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
                append(uniqueKey: key.stringValue, try plain.decode(Value.self, forKey: key))
            }
            return
        }
        while !pairs.isAtEnd {
            let key = try pairs.decode(String.self)
            append(uniqueKey: key, try pairs.decode(Value.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        var pairs = container.nestedUnkeyedContainer(forKey: .pairs)
        for entry in entries {
            try pairs.encode(entry.key)
            try pairs.encode(entry.value)
        }
    }
}

extension Instant: Codable {
    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}

extension ConversationState: Codable {
    private enum CodingKeys: String, CodingKey {
        case version = "v"
        case handler, humanUntil, variables, tags, hasCustomerMessage, customerMessages, automaticReplies
        case repliesSinceCustomer, isClosed, flow, silence, timers, known
    }

    /// Missing members take their defaults: an earlier shape is read as it is.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            handler: try container.decodeIfPresent(Handler.self, forKey: .handler),
            humanUntil: try container.decodeIfPresent(Instant.self, forKey: .humanUntil),
            variables: try container.decodeIfPresent(Value.Object.self, forKey: .variables) ?? [:],
            tags: try container.decodeIfPresent([String].self, forKey: .tags) ?? [],
            hasCustomerMessage: try container.decodeIfPresent(Bool.self, forKey: .hasCustomerMessage) ?? false,
            customerMessages: try container.decodeIfPresent([Instant].self, forKey: .customerMessages) ?? [],
            automaticReplies: try container.decodeIfPresent([Instant].self, forKey: .automaticReplies) ?? [],
            repliesSinceCustomer: try container.decodeIfPresent(Int.self, forKey: .repliesSinceCustomer) ?? 0,
            isClosed: try container.decodeIfPresent(Bool.self, forKey: .isClosed) ?? false,
            flow: try container.decodeIfPresent(FlowState.self, forKey: .flow),
            silence: try container.decodeIfPresent(Silence.self, forKey: .silence),
            timers: try container.decodeIfPresent([ConversationTimer].self, forKey: .timers) ?? [],
            known: try container.decodeIfPresent(KnownConversation.self, forKey: .known))
    }

    /// Without the members that have their defaults, which most have: they were most of what writing a state cost.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(1, forKey: .version)
        try container.encodeIfPresent(handler, forKey: .handler)
        try container.encodeIfPresent(humanUntil, forKey: .humanUntil)
        if !variables.isEmpty { try container.encode(variables, forKey: .variables) }
        if !tags.isEmpty { try container.encode(tags, forKey: .tags) }
        if hasCustomerMessage { try container.encode(hasCustomerMessage, forKey: .hasCustomerMessage) }
        if !customerMessages.isEmpty { try container.encode(customerMessages, forKey: .customerMessages) }
        if !automaticReplies.isEmpty { try container.encode(automaticReplies, forKey: .automaticReplies) }
        if repliesSinceCustomer != 0 { try container.encode(repliesSinceCustomer, forKey: .repliesSinceCustomer) }
        if isClosed { try container.encode(isClosed, forKey: .isClosed) }
        try container.encodeIfPresent(flow, forKey: .flow)
        try container.encodeIfPresent(silence, forKey: .silence)
        if !timers.isEmpty { try container.encode(timers, forKey: .timers) }
        try container.encodeIfPresent(known, forKey: .known)
    }
}

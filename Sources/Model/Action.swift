/// What a rule wants done, with every template filled in: the portable vocabulary that each vendor translates.
///
/// A closed enum on purpose: who adds a case is shown by the compiler every vendor that must answer for it.
package enum Action: Sendable, Hashable, Codable {
    case reply(Reply)
    case note(String)
    case route(RouteTarget)
    case tag([String], of: TagOwner)
    case untag([String], of: TagOwner)
    case close(Closing)
    case set(Value.Object)
    case contact(Value.Object)
    case start(String)
    case stopFlow
    case http(HTTPCall)
    case call(VendorCall)
}

package struct Reply: Sendable, Hashable, Codable {
    package var text: String
    /// Labels, in order; a vendor without buttons shows them as a numbered list.
    package var buttons: [String]
    /// A URL.
    package var file: String?

    package init(text: String, buttons: [String] = [], file: String? = nil) {
        self.text = text
        self.buttons = buttons
        self.file = file
    }
}

/// Names or ids as the author wrote them; a vendor resolves names by `Account.names`.
package enum RouteTarget: Sendable, Hashable, Codable {
    case department(String)
    case team(String)
    case agent(String)
    case queue
}

package enum TagOwner: String, Sendable, Hashable, Codable {
    case conversation, contact
}

package struct Closing: Sendable, Hashable, Codable {
    package var comment: String?
    package var tags: [String]

    package init(comment: String? = nil, tags: [String] = []) {
        self.comment = comment
        self.tags = tags
    }
}

/// A call of a system of the user's own; its host must be on the configuration's allow list.
package struct HTTPCall: Sendable, Hashable, Codable {
    package var method: String
    package var url: String
    /// In the author's order.
    package var headers: Value.Object
    package var body: Optional<HTTPBody>
    /// Milliseconds; nil for the default.
    package var timeoutMilliseconds: Optional<Int64>
    /// The conversation variable that takes the answer.
    package var save: Optional<String>

    package init(
        method: String, url: String, headers: Value.Object = [:], body: HTTPBody? = nil, timeoutMilliseconds: Int64? = nil,
        save: String? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeoutMilliseconds = timeoutMilliseconds
        self.save = save
    }
}

package enum HTTPBody: Sendable, Hashable, Codable {
    case json(Value)
    case form(Value.Object)
    case text(String)
}

/// Any other call of the vendor's API, with the account's credentials.
package struct VendorCall: Sendable, Hashable, Codable {
    package var method: String
    /// Below the account's base URL, beginning with `/`.
    package var path: String
    package var json: Value?

    package init(method: String, path: String, json: Value? = nil) {
        self.method = method
        self.path = path
        self.json = json
    }
}

/// The keys of actions in rules files, tests and output.
package enum ActionKind: String, Sendable, Hashable, CaseIterable, Codable {
    case reply, note, route, tag, untag, close, set, contact, start
    case stopFlow = "stop_flow"
    case http, call
}

extension Action {
    package var kind: ActionKind {
        switch self {
        case .reply: .reply
        case .note: .note
        case .route: .route
        case .tag: .tag
        case .untag: .untag
        case .close: .close
        case .set: .set
        case .contact: .contact
        case .start: .start
        case .stopFlow: .stopFlow
        case .http: .http
        case .call: .call
        }
    }

    /// True for what leaves Bellhop; `set`, `start` and `stop_flow` only change the conversation's state.
    package var leavesBellhop: Bool {
        switch self {
        case .set, .start, .stopFlow: false
        case .reply, .note, .route, .tag, .untag, .close, .contact, .http, .call: true
        }
    }

    /// The value as output and tests show it: always an object.
    package var value: Value {
        switch self {
        case .reply(let reply):
            var object: Value.Object = ["text": .string(reply.text)]
            if !reply.buttons.isEmpty { object["buttons"] = .array(reply.buttons.map(Value.string)) }
            if let file = reply.file { object["file"] = .string(file) }
            return .object(object)
        case .note(let text): return ["text": .string(text)]
        case .route(let target): return target.value
        case .tag(let tags, of: .conversation), .untag(let tags, of: .conversation):
            return ["tags": .array(tags.map(Value.string))]
        case .tag(let tags, of: .contact), .untag(let tags, of: .contact):
            return ["contact": .array(tags.map(Value.string))]
        case .close(let closing):
            var object: Value.Object = [:]
            if let comment = closing.comment { object["comment"] = .string(comment) }
            if !closing.tags.isEmpty { object["tags"] = .array(closing.tags.map(Value.string)) }
            return .object(object)
        case .set(let variables): return .object(variables)
        case .contact(let attributes): return .object(attributes)
        case .start(let flow): return ["flow": .string(flow)]
        case .stopFlow: return [:]
        case .http(let call): return call.value
        case .call(let call):
            var object: Value.Object = ["method": .string(call.method), "path": .string(call.path)]
            if let json = call.json { object["json"] = json }
            return .object(object)
        }
    }
}

extension RouteTarget {
    package var value: Value {
        switch self {
        case .department(let name): ["department": .string(name)]
        case .team(let name): ["team": .string(name)]
        case .agent(let name): ["agent": .string(name)]
        case .queue: ["queue": true]
        }
    }
}

extension HTTPCall {
    package var value: Value {
        var object: Value.Object = ["method": .string(method), "url": .string(url)]
        if !headers.isEmpty { object["headers"] = .object(headers) }
        switch body {
        case .json(let json): object["json"] = json
        case .form(let form): object["form"] = .object(form)
        case .text(let text): object["body"] = .string(text)
        case nil: break
        }
        if let timeoutMilliseconds { object["timeout_ms"] = .integer(timeoutMilliseconds) }
        if let save { object["save"] = .string(save) }
        return .object(object)
    }
}

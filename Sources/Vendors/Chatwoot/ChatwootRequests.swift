import JSON
import Model
import VendorKit

/// One effect as one call of the application API. Labels are as the last event told them: what is sent comes from
/// `ChatwootLabels`, which reads them first.
struct ChatwootRequests {
    let effect: Effect
    let account: Account

    func request() throws(ActionError) -> VendorRequest {
        switch effect.action {
        case .reply(let reply): try message(self.reply(reply), isPrivate: false)
        case .note(let text): try message(["content": .string(Self.inert(text))], isPrivate: true)
        case .route(let target): try route(target)
        case .tag(let tags, of: .conversation): try saveLabels(effect.target.tags.merged(with: tags))
        case .untag(let tags, of: .conversation): try saveLabels(effect.target.tags.without(tags))
        case .tag(let tags, of: .contact): try saveLabels([].merged(with: tags))
        case .untag(_, of: .contact): try saveLabels([])
        case .close(let closing) where closing.comment == nil && closing.tags.isEmpty: try setStatus("resolved")
        case .contact(let attributes): try saveContact(attributes)
        case .call(let call): api.request(call.method, call.rootedPath, call.body, isIdempotent: call.isReading)
        case .close: throw .unsupported(effect.action, by: Chatwoot.profile)
        case .set, .start, .stopFlow, .http: throw .noVendorCall(effect.action)
        }
    }

    private var api: ChatwootAPI { ChatwootAPI(account: account) }

    /// Sets what may be set already, so that a repeat does no harm.
    private func set(_ method: String, _ path: String, _ json: Value.Object) -> VendorRequest {
        api.request(method, path, .json(.object(json)), isIdempotent: true)
    }

    private func conversationPath() throws(ActionError) -> String { "/conversations/\(try effect.conversationSegment())" }
}

// MARK: - Messages

extension ChatwootRequests {
    /// The API takes no key of ours, so a repeat is a second message.
    private func message(_ content: Value.Object, isPrivate: Bool) throws(ActionError) -> VendorRequest {
        var json = content
        json["message_type"] = "outgoing"
        json["private"] = .bool(isPrivate)
        return api.request("POST", try conversationPath() + "/messages", .json(.object(json)))
    }

    private func reply(_ reply: Reply) -> Value.Object {
        guard ChatwootButtons.fit(reply, channel: effect.target.channel) else {
            return ["content": .string(Self.inert(reply.text(listingButtons: true, linkingFile: true)))]
        }
        let items = reply.buttons.map { label -> Value in ["title": .string(label), "value": .string(label)] }
        return [
            "content": .string(Self.inert(reply.text(listingButtons: false, linkingFile: true))),
            "content_type": "input_select", "content_attributes": ["items": .array(items)],
        ]
    }

    /// The server fills Liquid in wherever it stands in an outgoing message, also in a customer's words that we quote. An
    /// invisible space behind the brace leaves the text as it was written.
    static func inert(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "{")) else { return text }
        var result = String.UnicodeScalarView()
        var last: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            if last == "{", scalar == "{" || scalar == "%" { result.append("\u{200B}") }
            result.append(scalar)
            last = scalar
        }
        return String(result)
    }
}

// MARK: - Conversation

extension ChatwootRequests {
    private func route(_ target: RouteTarget) throws(ActionError) -> VendorRequest {
        switch target {
        case .agent(let word): try assign("assignee_id", account.agentID(word), of: "agents")
        case .team(let word): try assign("team_id", account.teamID(word), of: "teams")
        case .department(let word):
            try assign("team_id", departmentID(word), of: "departments")
        case .queue: try setStatus("open")
        }
    }

    private func departmentID(_ word: String) -> String {
        let id = account.departmentID(word)
        return id == word ? account.teamID(word) : id
    }

    /// The server takes an id that it does not know for nobody, and takes the conversation away from whoever has it: what can
    /// be no id is an error here.
    private func assign(_ key: String, _ id: String, of names: String) throws(ActionError) -> VendorRequest {
        guard case .integer(let number) = Value.numericID(id), number > 0 else {
            throw ActionError("`\(id)` is no number of Chatwoot's \(names): give its number in the account's `names.\(names)`")
        }
        return set("POST", try conversationPath() + "/assignments", [key: .integer(number)])
    }

    private func setStatus(_ status: String) throws(ActionError) -> VendorRequest {
        set("POST", try conversationPath() + "/toggle_status", ["status": .string(status)])
    }
}

// MARK: - Labels and contact

extension ChatwootRequests {
    /// Of the conversation or of the contact, as the effect says.
    func labelsPath() throws(ActionError) -> String {
        switch effect.action {
        case .tag(_, of: .contact), .untag(_, of: .contact): try contactPath() + "/labels"
        default: try conversationPath() + "/labels"
        }
    }

    /// The whole list: what is left out is taken away.
    func saveLabels(_ labels: [String]) throws(ActionError) -> VendorRequest {
        set("POST", try labelsPath(), ["labels": .array(labels.map(Value.string))])
    }

    private func contactPath() throws(ActionError) -> String { "/contacts/\(URLText.encoded(try effect.contactID()))" }

    /// The contact's own fields, by our names for them.
    private static let fields = ["name": "name", "email": "email", "phone": "phone_number", "identifier": "identifier"]

    /// Custom attributes are merged by the server; an absent value stays there as one.
    private func saveContact(_ attributes: Value.Object) throws(ActionError) -> VendorRequest {
        var json = Value.Object()
        var custom = Value.Object()
        for entry in attributes.entries.map({ (key: $0.key, value: $0.value) }) {
            guard let field = Self.fields[entry.key] else {
                custom[entry.key] = entry.value
                continue
            }
            guard let text = entry.value.text, !text.isEmpty else {
                throw ActionError("a contact's \(entry.key) is not known to be removable at Chatwoot: give one, or leave it out")
            }
            json[field] = .string(text)
        }
        if !custom.isEmpty { json["custom_attributes"] = .object(custom) }
        return set("PUT", try contactPath(), json)
    }
}

/// Options as the channels behind Chatwoot have them; what does not fit goes as a numbered list.
enum ChatwootButtons {
    /// Source: Chatwoot's page "Interactive Messages", table of channels. An API inbox leaves it to a client that is not
    /// known, so that it gets a list.
    private static let channels: Set<String> = ["webchat", "whatsapp", "telegram"]

    /// WhatsApp's limits for reply buttons, of which Chatwoot makes up to 3, and for rows of a list. Source: WhatsApp Cloud
    /// API, "Interactive reply buttons messages" and "Interactive list messages".
    private static let maxReplyButtons = 3
    private static let maxRows = 10
    private static let maxReplyLabel = 20
    private static let maxRowLabel = 24
    private static let maxBody = 1024

    static func fit(_ reply: Reply, channel: String?) -> Bool {
        let labels = reply.buttons
        guard let channel, channels.contains(channel), !labels.isEmpty, !reply.text.isEmpty, Set(labels).count == labels.count,
            labels.allSatisfy({ !$0.isEmpty })
        else { return false }
        guard channel == "whatsapp" else { return true }
        let longest = labels.count <= maxReplyButtons ? maxReplyLabel : maxRowLabel
        let body = ChatwootRequests.inert(reply.text(listingButtons: false, linkingFile: true))
        return labels.count <= maxRows && labels.allSatisfy { $0.unicodeScalars.count <= longest }
            && body.unicodeScalars.count <= maxBody
    }
}

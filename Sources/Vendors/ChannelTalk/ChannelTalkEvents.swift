import Model
import VendorKit

/// One webhook body as one event.
struct ChannelTalkEvents {
    let payload: ChannelTalkPayload
    let context: DecodingContext

    var event: Event {
        let kind = kind
        guard context.extent == .whole else {
            return context.header(
                id(of: kind), vendor: .channeltalk, kind: kind, conversation: conversationID, contact: payload.user?.contact?.id)
        }
        return Event(
            id: id(of: kind), vendor: .channeltalk, account: context.account.id, kind: kind,
            occurredAt: time(of: kind) ?? context.receivedAt, conversation: conversation, message: message(of: kind),
            sender: sender(of: kind), contact: payload.user?.contact, agent: agent, details: details(of: kind),
            raw: context.raw)
    }

    // MARK: - Kind

    private var kind: EventKind {
        switch payload.subject {
        case .message(let message): kind(of: message)
        case .chat(let chat): kind(of: chat)
        case .user: userKind
        case .unknown: .other
        }
    }

    /// Read from the top.
    private func kind(of message: ChannelTalkMessage) -> EventKind {
        if let log = message.log { return log.kind }
        if payload.event == .update || payload.event == .delete || message.isEdited || message.isRemoved {
            return .messageUpdated
        }
        switch message.person {
        case .user: return message.chatType == .userChat ? .messageReceived : .other
        case .manager, .bot: return .messageSent
        case nil: return .other
        }
    }

    private func kind(of chat: ChannelTalkChat) -> EventKind {
        if chat.isClosed { return .conversationClosed }
        if chat.isQueued { return .conversationQueued }
        return payload.event.isPush && chat.isOpen ? .conversationStarted : .other
    }

    private var userKind: EventKind {
        switch payload.event {
        case .create: .contactCreated
        case .delete: .other
        case .push, .update, .unknown: .contactUpdated
        }
    }

    // MARK: - Identity

    /// A message is known by its id under every event word. What may happen to one thing more than once has the time of
    /// it in its identity, or names all that the entity holds.
    private func id(of kind: EventKind) -> String {
        let identity = EventIdentity(vendor: .channeltalk, context: context)
        switch payload.subject {
        case .message(let message):
            guard let id = message.id else { return identity.id("message", nil, payload.entityHash) }
            if message.log != nil { return identity.id("log", id) }
            return kind == .messageUpdated
                ? identity.id("message", id, "updated", payload.entityHash) : identity.id("message", id)
        case .chat(let chat):
            let stamp = stamp(of: chat, kind: kind)?.iso8601 ?? payload.entityHash
            return identity.id("chat", chat.id, Self.word(kind), stamp)
        case .user(let user):
            switch kind {
            case .contactCreated: return identity.id("user", user.id, "created", user.id == nil ? payload.entityHash : "")
            case .contactUpdated: return identity.id("user", user.id, "updated", payload.entityHash)
            default: return identity.id("user", user.id, "deleted", payload.entityHash)
            }
        case .unknown: return identity.id("other", identity.bodyHash)
        }
    }

    /// The last word of a kind: `started` of `conversation.started`.
    private static func word(_ kind: EventKind) -> String {
        String(kind.rawValue.split(separator: ".").last ?? "")
    }

    // MARK: - Time

    private func time(of kind: EventKind) -> Instant? {
        switch payload.subject {
        case .message(let message):
            kind == .messageUpdated
                ? message.editedAt ?? message.updatedAt ?? message.createdAt : message.createdAt ?? message.updatedAt
        case .chat(let chat): stamp(of: chat, kind: kind) ?? chat.updatedAt ?? (kind == .other ? chat.createdAt : nil)
        case .user(let user): kind == .contactCreated ? user.createdAt ?? user.updatedAt : user.updatedAt
        case .unknown: nil
        }
    }

    /// When that happened to the chat, by the chat itself.
    private func stamp(of chat: ChannelTalkChat, kind: EventKind) -> Instant? {
        switch kind {
        case .conversationStarted: chat.openedAt ?? chat.createdAt
        case .conversationQueued: chat.queuedAt
        case .conversationClosed: chat.closedAt
        default: nil
        }
    }

    // MARK: - Conversation

    private var conversationID: String? {
        switch payload.subject {
        case .message(let message): message.chatID ?? (isTeamChat ? nil : payload.chat?.id)
        case .chat, .unknown: payload.chat?.id
        case .user: nil
        }
    }

    private var isTeamChat: Bool {
        if case .message(let message) = payload.subject { message.chatType == .team } else { false }
    }

    private var conversation: Conversation? { conversationID.map(isTeamChat ? teamChat : chat) }

    private func teamChat(_ id: String) -> Conversation {
        Conversation(id: id, channel: "group", handler: handler)
    }

    private func chat(_ id: String) -> Conversation {
        let chat = payload.chat
        return Conversation(
            id: id, channel: chat?.channel ?? "webchat", status: chat?.state, handler: handler,
            team: chat?.teamID ?? assignedTeam, tags: chat?.tags, topic: chat?.title)
    }

    /// The first that holds.
    private var handler: Handler? {
        let chat = payload.chat
        if chat?.isClosed == true || log?.isClose == true { return .closed }
        if isManagersMessage { return .human }
        guard let chat else { return nil }
        if chat.waitsForAgent { return .queue }
        if chat.isWithBot { return .bot }
        if let assignee = chat.assigneeID { return context.account.isBot(assignee) ? .bot : .human }
        return chat.isWaiting ? .queue : nil
    }

    /// A manager's own words to the customer: neither a note nor a line of the log.
    private var isManagersMessage: Bool {
        guard case .message(let message) = payload.subject, message.person == .manager else { return false }
        return message.log == nil && !message.isPrivate && !isBot(message)
    }

    private func isBot(_ message: ChannelTalkMessage) -> Bool {
        let account = context.account
        return account.isBot(message.personID) || (account.isBot(payload.manager?.username) && isManager(message))
    }

    /// True when the manager whom the body refers to wrote the message.
    private func isManager(_ message: ChannelTalkMessage) -> Bool {
        message.person == .manager && (message.personID == nil || message.personID.isSameID(as: payload.manager?.id))
    }

    private var agent: Agent? {
        guard let assignee = payload.chat?.assigneeID ?? assignedAgent else { return payload.manager?.agent }
        let manager = payload.manager
        return manager?.id.isSameID(as: assignee) == true ? manager?.agent : Agent(id: assignee)
    }

    // MARK: - Message

    private func message(of kind: EventKind) -> Message? {
        guard Self.isMessage(kind), case .message(let message) = payload.subject else { return nil }
        let isOffered = message.person != .user
        let isNote = isOffered && message.isPrivate
        let root = message.rootMessageID.isSameID(as: message.id) ? nil : message.rootMessageID
        return Message(
            id: message.id, text: message.content.text, type: isNote ? .note : message.content.type(offered: isOffered),
            attachments: message.content.attachments, inReplyTo: root, clientID: message.requestID)
    }

    private static func isMessage(_ kind: EventKind) -> Bool {
        [.messageReceived, .messageSent, .messageUpdated].contains(kind)
    }

    private func sender(of kind: EventKind) -> Sender? {
        guard Self.isMessage(kind), case .message(let message) = payload.subject, let person = message.person else {
            return nil
        }
        switch person {
        case .user: return sender(.customer, of: message, named: payload.user?.name, payload.user?.id)
        case .manager:
            return sender(isBot(message) ? .bot : .agent, of: message, named: payload.manager?.name, payload.manager?.id)
        case .bot: return sender(.bot, of: message, named: payload.bot?.name, payload.bot?.id)
        }
    }

    /// A name belongs to the author only where it is not somebody else's.
    private func sender(_ role: SenderRole, of message: ChannelTalkMessage, named name: String?, _ id: String?) -> Sender {
        let isOther = message.personID != nil && id != nil && !message.personID.isSameID(as: id)
        return Sender(role: role, id: message.personID ?? id, name: isOther ? nil : name)
    }

    // MARK: - Details

    private var log: ChannelTalkLog? {
        if case .message(let message) = payload.subject { message.log } else { nil }
    }

    private var assignedAgent: String? { log?.isAssignment == true ? log?.values.first : nil }
    private var assignedTeam: String? { log?.kind == .conversationTransferred ? log?.values.first : nil }

    private func details(of kind: EventKind) -> Value.Object {
        var details = Value.Object()
        switch (kind, payload.subject) {
        case (.messageUpdated, .message(let message)): details["status"] = message.state.map(Value.string)
        case (.conversationClosed, .message(let message)):
            details["closed_by"] = ChannelTalkTrigger(message)?.value
        case (.conversationAssigned, _):
            details["to"] = (assignedAgent ?? payload.chat?.assigneeID).map { ["agent": .string($0)] }
        case (.conversationTransferred, _):
            details["to"] = (assignedTeam ?? payload.chat?.teamID).map { ["team": .string($0)] }
        default: break
        }
        return details
    }
}

/// Who caused a line of the log: its trigger, else the message's author.
struct ChannelTalkTrigger {
    let role: SenderRole
    let id: String?

    init?(_ message: ChannelTalkMessage) {
        if let type = message.log?.triggerType {
            role = Self.role(type)
            id = message.log?.triggerID
        } else if let person = message.person {
            role = person == .user ? .customer : person == .bot ? .bot : .agent
            id = message.personID
        } else {
            return nil
        }
    }

    private static func role(_ type: String) -> SenderRole {
        switch type {
        case "user": .customer
        case "manager": .agent
        case "bot": .bot
        default: .system
        }
    }

    var value: Value {
        var object: Value.Object = ["role": .string(role.rawValue)]
        object["id"] = id.map(Value.string)
        return .object(object)
    }
}

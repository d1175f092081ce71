import Model
import VendorKit

/// One webhook body as one event.
struct OmniChatEvents {
    let payload: OmniChatPayload
    let context: DecodingContext
    private let kind: EventKind

    init(payload: OmniChatPayload, context: DecodingContext) {
        self.payload = payload
        self.context = context
        kind = Self.kind(of: payload)
    }

    var event: Event {
        guard context.extent == .whole else {
            return context.header(id, vendor: .omnichat, kind: kind, conversation: payload.message?.chat, contact: nil)
        }
        return Event(
            id: id, vendor: .omnichat, account: context.account.id, kind: kind, occurredAt: occurredAt,
            conversation: conversation, message: message, sender: sender, agent: agent, details: details,
            raw: context.raw)
    }

    // MARK: - Kind

    /// Read from the top: an update of any message stays one, whatever the message is.
    private static func kind(of payload: OmniChatPayload) -> EventKind {
        switch payload.resource {
        case .interaction: .interactionChanged
        case .order: .orderChanged
        case .message: messageKind(of: payload)
        case nil: .other
        }
    }

    /// Types that the conversation's log holds and nobody wrote.
    private static let silentTypes: Set<String> = ["SNOOZE_START", "SNOOZE_END", "SUMMARY", "GROUPED"]

    private static func messageKind(of payload: OmniChatPayload) -> EventKind {
        if payload.action == .update || payload.action == .delete { return .messageUpdated }
        guard let message = payload.message else { return .other }
        if message.type == "ROUTING" { return message.routeToUser == nil ? .conversationTransferred : .conversationAssigned }
        if silentTypes.contains(message.type) { return .other }
        guard payload.action == .create else { return .other }
        switch message.direction {
        case .incoming: return message.isSystem ? .other : .messageReceived
        case .outgoing: return .messageSent
        case nil: return .other
        }
    }

    private var isMessage: Bool { [.messageReceived, .messageSent, .messageUpdated].contains(kind) }
    private var isRouting: Bool { [.conversationAssigned, .conversationTransferred].contains(kind) }

    // MARK: - Identity and time

    /// A message is created once; it changes with its status, and `updatedAt` tells one change from the next.
    private var id: String {
        let identity = EventIdentity(vendor: .omnichat, context: context)
        guard let objectID = payload.objectID else { return identity.id("other", identity.bodyHash) }
        let stamp = payload.timestamp?.iso8601 ?? identity.bodyHash
        switch (payload.resource, payload.action) {
        case (.message, .create): return identity.id("message", objectID)
        case (.message, .update), (.message, .delete):
            let word = payload.action == .delete ? "deleted" : "updated"
            let changed = payload.message?.updatedAt?.iso8601 ?? stamp
            return identity.id("message", objectID, word, payload.message?.status, changed)
        case (.interaction, let action?): return identity.id("interaction", objectID, Self.word(action), stamp)
        case (.order, let action?): return identity.id("order", objectID, Self.word(action), stamp)
        default: return identity.id("other", identity.bodyHash)
        }
    }

    private static func word(_ action: OmniChatPayload.Action) -> String {
        switch action {
        case .create: "create"
        case .update: "update"
        case .delete: "delete"
        }
    }

    private var occurredAt: Instant {
        payload.timestamp ?? payload.message?.updatedAt ?? payload.message?.createdAt ?? context.receivedAt
    }

    // MARK: - Conversation

    private var conversation: Conversation? {
        guard let message = payload.message, let chat = message.chat else { return nil }
        return Conversation(
            id: chat, channel: message.channel, handler: handler(of: message),
            team: isRouting ? message.routeToTeam : nil)
    }

    /// What the payload tells: whom it is routed to, or that a person of the company wrote.
    private func handler(of message: OmniChatMessage) -> Handler? {
        if isRouting {
            if let user = message.routeToUser { return isBot(user) ? .bot : .human }
            return message.routeToTeam == nil ? nil : .queue
        }
        return isMessage && authorRole == .agent ? .human : nil
    }

    private var agent: Agent? {
        (payload.message?.routeToUser ?? payload.message?.user)?.agent
    }

    // MARK: - Message

    private var message: Message? {
        guard isMessage else { return nil }
        let message = payload.message
        return Message(
            id: kind == .messageUpdated ? payload.objectID : message?.objectID ?? payload.objectID,
            text: message?.text ?? "", type: message.map(OmniChatMessageType.type) ?? .other,
            attachments: message.map(OmniChatMessageType.attachments) ?? [])
    }

    private var sender: Sender? {
        guard isMessage, let role = authorRole else { return nil }
        let user = role == .customer ? nil : payload.message?.user
        return Sender(role: role, id: user?.id, name: user?.name)
    }

    /// Who wrote, by the direction of the status; nil when the status tells no direction.
    private var authorRole: SenderRole? {
        guard let message = payload.message, let direction = message.direction else { return nil }
        switch direction {
        case .incoming: return .customer
        case .outgoing:
            if message.isSystem { return .system }
            guard let user = message.user, !isBot(user) else { return .bot }
            return .agent
        }
    }

    private func isBot(_ user: OmniChatUser) -> Bool { context.account.isBot(user.id) }

    // MARK: - Details

    private var details: Value.Object {
        var details = Value.Object()
        if kind == .messageUpdated, let status = payload.message?.status { details["status"] = .string(status) }
        if isRouting, let message = payload.message {
            if let user = message.user { details["from"] = ["agent": .string(user.id)] }
            var to = Value.Object()
            to["agent"] = message.routeToUser.map { .string($0.id) }
            to["team"] = message.routeToTeam.map(Value.string)
            if !to.isEmpty { details["to"] = .object(to) }
        }
        return details
    }
}

/// What a message is, by the vendor's `type` and its direction.
enum OmniChatMessageType {
    static func type(of message: OmniChatMessage) -> MessageType {
        message.isSilent ? .note : content(of: message)
    }

    /// The webhook documents no media; `attachmentUrl` is a member that its API is known to have.
    static func attachments(of message: OmniChatMessage) -> [Attachment] {
        guard let url = message.attachmentURL else { return [] }
        let type = content(of: message)
        let isMedia = [.image, .audio, .video, .sticker].contains(type)
        return [Attachment(type: isMedia ? type : .file, url: url)]
    }

    private static func content(of message: OmniChatMessage) -> MessageType {
        let isOffer = message.direction == .outgoing
        switch message.type {
        case "TEXT", "BUTTON": return .text
        case "LIST", "INTERACTIVE", "INTERACTIVE_BUTTON": return isOffer ? .buttons : .text
        case "IMAGE": return .image
        case "AUDIO", "VOICE": return .audio
        case "VIDEO": return .video
        case "DOCUMENT", "FILE": return .file
        case "LOCATION": return .location
        case "VCARD", "MULTI_VCARD": return .contact
        case "STICKER": return .sticker
        case "TEMPLATE": return .template
        case "PRODUCT", "VARIANT", "COLLECTION", "PAYMENT_REQUEST": return .order
        case let type where type.hasPrefix("ORDER_"): return .order
        default: return .other
        }
    }
}

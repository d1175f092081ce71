import JSON
import Model

/// A message entity: of a chat with a customer or of a team chat, or a line of the chat's log.
struct ChannelTalkMessage {
    let id: String?
    let chatType: ChatType?
    let chatID: String?
    let person: Person?
    let personID: String?
    /// An id that the sender chose: ours comes back here.
    let requestID: String?
    let createdAt: Instant?
    let updatedAt: Instant?
    let editedAt: Instant?
    let isEdited: Bool
    /// As it was written: `sent`, `failed`, `removed`.
    let state: String?
    /// Only for the company's own eyes.
    let isPrivate: Bool
    /// The message that this one answers in a thread.
    let rootMessageID: String?
    let content: ChannelTalkContent
    let log: ChannelTalkLog?

    enum ChatType { case userChat, team }
    enum Person { case user, manager, bot }

    init(_ entity: JSONElement) {
        id = entity["id"]?.identifier
        let key = Self.parts(ofKey: entity["chatKey"]?.filledText)
        chatType = Self.chatType(entity["chatType"]?.filledText ?? key?.type)
        chatID = entity["chatId"]?.identifier ?? key?.id
        person = Self.person(entity["personType"]?.filledText)
        personID = entity["personId"]?.identifier
        requestID = entity["requestId"]?.identifier
        createdAt = entity["createdAt"]?.instant()
        updatedAt = entity["updatedAt"]?.instant()
        editedAt = entity["editedAt"]?.instant()
        isEdited = entity["editedAt"]?.isTold ?? false
        state = entity["state"]?.filledText
        isPrivate = (entity["options"]?.texts ?? []).contains { $0.lowercased() == "private" }
        rootMessageID = entity["rootMessageId"]?.identifier
        content = ChannelTalkContent(entity)
        log = entity["log"].flatMap(ChannelTalkLog.init)
    }

    var isRemoved: Bool { state?.lowercased() == "removed" }

    /// `{chatType}-{chatId}`
    private static func parts(ofKey key: String?) -> (type: String, id: String?)? {
        guard let key, let dash = key.firstIndex(of: "-") else { return nil }
        let id = String(key[key.index(after: dash)...])
        return (String(key[..<dash]), id.isEmpty ? nil : id)
    }

    private static func chatType(_ word: String?) -> ChatType? {
        switch word?.lowercased() {
        case "userchat": .userChat
        case "group", "directchat": .team
        default: nil
        }
    }

    private static func person(_ word: String?) -> Person? {
        switch word?.lowercased() {
        case "user": .user
        case "manager": .manager
        case "bot": .bot
        default: nil
        }
    }
}

/// A line of the chat's log, which comes as a message without text.
struct ChannelTalkLog {
    /// In lower case; `""` when it names none.
    let action: String
    let values: [String]
    let triggerType: String?
    let triggerID: String?

    /// Nil for what stands for no log.
    init?(_ element: JSONElement) {
        guard element.isTold else { return nil }
        action = (element["action"] ?? element).filledText?.lowercased() ?? ""
        values = element["values"]?.texts ?? []
        triggerType = element["triggerType"]?.filledText?.lowercased()
        triggerID = element["triggerId"]?.identifier
    }

    var isClose: Bool { action == "close" || action == "autoclose" }
    var isAssignment: Bool { action == "assign" || action == "autoassign" }

    var kind: EventKind {
        if isClose { return .conversationClosed }
        if isAssignment { return .conversationAssigned }
        switch action {
        case "assignteam": return .conversationTransferred
        case "addtags", "removetags": return .conversationTagged
        case "enqueue": return .conversationQueued
        default: return .other
        }
    }
}

extension JSONElement {
    /// False for null, `false`, 0 and "": the ways of saying that there is nothing.
    fileprivate var isTold: Bool {
        switch kind {
        case .null: false
        case .bool: bool == true
        case .integer, .number: double != 0
        case .string: string != ""
        case .array, .object: true
        }
    }
}

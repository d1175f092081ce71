import JSON
import Model

/// A chat with a customer (`userChat`), of any version.
struct ChannelTalkChat {
    let id: String?
    /// As it was written.
    let state: String?
    let handling: String?
    let assigneeID: String?
    let teamID: String?
    /// Nil where the body tells too little of the chat to know.
    let tags: [String]?
    let title: String?
    let channel: String
    let openedAt: Instant?
    let queuedAt: Instant?
    let closedAt: Instant?
    let createdAt: Instant?
    let updatedAt: Instant?

    init(_ entity: JSONElement) {
        id = entity["id"]?.identifier
        state = entity["state"]?.filledText
        // Version 4 wrote the word, version 5 an object with it.
        handling = (entity.path(["handling", "type"]) ?? entity["handling"])?.filledText
        assigneeID = entity["assigneeId"]?.identifier
        teamID = entity["teamId"]?.identifier
        // A list without elements is left out.
        tags = entity["tags"]?.kind == .array ? entity["tags"]?.texts : state.map { _ in [] }
        title = entity["title"]?.filledText
        channel = ChannelTalkMedium.channel(of: entity)
        openedAt = entity["openedAt"]?.instant()
        queuedAt = entity["queuedAt"]?.instant()
        closedAt = entity["closedAt"]?.instant()
        createdAt = entity["createdAt"]?.instant()
        updatedAt = entity["updatedAt"]?.instant()
    }

    var isClosed: Bool { ["closed", "solved"].contains(state?.lowercased()) }
    var isQueued: Bool { state?.lowercased() == "queued" }
    var isOpen: Bool { ["opened", "unassigned"].contains(state?.lowercased()) }
    var waitsForAgent: Bool { ["queued", "unassigned"].contains(state?.lowercased()) }

    /// Support bots, workflows and the AI agent ALF.
    var isWithBot: Bool {
        guard let word = handling?.lowercased() else { return false }
        return word.contains("bot") || word == "workflow" || word == "alf"
    }

    var isWaiting: Bool { handling?.lowercased() == "waiting" }
}

/// Over which channel a chat goes, in the words of Bellhop.
enum ChannelTalkMedium {
    static func channel(of chat: JSONElement) -> String {
        let app = chat.path(["source", "appMessenger"])?.object
        guard let medium = chat.path(["source", "medium", "mediumType"])?.filledText?.lowercased() else {
            return app.flatMap(messenger) ?? chat["messengerType"]?.filledText.map(word) ?? webchat
        }
        switch medium {
        case "phone", "call": return "phone"
        case "email": return "email"
        case "app": return app.flatMap(messenger) ?? webchat
        case let name where name.hasPrefix("app"): return word(String(name.dropFirst(3)))
        default: return webchat
        }
    }

    private static let webchat = "webchat"

    /// `{mediumType: "appLine", displayName: "LINE"}`: the type tells the messenger also where the name is the shop's.
    private static func messenger(_ app: JSONElement) -> String? {
        let type = app["mediumType"]?.filledText?.lowercased() ?? ""
        let name = type.hasPrefix("app") ? String(type.dropFirst(3)) : type
        return (name.isEmpty ? app["displayName"]?.filledText : name).map(word)
    }

    /// A messenger's name in the one vocabulary of all vendors, where that has a word for it.
    private static func word(_ name: String) -> String {
        switch name.lowercased() {
        case "kakaotalk": "kakao"
        case "instagrammessenger": "instagram"
        case "facebook", "facebookmessenger": "messenger"
        case let other: other
        }
    }
}

import JSON
import Model

/// A webhook body: what happened, to what, and the objects that belong to it.
struct ChannelTalkPayload {
    let event: ChannelTalkEventWord
    let subject: Subject
    /// The chat that the body tells about: itself, or the one that it refers to.
    let chat: ChannelTalkChat?
    /// The customer, where the body is about one or refers to one.
    let user: ChannelTalkUser?
    let manager: ChannelTalkManager?
    let bot: ChannelTalkBot?
    private let entity: JSONElement?

    enum Subject {
        case message(ChannelTalkMessage)
        case chat(ChannelTalkChat)
        case user(ChannelTalkUser)
        case unknown
    }

    init(_ body: JSONElement) {
        let entity = body["entity"]?.object
        let refers = body["refers"]?.object
        event = ChannelTalkEventWord(body["event"]?.string)
        subject = Self.subject(of: body, entity: entity)
        chat =
            if case .chat(let chat) = subject { chat } else { refers?["userChat"]?.object.map(ChannelTalkChat.init) }
        user = if case .user(let user) = subject { user } else { refers?["user"]?.object.map(ChannelTalkUser.init) }
        manager = refers?["manager"]?.object.map(ChannelTalkManager.init)
        bot = refers?["bot"]?.object.map(ChannelTalkBot.init)
        self.entity = entity
    }

    /// Names everything that the entity holds, whatever the event word and the order of its members. Made anew each time: most
    /// events need none.
    var entityHash: String? { entity.map { BodyHash.text(of: JSONWriter.bytes($0.value.sortedByKey)) } }

    /// The type in any case. Some senders write a webhook's scope (`message.created.userChat`) in its place, or in the
    /// event's.
    private static func subject(of body: JSONElement, entity: JSONElement?) -> Subject {
        guard let entity else { return .unknown }
        let word = body["type"]?.filledText ?? body["event"]?.filledText ?? ""
        switch word.lowercased().split(separator: ".").first {
        case "message": return .message(ChannelTalkMessage(entity))
        case "userchat": return .chat(ChannelTalkChat(entity))
        case "user", "member", "lead": return .user(ChannelTalkUser(entity))
        default: return .unknown
        }
    }
}

/// What happened to the entity.
enum ChannelTalkEventWord {
    /// `push`, and the words that other versions have for it.
    case push
    /// As good as `push`, but for contacts, where it tells that they are new.
    case create
    case update
    case delete
    case unknown

    init(_ text: String?) {
        let words = (text ?? "").lowercased().split(separator: ".")
        self = words.lazy.compactMap(Self.known).first ?? .unknown
    }

    private static func known(_ word: Substring) -> ChannelTalkEventWord? {
        switch word {
        case "push", "upsert", "post", "upserted", "opened": .push
        case "create", "created": .create
        case "update", "updated": .update
        case "delete", "deleted": .delete
        default: nil
        }
    }

    var isPush: Bool { self == .push || self == .create }
}

extension Value {
    /// The same with the members of every object in the order of their keys: equal values give equal text.
    fileprivate var sortedByKey: Value {
        switch self {
        case .object(let object):
            var sorted = Object()
            let entries = object.entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            for entry in entries { sorted.append(uniqueKey: entry.key, entry.value.sortedByKey) }
            return .object(sorted)
        case .array(let elements): return .array(elements.map(\.sortedByKey))
        case .null, .bool, .integer, .number, .string: return self
        }
    }
}

import Model

/// A `call` of a rule: who makes it, and whether it may be made again.
struct RocketChatCall {
    private let method: String
    /// Below the API, without query: `livechat/message`.
    private let path: String
    private let json: Value?

    init(_ call: VendorCall) {
        method = call.method.uppercased()
        let path = call.rootedPath.prefix { $0 != "?" && $0 != "#" }
        let root = RocketChatAPI.root + "/"
        self.path = String(path.dropFirst(path.hasPrefix(root) ? root.count : 1))
        json = call.json
    }

    /// True for the calls of a visitor, which are made by the visitor's token in place of a user's credentials.
    var isVisitors: Bool {
        Self.visitorsCalls.contains(path) || Self.visitorsFolders.contains { path.hasPrefix($0) }
            || (method == "GET" && path == "livechat/room")
    }

    private static let visitorsCalls: Set<String> = [
        "livechat/message", "livechat/visitor", "livechat/visitor/department.transfer", "livechat/room.close",
        "livechat/custom.field", "livechat/custom.fields", "livechat/transcript",
    ]
    private static let visitorsFolders = ["livechat/message/", "livechat/messages.history/"]

    /// True for what a repeat leaves as it is: it sets what is set already, or has an id that the server stores once.
    var isRepeatable: Bool {
        if ["GET", "HEAD"].contains(method) { return true }
        return Self.repeatable.contains(path) || message != nil
    }

    private static let repeatable: Set<String> = [
        "chat.update", "livechat/room.forward", "livechat/room.closeByUser", "livechat/room.saveInfo",
        "livechat/room.onHold", "livechat/room.resumeOnHold", "livechat/inquiries.take",
        "livechat/inquiries.returnAsInquiry", "livechat/custom.field", "livechat/custom.fields",
    ]

    /// The message that it sends, where its author gave that an `_id`.
    var message: RocketChatSentMessage? {
        guard method == "POST" else { return nil }
        switch path {
        case "chat.sendMessage": return json?["message"].flatMap { RocketChatSentMessage($0, token: nil) }
        case "livechat/message": return json.flatMap { RocketChatSentMessage($0, token: $0["token"]?.string) }
        default: return nil
        }
    }
}

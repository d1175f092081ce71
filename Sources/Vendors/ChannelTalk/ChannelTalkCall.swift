import Model

/// A `call` of a rule: whether it may be made again.
struct ChannelTalkCall {
    private let method: String
    /// Below the API, without query.
    private let path: [Substring]
    private let json: Value?

    init(_ call: VendorCall) {
        method = call.method.uppercased()
        path = call.rootedPath.prefix { $0 != "?" && $0 != "#" }.split(separator: "/")
        json = call.json
    }

    /// True for what a repeat leaves as it is. Every call of the API that is not a POST sets what is to be; a message with a
    /// `requestId` can be looked for.
    var isRepeatable: Bool {
        guard method == "POST" else { return true }
        return path == ["bots"] || (path.first == "users" && path.last == "block") || message != nil
    }

    /// The message that it sends to a customer, where its author gave that a `requestId`; the chat as it stands in the path.
    var message: (chat: String, requestID: String)? {
        guard method == "POST", path.count == 3, path[0] == "user-chats", path[2] == "messages",
            let id = json?["requestId"]?.string, !id.isEmpty
        else { return nil }
        return (String(path[1]), id)
    }
}

/// Channel Talk's Open API, version 5.
package struct FakeChannelTalk: FakeVendorAPI {
    package static let basePath = "/open/v5"
    package static let invalidStatus = 422

    package struct Message: Sendable, Hashable {
        package var id: String
        /// Of all its text blocks, with their markup.
        package var text: String
        package var isPrivate: Bool
        /// Title and address.
        package var buttons: [[String]]
        package var bot: String?
        package var requestID: String?
        /// Of a reply in a thread of a team chat: the message that it hangs on.
        package var rootID: String?
    }

    package struct UserChat: Sendable, Hashable {
        package var user: String
        /// `opened`, `snoozed`, `closed`, `queued`.
        package var state: String
        package var assignee: String?
        package var managers: Set<String> = []
        package var description: String?
        package var messages: [Message] = []

        package init(user: String, state: String = "opened", assignee: String? = nil) {
            self.user = user
            self.state = state
            self.assignee = assignee
        }
    }

    package struct Announcement: Sendable, Hashable {
        package var text: String
        /// Nobody named: all of them.
        package var managers: [String]
    }

    package struct User: Sendable, Hashable {
        package var memberID: String?
        package var profile: [String: FakeJSON] = [:]
        package var tags: [String] = []
        package var unsubscribesEmail = false
        package var unsubscribesTexting = false
        package var isBlocked = false
        package var events: [String] = []

        package init(memberID: String? = nil, tags: [String] = []) {
            self.memberID = memberID
            self.tags = tags
        }
    }

    package var accessKey: String
    package var accessSecret: String
    package var botName: String
    package var userChats: [String: UserChat]
    /// Messages of public team chats.
    package var groups: [String: [Message]]
    /// Ids of public team chats by their names.
    package var groupNames: [String: String]
    package var users: [String: User]
    package var managers: Set<String>
    package var quota: FakeTokenBucket
    /// True: a `requestId` that is known gives the message that it made. The vendor describes the member so; nobody has
    /// shown that its server does it.
    package var foldsRepeats: Bool
    /// Names and colours of tags that are defined, by their ids.
    package internal(set) var chatTags: [String: FakeJSON] = [:]
    /// By their names.
    package internal(set) var bots: [String: FakeJSON] = [:]
    package internal(set) var webhooks: [String: FakeJSON] = [:]
    package internal(set) var announcements: [Announcement] = []
    /// Counts what is made, so that ids differ.
    var made = 0
    private var messageOfRequest: [String: Message] = [:]
    private var messageCount = 0

    package init(
        accessKey: String = "channeltalk-access-key-0001", accessSecret: String = "channeltalk-access-secret-0001",
        botName: String = "Bellhop", userChats: [String: UserChat] = [:], groups: [String: [Message]] = [:],
        users: [String: User] = [:], managers: Set<String> = [],
        quota: FakeTokenBucket = FakeTokenBucket(limit: 1_000, milliseconds: 10_000),
        foldsRepeats: Bool = true, groupNames: [String: String] = [:]
    ) {
        self.accessKey = accessKey
        self.accessSecret = accessSecret
        self.botName = botName
        self.userChats = userChats
        self.groups = groups
        self.users = users
        self.managers = managers
        self.quota = quota
        self.foldsRepeats = foldsRepeats
        self.groupNames = groupNames
    }

    package var secrets: [String: String] { ["key": accessKey, "secret": accessSecret] }
    package var settings: [String: String] { ["bot_name": botName] }

    package func refusal(ofCredentialsIn request: FakeRequest) -> FakeReply? {
        let isRight =
            request.values(ofHeader: "x-access-key") == [accessKey]
            && request.values(ofHeader: "x-access-secret") == [accessSecret]
        return isRight ? nil : failure(401, "invalid access key")
    }

    package func faults(inHeadersOf request: FakeRequest, hasBody: Bool) -> [String] {
        !hasBody || FakeHeaders.isJSON(request) ? [] : ["the Content-Type is not application/json"]
    }

    package func failure(_ status: Int, _ message: String) -> FakeReply {
        let code =
            switch status {
            case 401: "UNAUTHORIZED"
            case 403: "FORBIDDEN"
            case 404: "ENTITY_NOT_FOUND"
            case 429: "RATE_LIMIT_EXCEEDED"
            case 500...: "INTERNAL_ERROR"
            default: "VALIDATION_FAILED"
            }
        return .json(
            status,
            ["status": .integer(Int64(status)), "commonErrorCode": .string(code), "message": .string(message), "details": []])
    }

    package mutating func admit(_ request: FakeRequest, operation: String) -> FakeReply? {
        quota.take(at: request.arrivedAt) ? nil : failure(429, "rate limit exceeded")
    }

    package func limitHeaders(_ request: FakeRequest, operation: String) -> [FakeRequest.Field] {
        let reset = FakeHTTP.epoch(of: request.arrivedAt + quota.millisecondsToNext)
        return [
            .init("x-ratelimit-limit", "\(quota.limit)"), .init("x-ratelimit-remaining", "\(quota.remaining)"),
            .init("x-ratelimit-reset", "\((reset + 999) / 1_000)"),
        ]
    }
}

// MARK: - What its calls do

extension FakeChannelTalk {
    typealias Answer = FakeAnswer<FakeChannelTalk>

    private func withChat(_ call: FakeCall, _ body: (String, UserChat) -> Answer) -> Answer {
        let id = call.capture("chat")
        var answer = userChats[id].map { body(id, $0) } ?? .says(failure(404, "user chat not found"))
        answer.conversation = id
        return answer
    }

    func sendMessage(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in
            send(call, to: id) { $0.userChats[id]?.messages.append($1) }
        }
    }

    /// By the id of a public team chat, or by its name; in the thread of one of its messages where the path has one.
    func sendGroupMessage(_ call: FakeCall) -> Answer {
        let id = call.captures["name"].map { groupNames[$0] ?? "" } ?? call.capture("group")
        guard let messages = groups[id] else { return .says(failure(404, "group not found"), in: id) }
        let root = call.captures["message"]
        if let root, !messages.contains(where: { $0.id == root }) {
            return .says(failure(404, "message not found"), in: id)
        }
        var answer = send(call, to: id) { api, message in
            var message = message
            message.rootID = root
            api.groups[id]?.append(message)
        }
        answer.conversation = id
        return answer
    }

    private func send(
        _ call: FakeCall, to id: String, _ store: @escaping @Sendable (inout FakeChannelTalk, Message) -> Void
    ) -> Answer {
        let requestID = call["requestId"]?.string
        let text = Self.text(of: call.body)
        var answer: Answer
        if let fault = Self.fault(ofMessage: call.body) {
            answer = .says(failure(422, fault))
            answer.complaint = fault
        } else if let requestID, let known = messageOfRequest[requestID], foldsRepeats {
            answer = .says(.json(200, Self.view(of: known, in: id)))
            answer.isRepeat = true
        } else {
            let message = Message(
                id: "65f000000000000000\(100_000 + messageCount)", text: text,
                isPrivate: call["options"]?.strings?.contains("private") ?? false,
                buttons: (call["buttons"]?.array ?? []).map(Self.button), bot: call.query("botName"), requestID: requestID)
            answer = .does(.json(200, Self.view(of: message, in: id))) { api in
                api.messageCount += 1
                store(&api, message)
                if let requestID { api.messageOfRequest[requestID] = message }
            }
        }
        answer.key = requestID
        answer.text = text
        return answer
    }

    private static func button(_ button: FakeJSON) -> [String] {
        [button["title"]?.string ?? "", button["action"]?["attributes"]?["url"]?.string ?? ""]
    }

    private static func view(of message: Message, in chat: String) -> FakeJSON {
        [
            "message": .object(present: [
                "id": .string(message.id), "chatId": .string(chat), "chatType": "userChat", "personType": "bot",
                "plainText": .string(message.text), "requestId": message.requestID.map(FakeJSON.string),
            ]),
            "bot": ["name": .string(message.bot ?? "")],
        ]
    }

    static func text(of body: FakeJSON) -> String {
        guard let blocks = body["blocks"]?.array else { return body["plainText"]?.string ?? "" }
        return blocks.compactMap { $0["value"]?.string }.joined(separator: "\n")
    }

    /// A message says something, and its texts are sound markup.
    static func fault(ofMessage body: FakeJSON) -> String? {
        if ["blocks", "plainText", "buttons", "form", "files"].allSatisfy({ body[$0] == nil }) { return "the message is empty" }
        for block in body["blocks"]?.array ?? [] where block["type"]?.string == "text" {
            if let value = block["value"]?.string, !ChannelTalkMarkup.isSound(value) {
                return "a text block has a < or > that is neither markup nor escaped"
            }
        }
        return nil
    }

    func assign(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in
            let manager = call.capture("manager")
            guard managers.contains(manager) else { return .says(failure(404, "manager not found")) }
            return .does(view(of: id)) { $0.userChats[id]?.assignee = manager }
        }
    }

    func invite(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in
            let invited = call.queries("managerIds")
            guard managers.isSuperset(of: invited) else { return .says(failure(404, "manager not found")) }
            return .does(view(of: id)) { $0.userChats[id]?.managers.formUnion(invited) }
        }
    }

    func setState(_ state: String, _ call: FakeCall) -> Answer {
        withChat(call) { id, _ in .does(view(of: id)) { $0.userChats[id]?.state = state } }
    }

    func describe(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in .does(view(of: id)) { $0.userChats[id]?.description = call["description"]?.string } }
    }

    func chat(_ call: FakeCall) -> Answer { withChat(call) { id, _ in .says(view(of: id)) } }

    private func view(of chat: String) -> FakeReply {
        let userChat = userChats[chat]
        return .json(
            200,
            [
                "userChat": .object(present: [
                    "id": .string(chat), "state": .string(userChat?.state ?? ""),
                    "assigneeId": userChat?.assignee.map(FakeJSON.string), "userId": .string(userChat?.user ?? ""),
                ]),
                "user": ["id": .string(userChat?.user ?? "")],
            ])
    }

    func chatList(_ call: FakeCall) -> Answer {
        let state = call.query("state")
        let list = userChats.filter { state == nil || $0.value.state == state }.keys.sorted()
        return .says(.json(200, ["userChats": .array(list.map { ["id": .string($0)] })]))
    }

    /// A page of them; `since` is where the page before ended.
    func messages(_ call: FakeCall) -> Answer {
        withChat(call) { id, chat in
            let sorted = call.query("sortOrder") == "desc" ? chat.messages.reversed() : chat.messages
            let start = call.query("since").flatMap(Int.init) ?? 0
            let page = sorted.dropFirst(start).prefix(call.query("limit").flatMap(Int.init) ?? 25)
            let end = start + page.count
            return .says(
                .json(
                    200,
                    .object(present: [
                        "messages": .array(page.compactMap { Self.view(of: $0, in: id)["message"] }),
                        "next": end < sorted.count ? .string("\(end)") : nil,
                    ])))
        }
    }

    /// A signed address of a file's key.
    func file(_ call: FakeCall) -> Answer {
        let isKnown = call.captures["group"].map { groups[$0] != nil } ?? (userChats[call.capture("chat")] != nil)
        guard isKnown else { return .says(failure(404, "chat not found")) }
        return .says(.json(200, ["result": .string("https://files.example.org/\(call.query("key") ?? "")?signature=s")]))
    }

    func remove(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in .does(.empty(204)) { $0.userChats[id] = nil } }
    }

    private func withUser(_ call: FakeCall, _ body: (String, User) -> Answer) -> Answer {
        let id = call.captures["member"].map { member in users.first { $0.value.memberID == member }?.key ?? "" }
        let found = id ?? call.capture("user")
        return users[found].map { body(found, $0) } ?? .says(failure(404, "user not found"))
    }

    func updateUser(_ call: FakeCall) -> Answer {
        withUser(call) { id, _ in .does(.json(200, ["user": ["id": .string(id)]])) { Self.update(&$0.users[id], call.body) } }
    }

    /// Makes the user that is not there.
    func upsertMember(_ call: FakeCall) -> Answer {
        let member = call.capture("member")
        let id = users.first { $0.value.memberID == member }?.key ?? "user-of-\(member)"
        return .does(.json(200, ["user": ["id": .string(id), "memberId": .string(member)]])) { api in
            if api.users[id] == nil { api.users[id] = User(memberID: member) }
            Self.update(&api.users[id], call.body)
        }
    }

    func createLead(_ call: FakeCall) -> Answer {
        let id = "lead-\(made)"
        return .does(.json(200, ["user": ["id": .string(id), "type": "lead"]])) { api in
            api.made += 1
            api.users[id] = User()
            Self.update(&api.users[id], call.body)
        }
    }

    private static func update(_ user: inout User?, _ body: FakeJSON) {
        user?.profile.merge(body["profile"]?.object ?? [:]) { $1 }
        user?.profile.merge(body["profileOnce"]?.object ?? [:]) { old, _ in old }
        // The whole list is replaced.
        if let tags = body["tags"]?.strings { user?.tags = tags }
        if let isOff = body["unsubscribeEmail"]?.bool { user?.unsubscribesEmail = isOff }
        if let isOff = body["unsubscribeTexting"]?.bool { user?.unsubscribesTexting = isOff }
    }

    func openChat(_ call: FakeCall) -> Answer {
        withUser(call) { user, _ in
            let id = "chat-\(made)"
            return .does(
                .json(200, ["userChat": ["id": .string(id), "state": "opened", "userId": .string(user)]]), in: id
            ) { api in
                api.made += 1
                api.userChats[id] = UserChat(user: user)
            }
        }
    }

    func user(_ call: FakeCall) -> Answer {
        withUser(call) { id, user in
            .says(
                .json(
                    200,
                    [
                        "user": .object(present: [
                            "id": .string(id), "memberId": user.memberID.map(FakeJSON.string),
                            "profile": .object(user.profile), "tags": .array(user.tags.map(FakeJSON.string)),
                            "unsubscribeEmail": .bool(user.unsubscribesEmail),
                            "unsubscribeTexting": .bool(user.unsubscribesTexting), "blocked": .bool(user.isBlocked),
                        ])
                    ]))
        }
    }

    func block(_ isBlocked: Bool, _ call: FakeCall) -> Answer {
        withUser(call) { id, _ in .does(.json(200, ["user": ["id": .string(id)]])) { $0.users[id]?.isBlocked = isBlocked } }
    }

    func track(_ call: FakeCall) -> Answer {
        withUser(call) { id, _ in
            let name = call["name"]?.string ?? ""
            return .does(.json(200, ["event": ["name": .string(name)]])) { $0.users[id]?.events.append(name) }
        }
    }
}

/// What a text block's value may hold.
enum ChannelTalkMarkup {
    /// Tags `<b>`, `<i>` and `<link …>` that close again, and entities; every other `<` and `>` is refused with 422.
    static func isSound(_ text: String) -> Bool {
        var rest = text[...]
        var open: [Substring] = []
        while let place = rest.firstIndex(where: { "<>".contains($0) }) {
            guard rest[place] == "<", let end = rest[place...].firstIndex(of: ">") else { return false }
            let tag = rest[rest.index(after: place)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("/") {
                guard open.popLast() == tag.dropFirst() else { return false }
            } else {
                let name = tag.prefix { $0 != " " }
                guard ["b", "i", "link"].contains(name) else { return false }
                open.append(name)
            }
        }
        return open.isEmpty
    }
}

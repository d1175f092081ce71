/// OmniChat's API as far as it is known.
package struct FakeOmniChat: FakeVendorAPI {
    package static let basePath = "/v1"

    package struct Message: Sendable, Hashable {
        package var id: String
        package var type: String
        package var text: String
        package var buttons: [String]
        package var file: String?
    }

    package struct Chat: Sendable, Hashable {
        /// `WAITING`, `CONTACTED`, `FINISHED`.
        package var status: String
        /// Nil: the bot has it.
        package var user: String?
        package var team: String?
        package var closingReason: String?
        package var messages: [Message] = []

        package init(status: String = "WAITING", user: String? = nil, team: String? = nil) {
            self.status = status
            self.user = user
            self.team = team
        }
    }

    package var key: String
    package var secret: String
    package var chats: [String: Chat]
    package var users: Set<String>
    package var teams: Set<String>
    /// Nil: no limit. None is documented.
    package var quota: FakeFixedWindow?
    /// Where each message is.
    private var chatOfMessage: [String: String] = [:]

    package init(
        key: String = "omnichat-api-key-0001", secret: String = "omnichat-api-secret-0001", chats: [String: Chat] = [:],
        users: Set<String> = [], teams: Set<String> = [], quota: FakeFixedWindow? = nil
    ) {
        self.key = key
        self.secret = secret
        self.chats = chats
        self.users = users
        self.teams = teams
        self.quota = quota
    }

    package var secrets: [String: String] { ["key": key, "secret": secret] }

    package func refusal(ofCredentialsIn request: FakeRequest) -> FakeReply? {
        let isRight = request.values(ofHeader: "x-api-key") == [key] && request.values(ofHeader: "x-api-secret") == [secret]
        return isRight ? nil : failure(401, "Unauthorized")
    }

    package func faults(inHeadersOf request: FakeRequest, hasBody: Bool) -> [String] {
        !hasBody || FakeHeaders.isJSON(request) ? [] : ["the Content-Type is not application/json"]
    }

    package func failure(_ status: Int, _ message: String) -> FakeReply { .json(status, ["message": .string(message)]) }

    package mutating func admit(_ request: FakeRequest, operation: String) -> FakeReply? {
        guard quota != nil else { return nil }
        return quota?.take("", at: request.arrivedAt) == true ? nil : failure(429, "Too Many Requests")
    }
}

// MARK: - What its calls do

extension FakeOmniChat {
    typealias Answer = FakeAnswer<FakeOmniChat>

    private func withChat(_ id: String, _ body: (Chat) -> Answer) -> Answer {
        var answer = chats[id].map(body) ?? .says(failure(404, "Object not found."))
        answer.conversation = id
        return answer
    }

    func sendMessage(_ call: FakeCall) -> Answer {
        if call["templateId"] != nil { return sendTemplate() }
        return withChat(call["chatId"]?.string ?? "") { _ in
            let type = call["type"]?.string ?? ""
            let button = call["button"]
            let text = call["message"]?.string ?? button?["body"]?.string ?? ""
            if let fault = fault(ofMessage: call, type: type) {
                var answer = Answer.says(failure(400, fault))
                answer.complaint = fault
                return answer
            }
            let id = nextID
            let chatID = call["chatId"]?.string ?? ""
            let message = Message(
                id: id, type: type, text: text, buttons: button?["buttons"]?.strings ?? [],
                file: call["attachment"]?["file"]?.string)
            var answer = Answer.does(.json(200, ["objectId": .string(id)])) { api in
                api.chats[chatID]?.messages.append(message)
                api.chatOfMessage[id] = chatID
            }
            answer.text = text
            return answer
        }
    }

    /// Each type has its own members.
    private func fault(ofMessage call: FakeCall, type: String) -> String? {
        let needed = ["TEXT": "message", "INTERACTIVE_BUTTON": "button"][type] ?? "attachment"
        if call[needed] == nil { return "a message of type \(type) has no \(needed)" }
        let others = ["message", "button", "attachment"].filter { $0 != needed && call[$0] != nil }
        return others.first.map { "a message of type \(type) has \($0), which is not documented" }
    }

    private func sendTemplate() -> Answer { .says(.json(200, ["objectId": .string(nextID)])) }

    /// Ten characters, as Parse's ids are.
    private var nextID: String {
        let digits = String(chatOfMessage.count)
        return "m" + String(repeating: "0", count: max(9 - digits.count, 0)) + digits
    }

    func route(_ call: FakeCall) -> Answer {
        let id = call.capture("chat")
        return withChat(id) { _ in
            let (user, team) = (call["userId"]?.string, call["teamId"]?.string)
            if let user {
                guard users.contains(user) else { return .says(failure(404, "User not found.")) }
            } else if let team, !teams.contains(team) {
                return .says(failure(404, "Team not found."))
            }
            // What the answer holds is not documented.
            return .does(.empty(200)) { api in
                api.chats[id]?.user = user
                if let team { api.chats[id]?.team = team }
            }
        }
    }

    func finish(_ call: FakeCall) -> Answer {
        let id = call.capture("chat")
        return withChat(id) { chat in
            if chat.status == "FINISHED" { return .says(failure(400, "Chat is already finished.")) }
            return .does(.empty(200)) { api in
                api.chats[id]?.status = "FINISHED"
                api.chats[id]?.closingReason = call["closingReason"]?.string
            }
        }
    }

    func teamList(_ call: FakeCall) -> Answer {
        let list = teams.sorted().map { FakeJSON.object(["objectId": .string($0), "name": .string("Team \($0)")]) }
        return .says(.json(200, .array(page(list, call))))
    }

    func chat(_ call: FakeCall) -> Answer {
        let id = call.capture("chat")
        return withChat(id) { .says(.json(200, json(of: $0, id))) }
    }

    func chatList(_ call: FakeCall) -> Answer {
        let list = page(chats.sorted { $0.key < $1.key }.map { json(of: $0.value, $0.key) }, call)
        return .says(.json(200, .array(list)))
    }

    func messages(_ call: FakeCall) -> Answer {
        withChat(call.capture("chat")) { chat in .says(.json(200, .array(page(chat.messages.map(json), call)))) }
    }

    func message(_ call: FakeCall) -> Answer {
        let id = call.capture("message")
        guard let chat = chatOfMessage[id], let message = chats[chat]?.messages.first(where: { $0.id == id }) else {
            return .says(failure(404, "Object not found."))
        }
        return .says(.json(200, json(of: message)), in: chat)
    }

    private func page(_ list: [FakeJSON], _ call: FakeCall) -> [FakeJSON] {
        let offset = call.query("offset").flatMap { Int($0) } ?? 0
        return Array(list.dropFirst(offset).prefix(call.query("limit").flatMap { Int($0) } ?? 100))
    }

    private func json(of chat: Chat, _ id: String) -> FakeJSON {
        .object(present: [
            "objectId": .string(id), "status": .string(chat.status), "labels": [],
            "user": chat.user.map { ["className": "_User", "objectId": .string($0)] },
            "team": chat.team.map { ["objectId": .string($0)] },
        ])
    }

    private func json(of message: Message) -> FakeJSON {
        .object(present: [
            "objectId": .string(message.id), "type": .string(message.type), "text": .string(message.text),
            "status": "OUTGOING_SENT", "attachmentUrl": message.file.map(FakeJSON.string),
        ])
    }
}

extension FakeOmniChat {
    package static let routes: [FakeRoute<FakeOmniChat>] = [
        .init("POST", "messages", body: messageBody) { $0.sendMessage($1) },
        .init(
            "POST", "chats/{chat}/route",
            body: .either([
                .object(["type": .needed(.oneWord(of: ["TEAM"])), "teamId": .needed(.word)]),
                .object(["type": .needed(.oneWord(of: ["USER"])), "userId": .needed(.word)]),
            ])
        ) { $0.route($1) },
        .init("POST", "chats/{chat}/finish", body: .object(["closingReason": .needed(.text)])) { $0.finish($1) },
        .init("GET", "chats", query: lists) { $0.chatList($1) },
        .init("GET", "chats/{chat}") { $0.chat($1) },
        .init("GET", "chats/{chat}/messages", query: lists) { $0.messages($1) },
        .init("GET", "messages/{message}") { $0.message($1) },
        .init("GET", "teams", query: lists) { $0.teamList($1) },
        .init("GET", "interactions", query: lists) { _, _ in .says(.json(200, [])) },
    ]

    private static let lists: [FakeQueryItem] = [
        .init("limit") { Int($0) ?? 0 > 0 }, .init("offset") { Int($0) ?? -1 >= 0 }, .init("createdAt.gt"),
        .init("updatedAt.gt"), .init("order.createdAt") { ["ASC", "DESC"].contains($0) },
        .init("order.updatedAt") { ["ASC", "DESC"].contains($0) },
    ]

    /// To a chat, or as a template to a number.
    private static let messageBody = FakeShape.either([
        .object([
            "templateId": .needed(.word), "platformId": .needed(.word), "templateTokens": .needed(.list(.text)),
            "forceSend": .optional(.bool), "type": .optional(.word), "attachmentUrl": .optional(.word),
            "integrationId": .optional(.word), "platform": .optional(.word),
        ]),
        .object([
            "chatId": .needed(.word), "forceSend": .optional(.bool),
            "type": .needed(.oneWord(of: ["TEXT", "INTERACTIVE_BUTTON", "IMAGE", "AUDIO", "VIDEO", "DOCUMENT", "FILE"])),
            "message": .optional(.word),
            "attachment": .optional(.object(["name": .needed(.word), "file": .needed(.word)])),
            "button": .optional(
                .object([
                    "header": .optional(.text), "body": .needed(.word), "footer": .optional(.text),
                    "buttons": .needed(.list(.word, longest: nil, shortest: 1)),
                ])),
        ]),
    ])
}

/// Chatwoot's application API, as of 3.x and 4.x, of one installation with one account.
package struct FakeChatwoot: FakeVendorAPI {
    package static let basePath = ""

    package struct Message: Sendable, Hashable {
        package var id: Int64
        package var content: String
        package var isPrivate: Bool
        package var contentType: String
        /// Titles of an `input_select`.
        package var options: [String]
        package var template: String?
    }

    package struct Conversation: Sendable, Hashable {
        /// `open`, `resolved`, `pending`, `snoozed`.
        package var status: String
        package var assignee: Int64?
        package var team: Int64?
        package var labels: [String]
        package var priority: String?
        package var attributes: [String: FakeJSON] = [:]
        package var messages: [Message] = []

        package init(status: String = "pending", assignee: Int64? = nil, team: Int64? = nil, labels: [String] = []) {
            self.status = status
            self.assignee = assignee
            self.team = team
            self.labels = labels
        }
    }

    package struct Contact: Sendable, Hashable {
        /// `name`, `email`, `phone_number`, `identifier`.
        package var fields: [String: String]
        package var attributes: [String: FakeJSON] = [:]
        package var labels: [String]

        package init(name: String, labels: [String] = []) {
            fields = ["name": name]
            self.labels = labels
        }
    }

    package var token: String
    package var account: Int64
    /// True for the token of an agent bot, which may not make every call.
    package var isBot: Bool
    /// By the number that people see.
    package var conversations: [Int64: Conversation]
    package var contacts: [Int64: Contact]
    package var users: Set<Int64>
    package var teams: Set<Int64>
    /// Calls a minute of one address; nil: it is switched off.
    package var quota: FakeFixedWindow?
    /// Messages a minute that a conversation takes; here, in all.
    package var mostMessages: Int
    private var messageCount: Int64 = 0

    package init(
        token: String = "chatwoot-access-token-0001", account: Int64 = 3, isBot: Bool = false,
        conversations: [Int64: Conversation] = [:], contacts: [Int64: Contact] = [:], users: Set<Int64> = [],
        teams: Set<Int64> = [], quota: FakeFixedWindow? = nil, mostMessages: Int = 200
    ) {
        self.token = token
        self.account = account
        self.isBot = isBot
        self.conversations = conversations
        self.contacts = contacts
        self.users = users
        self.teams = teams
        self.quota = quota
        self.mostMessages = mostMessages
    }

    package var secrets: [String: String] { ["token": token] }
    package var settings: [String: String] { ["account_id": String(account)] }

    package func refusal(ofCredentialsIn request: FakeRequest) -> FakeReply? {
        request.values(ofHeader: "api_access_token") == [token] ? nil : failure(401, "Invalid Access Token")
    }

    package func faults(inHeadersOf request: FakeRequest, hasBody: Bool) -> [String] {
        !hasBody || FakeHeaders.isJSON(request) ? [] : ["the Content-Type is not application/json"]
    }

    package static let invalidStatus = 422

    package func failure(_ status: Int, _ message: String) -> FakeReply {
        switch status {
        case 429: FakeReply(status: 429, headers: [.init("Content-Type", "text/plain")], body: Array("Retry later\n".utf8))
        case 500...: FakeReply(status: status, headers: [.init("Content-Type", "text/html")], body: Array("<html></html>".utf8))
        default: .json(status, ["error": .string(message)])
        }
    }

    package mutating func admit(_ request: FakeRequest, operation: String) -> FakeReply? {
        guard quota != nil else { return nil }
        return quota?.take("", at: request.arrivedAt) == true ? nil : failure(429, "")
    }
}

// MARK: - What its calls do

extension FakeChatwoot {
    typealias Answer = FakeAnswer<FakeChatwoot>

    private static let notFound = "Resource could not be found"

    /// - Parameter forBots: true for a call that the token of an agent bot may make too.
    private func inAccount(_ call: FakeCall, forBots: Bool, _ body: () -> Answer) -> Answer {
        if isBot, !forBots { return .says(failure(401, "Access to this endpoint is not authorized for bots")) }
        return Int64(call.capture("account")) == account ? body() : .says(failure(404, Self.notFound))
    }

    private func withConversation(
        _ call: FakeCall, forBots: Bool = false, _ body: (Int64, Conversation) -> Answer
    ) -> Answer {
        inAccount(call, forBots: forBots) {
            let name = call.capture("conversation")
            guard let id = Int64(name), let conversation = conversations[id] else {
                var answer = Answer.says(failure(404, Self.notFound), in: name)
                if Int64(name) == nil { answer.complaint = "the conversation's id is no number" }
                return answer
            }
            var answer = body(id, conversation)
            answer.conversation = name
            return answer
        }
    }

    private func withContact(_ call: FakeCall, _ body: (Int64, Contact) -> Answer) -> Answer {
        inAccount(call, forBots: false) {
            guard let id = Int64(call.capture("contact")), let contact = contacts[id] else {
                return .says(failure(404, Self.notFound))
            }
            return body(id, contact)
        }
    }

    func createMessage(_ call: FakeCall) -> Answer {
        withConversation(call, forBots: true) { id, conversation in
            if conversation.messages.count >= mostMessages {
                return .says(failure(422, "Validation failed: Too many messages"))
            }
            let content = call["content"]?.string ?? ""
            if content.unicodeScalars.count > 150_000 {
                return .says(failure(422, "Validation failed: Content is too long (maximum is 150000 characters)"))
            }
            let items = call["content_attributes"]?["items"]?.array ?? []
            let message = Message(
                id: 5_020 + messageCount, content: content, isPrivate: call["private"]?.bool ?? false,
                contentType: call["content_type"]?.string ?? "text", options: items.compactMap { $0["title"]?.string },
                template: call["template_params"]?["name"]?.string)
            var answer = Answer.does(.json(200, json(of: message, in: id))) { api in
                api.messageCount += 1
                api.conversations[id]?.messages.append(message)
            }
            if message.contentType == "input_select", items.isEmpty { answer.complaint = "an input_select has no items" }
            if !message.isPrivate { answer.text = content }
            return answer
        }
    }

    func messages(_ call: FakeCall) -> Answer {
        withConversation(call) { id, conversation in
            let list = conversation.messages.map { json(of: $0, in: id) }
            return .says(.json(200, ["meta": [:], "payload": .array(list)]))
        }
    }

    private func json(of message: Message, in conversation: Int64) -> FakeJSON {
        [
            "id": .integer(message.id), "content": .string(message.content), "conversation_id": .integer(conversation),
            "message_type": 1, "content_type": .string(message.contentType), "private": .bool(message.isPrivate),
            "status": "sent", "created_at": 1_767_607_200, "source_id": .null,
        ]
    }

    func setStatus(_ call: FakeCall) -> Answer {
        withConversation(call, forBots: true) { id, _ in
            let status = call["status"]?.string ?? ""
            let reply: FakeJSON = [
                "meta": [:],
                "payload": ["success": true, "current_status": .string(status), "conversation_id": .integer(id)],
            ]
            return .does(.json(200, reply)) { $0.conversations[id]?.status = status }
        }
    }

    func setPriority(_ call: FakeCall) -> Answer {
        withConversation(call, forBots: true) { id, _ in
            .does(.empty(200)) { $0.conversations[id]?.priority = call["priority"]?.string }
        }
    }

    func setAttributes(_ call: FakeCall) -> Answer {
        withConversation(call, forBots: true) { id, _ in
            let attributes = call["custom_attributes"]?.object ?? [:]
            return .does(.json(200, ["custom_attributes": .object(attributes)])) {
                $0.conversations[id]?.attributes = attributes
            }
        }
    }

    /// An assignee goes before a team. Who is not there is nobody, which is answered with `null` and set all the same.
    func assign(_ call: FakeCall) -> Answer {
        withConversation(call, forBots: true) { id, _ in
            if let assignee = call["assignee_id"] {
                let user = assignee.integer.flatMap { users.contains($0) ? $0 : nil }
                let reply = user.map { FakeJSON.object(["id": .integer($0), "name": .string("User \($0)")]) } ?? .null
                return .does(.json(200, reply)) { $0.conversations[id]?.assignee = user }
            }
            let team = call["team_id"]?.integer.flatMap { teams.contains($0) ? $0 : nil }
            let reply = team.map { FakeJSON.object(["id": .integer($0), "name": .string("team \($0)")]) } ?? .null
            return .does(.json(200, reply)) { $0.conversations[id]?.team = team }
        }
    }

    func labels(_ call: FakeCall) -> Answer {
        withConversation(call) { _, conversation in .says(labels(conversation.labels)) }
    }

    func saveLabels(_ call: FakeCall) -> Answer {
        withConversation(call) { id, _ in
            let list = call["labels"]?.strings ?? []
            return .does(labels(list)) { $0.conversations[id]?.labels = list }
        }
    }

    func contactLabels(_ call: FakeCall) -> Answer {
        withContact(call) { _, contact in .says(labels(contact.labels)) }
    }

    func saveContactLabels(_ call: FakeCall) -> Answer {
        withContact(call) { id, _ in
            let list = call["labels"]?.strings ?? []
            return .does(labels(list)) { $0.contacts[id]?.labels = list }
        }
    }

    private func labels(_ list: [String]) -> FakeReply { .json(200, ["payload": .array(list.map(FakeJSON.string))]) }

    func conversation(_ call: FakeCall) -> Answer {
        withConversation(call) { id, conversation in
            .says(
                .json(
                    200,
                    [
                        "id": .integer(id), "status": .string(conversation.status),
                        "labels": .array(conversation.labels.map(FakeJSON.string)),
                    ]))
        }
    }

    /// Custom attributes are merged.
    func saveContact(_ call: FakeCall) -> Answer {
        withContact(call) { id, _ in
            if let phone = call["phone_number"]?.string, !Self.isE164(phone) {
                let text = "Phone number should be in e164 format"
                return .says(.json(422, ["message": .string(text), "attributes": ["phone_number"]]))
            }
            return .does(.json(200, ["payload": ["id": .integer(id)]])) { api in
                for key in ["name", "email", "phone_number", "identifier"] {
                    if let text = call[key]?.string { api.contacts[id]?.fields[key] = text }
                }
                api.contacts[id]?.attributes.merge(call["custom_attributes"]?.object ?? [:]) { $1 }
            }
        }
    }

    private static func isE164(_ phone: String) -> Bool {
        let digits = phone.utf8.dropFirst()
        return phone.hasPrefix("+") && (2...15).contains(digits.count) && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    func teamList(_ call: FakeCall) -> Answer { inAccount(call, forBots: false) { .says(list(teams, "team")) } }
    func agentList(_ call: FakeCall) -> Answer { inAccount(call, forBots: false) { .says(list(users, "User")) } }

    private func list(_ ids: Set<Int64>, _ word: String) -> FakeReply {
        .json(200, .array(ids.sorted().map { ["id": .integer($0), "name": .string("\(word) \($0)")] }))
    }

    func profile(_ call: FakeCall) -> Answer {
        isBot
            ? .says(failure(401, "Access to this endpoint is not authorized for bots"))
            : .says(.json(200, ["id": 7, "name": "Bellhop", "email": "bellhop@example.com", "account_id": .integer(account)]))
    }
}

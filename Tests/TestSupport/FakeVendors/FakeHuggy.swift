/// Huggy's API, version 3, with the calls of version 2 that have no successor.
package struct FakeHuggy: FakeVendorAPI {
    /// Both versions: `/v3` and `/v2` are part of the paths.
    package static let basePath = ""

    package struct Message: Sendable, Hashable {
        package var id: Int64
        package var text: String
        package var isInternal: Bool
        package var options: [String]
        package var file: String?
    }

    package struct Chat: Sendable, Hashable {
        package var contact: Int64
        /// `auto`, `wait_for_chat`, `in_chat`, `finishing`, `blocked`.
        package var situation: String
        package var agent: Int64?
        package var department: Int64?
        package var workflowStep: Int64?
        package var flow: Int64?
        package var variables: [String: FakeJSON] = [:]
        package var messages: [Message] = []
        package var tabulation: String?
        package var comment: String?
        package var asksForFeedback: Bool?
        package var channel = "widget"
        package var createdAt = "2026-01-01 00:00:00"

        package init(contact: Int64, situation: String = "auto", agent: Int64? = nil, department: Int64? = nil) {
            self.contact = contact
            self.situation = situation
            self.agent = agent
            self.department = department
        }
    }

    package var token: String
    package var chats: [Int64: Chat]
    /// The members that a contact has, by their names in answers.
    package var contacts: [Int64: [String: FakeJSON]]
    package var agents: Set<Int64>
    package var departments: Set<Int64>
    /// Nil: no limit. The vendor has one, but does not say how high.
    package var quota: FakeFixedWindow?
    private var messageCount: Int64 = 0

    package init(
        token: String = "huggy-access-token-0001", chats: [Int64: Chat] = [:], contacts: [Int64: [String: FakeJSON]] = [:],
        agents: Set<Int64> = [], departments: Set<Int64> = [], quota: FakeFixedWindow? = nil
    ) {
        self.token = token
        self.chats = chats
        self.contacts = contacts
        self.agents = agents
        self.departments = departments
        self.quota = quota
    }

    package var secrets: [String: String] { ["token": token] }

    package func refusal(ofCredentialsIn request: FakeRequest) -> FakeReply? {
        request.values(ofHeader: "authorization") == ["Bearer \(token)"] ? nil : failure(401, "")
    }

    package func faults(inHeadersOf request: FakeRequest, hasBody: Bool) -> [String] {
        var faults: [String] = []
        // Its pages ask for it in every call: without it an error may be a page, or a redirect to one.
        if request.values(ofHeader: "accept") != ["application/json"] { faults.append("Accept is not application/json") }
        // Among the headers of every call there, also of one that changes something without a body.
        if hasBody || ["POST", "PUT"].contains(request.method), !FakeHeaders.isJSON(request) {
            faults.append("the Content-Type is not application/json")
        }
        return faults
    }

    package func failure(_ status: Int, _ message: String) -> FakeReply {
        switch status {
        case 401:
            .json(
                401,
                [
                    "error": "access_denied", "message": "The resource owner denied the request.",
                    "hint": "Access token is invalid",
                ])
        case 403: .json(403, ["reason": "Desculpe, você não tem permissão"])
        case 500...: FakeReply(status: status, headers: [.init("Content-Type", "text/html")], body: Array("<html></html>".utf8))
        default: .json(status, ["reason": .string(message)])
        }
    }

    package mutating func admit(_ request: FakeRequest, operation: String) -> FakeReply? {
        guard quota != nil else { return nil }
        return quota?.take("", at: request.arrivedAt) == true ? nil : failure(429, "Too many requests")
    }
}

// MARK: - What its calls do

extension FakeHuggy {
    typealias Answer = FakeAnswer<FakeHuggy>

    /// An existing chat's id, or the answer to one that is none.
    func withChat(_ call: FakeCall, _ body: (Int64, Chat) -> Answer) -> Answer {
        let name = call.capture("chat")
        guard let id = Int64(name), let chat = chats[id] else {
            var answer = Answer.says(failure(404, "Chat não encontrado"), in: name)
            if Int64(name) == nil { answer.complaint = "the chat's id is no number" }
            return answer
        }
        var answer = body(id, chat)
        answer.conversation = name
        return answer
    }

    func refused(_ status: Int, _ field: String, _ text: String) -> Answer {
        .says(.json(status, ["reason": .object([field: .string(text)])]))
    }

    func sendMessage(_ call: FakeCall) -> Answer {
        withChat(call) { id, chat in
            let text = call["text"]?.string ?? ""
            let file = call["file"]?.string ?? call["fileName"]?.string
            if text.isEmpty, file == nil, call["hsm"] == nil { return refused(400, "text", "O texto é obrigatório") }
            if let file, call["file"] != nil, !file.hasPrefix("http") { return .says(failure(400, "Arquivo inválido")) }
            if chat.situation == "finishing" { return .says(failure(400, "Chat finalizado")) }
            let message = Message(
                id: 51_917_000 + messageCount, text: text, isInternal: call["isInternal"]?.bool ?? false,
                options: call["options"]?.array?.compactMap { $0["title"]?.string } ?? [], file: file)
            let reply: FakeJSON = [
                "id": .integer(message.id), "text": .string(text), "senderType": "agent", "sendAt": "2026-01-01 00:00:00",
                "sender": ["id": 1, "name": "Auto"], "file": file.map(FakeJSON.string) ?? .null, "type": "text",
            ]
            var answer = Answer.does(.json(201, reply)) { api in
                api.messageCount += 1
                api.chats[id]?.messages.append(message)
            }
            answer.text = text
            return answer
        }
    }

    func assign(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in
            guard let agent = call["agentId"]?.integer, agents.contains(agent) else {
                return refused(400, "agentId", "Agente inválido")
            }
            return .does(.empty(200)) { api in
                api.chats[id]?.agent = agent
                api.chats[id]?.situation = "in_chat"
            }
        }
    }

    func setDepartment(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in
            guard let department = call["department"]?.integer, departments.contains(department) else {
                return refused(400, "department", "Departamento inválido")
            }
            return .does(.empty(200)) { $0.chats[id]?.department = department }
        }
    }

    func setWorkflow(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in .does(.empty(200)) { $0.chats[id]?.workflowStep = call["stepId"]?.integer } }
    }

    func close(_ call: FakeCall) -> Answer {
        withChat(call) { id, chat in
            if chat.situation == "finishing" { return .says(failure(400, "Chat finalizado")) }
            let comment = call["comment"]?.string
            var answer = Answer.does(.empty(200)) { api in
                api.chats[id]?.situation = "finishing"
                api.chats[id]?.comment = comment
                api.chats[id]?.asksForFeedback = call["sendFeedback"]?.bool
                api.chats[id]?.tabulation = call["tabulation"]?.string ?? call["tabulation"]?.integer.map { String($0) }
            }
            answer.text = comment
            return answer
        }
    }

    func startFlow(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in
            .does(.empty(200)) { api in
                api.chats[id]?.flow = call["flowId"]?.integer
                api.chats[id]?.variables.merge(call["variables"]?.object ?? [:]) { $1 }
            }
        }
    }

    func variables(_ call: FakeCall) -> Answer {
        withChat(call) { _, chat in .says(.json(200, ["contextVariables": .object(chat.variables)])) }
    }

    /// Version 2: back to the queue.
    func queue(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in
            .does(.empty(204)) { api in
                api.chats[id]?.situation = "wait_for_chat"
                api.chats[id]?.agent = nil
            }
        }
    }

    /// Version 2.
    func reopen(_ call: FakeCall) -> Answer {
        withChat(call) { id, chat in
            guard chat.situation == "finishing" else { return .says(failure(400, "Chat aberto")) }
            return .does(.empty(204)) { $0.chats[id]?.situation = "in_chat" }
        }
    }

    func feedback(_ call: FakeCall) -> Answer {
        withChat(call) { _, _ in .says(.json(200, [])) }
    }

    func setSituation(_ call: FakeCall) -> Answer {
        withChat(call) { id, _ in
            .does(.empty(204)) { $0.chats[id]?.situation = call["situation"]?.string ?? "" }
        }
    }

    func chat(_ call: FakeCall) -> Answer {
        withChat(call) { id, chat in
            let more: [String: FakeJSON] = ["unread": 0, "enabledSession": true]
            return .says(.json(200, .object(members(of: chat, id).merging(more) { $1 })))
        }
    }

    func chatList(_ call: FakeCall) -> Answer {
        let found = chats.sorted { $0.key < $1.key }.filter { _, chat in
            func isAs(_ name: String, _ value: String?) -> Bool { call.query(name).map { $0 == value } ?? true }
            let (from, to) = (call.query("created_at_from") ?? "", call.query("created_at_to") ?? "9999")
            return isAs("agent", chat.agent.map { String($0) }) && isAs("situation", chat.situation)
                && isAs("customer", String(chat.contact)) && isAs("channel", chat.channel)
                && from <= chat.createdAt && chat.createdAt <= to
        }
        return .says(.json(200, .array(page(found, call).map { .object(members(of: $0.value, $0.key)) })))
    }

    private func members(of chat: Chat, _ id: Int64) -> [String: FakeJSON] {
        let last = chat.messages.last.map { message -> FakeJSON in
            ["text": .string(message.text), "sendAt": "2026-01-01 00:00:00", "sender": ["id": 1, "name": "Auto"]]
        }
        return [
            "id": .integer(id), "situation": .string(chat.situation), "contactId": .integer(chat.contact),
            "agentId": chat.agent.map(FakeJSON.integer) ?? .null, "createdAt": .string(chat.createdAt),
            "lastMessage": last ?? .null,
        ]
    }

    /// Twenty at a time, the first by page 0; nothing behind the last.
    func page<Item>(_ items: [Item], _ call: FakeCall) -> ArraySlice<Item> {
        items.dropFirst((call.query("page").flatMap { Int($0) } ?? 0) * 20).prefix(20)
    }

    func messages(_ call: FakeCall) -> Answer {
        withChat(call) { _, chat in
            if chat.situation == "auto" { return .says(failure(403, "")) }
            let list = page(chat.messages, call).map { message in
                FakeJSON.object(["id": .integer(message.id), "body": .string(message.text), "senderType": "agent"])
            }
            return .says(.json(200, .array(list)))
        }
    }
}

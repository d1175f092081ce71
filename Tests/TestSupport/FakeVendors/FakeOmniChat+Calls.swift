// What its writing calls do.

extension FakeOmniChat {
    typealias Answer = FakeAnswer<FakeOmniChat>

    func withChat(_ id: String, _ body: (Chat) -> Answer) -> Answer {
        var answer = chats[id].map(body) ?? .says(failure(404, "Object not found."))
        answer.conversation = id
        return answer
    }

    func sendMessage(_ call: FakeCall) -> Answer {
        if call["templateId"] != nil { return sendTemplate(call) }
        let chatID = call["chatId"]?.string ?? ""
        return withChat(chatID) { _ in
            let type = call["type"]?.string ?? ""
            let button = call["button"]
            let text = call["message"]?.string ?? button?["body"]?.string ?? ""
            if let fault = fault(ofMessage: call, type: type) {
                var answer = Answer.says(failure(400, fault))
                answer.complaint = fault
                return answer
            }
            let id = nextMessageID()
            let message = Message(
                id: id, type: type, text: text, buttons: button?["buttons"]?.strings ?? [],
                file: call["attachment"]?["file"]?.string)
            var answer = Answer.does(.json(200, ["objectId": .string(id)])) { $0.store(message, in: chatID) }
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

    /// Into the chat of that number, or a new one: its id is not in the answer, only in that of reading the message.
    private func sendTemplate(_ call: FakeCall) -> Answer {
        let template = Template(
            id: call["templateId"]?.string ?? "", platformID: call["platformId"]?.string ?? "",
            tokens: call["templateTokens"]?.strings ?? [])
        let known = chats.filter { $0.value.platformID == template.platformID }.keys.min()
        let digits = String(chats.count)
        let chat = known ?? "c" + String(repeating: "0", count: max(9 - digits.count, 0)) + digits
        let id = nextMessageID()
        let message = Message(
            id: id, type: "TEMPLATE", text: template.tokens.joined(separator: " "), file: call["attachmentUrl"]?.string)
        return .does(.json(200, ["objectId": .string(id)]), in: chat) { api in
            if known == nil {
                api.chats[chat] = Chat()
                api.chats[chat]?.platformID = template.platformID
            }
            api.store(message, in: chat)
            api.templates.append(template)
        }
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
}

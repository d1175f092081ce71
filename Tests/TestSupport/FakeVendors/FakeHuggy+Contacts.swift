// What its calls for contacts do.

extension FakeHuggy {
    private func withContact(_ call: FakeCall, _ body: (Int64, [String: FakeJSON]) -> Answer) -> Answer {
        let name = call.capture("contact")
        guard let id = Int64(name), let contact = contacts[id] else {
            var answer = Answer.says(failure(404, "Contato não encontrado"))
            if Int64(name) == nil { answer.complaint = "the contact's id is no number" }
            return answer
        }
        return body(id, contact)
    }

    func contact(_ call: FakeCall) -> Answer {
        withContact(call) { _, contact in .says(.json(200, .object(contact))) }
    }

    func updateContact(_ call: FakeCall) -> Answer {
        withContact(call) { id, _ in
            let changes = call.body.object ?? [:]
            return .does(.empty(200)) { $0.contacts[id]?.merge(changes) { $1 } }
        }
    }

    func deleteContact(_ call: FakeCall) -> Answer {
        withContact(call) { id, _ in .does(.empty(204)) { $0.contacts[id] = nil } }
    }

    /// By the digits of a phone: with a `+` nobody is found.
    func findContacts(_ call: FakeCall) -> Answer {
        let phone = call.query("phone")
        let found = contacts.sorted { $0.key < $1.key }.filter { phone == nil || $0.value["phone"]?.string == phone }
        return .says(.json(200, .array(page(found, call).map { .object($0.value) })))
    }

    func createContact(_ call: FakeCall) -> Answer {
        let members = call.body.object ?? [:]
        if contacts.values.contains(where: { $0["phone"] == members["phone"] }) {
            return .says(failure(400, "já existe um contato com esse telefone"))
        }
        let id = (contacts.keys.max() ?? 0) + 1
        return .does(.json(201, .object(members.merging(["id": .integer(id)]) { $1 }))) { $0.contacts[id] = members }
    }

    func timeline(_ call: FakeCall) -> Answer {
        withContact(call) { id, _ in
            let entries = chats.sorted { $0.key < $1.key }.filter { $0.value.contact == id }.map { chat -> FakeJSON in
                [
                    "chatID": .string(String(chat.key)), "title": "Started chat", "time": "2026/01/01 00:00:00",
                    "deleted": false,
                ]
            }
            return .says(.json(200, .array(entries)))
        }
    }

    func openChat(_ call: FakeCall) -> Answer {
        withContact(call) { contact, _ in
            let id = nextChat
            return .does(.json(201, ["id": .integer(id)]), in: String(id)) { $0.chats[id] = Chat(contact: contact) }
        }
    }

    /// In the chat that the contact has, or a new one.
    func executeFlow(_ call: FakeCall) -> Answer {
        withContact(call) { contact, _ in
            let chat = chat(of: contact)
            return .does(FakeReply(status: 200, body: Array("Flow sent".utf8)), in: String(chat)) { api in
                api.start(call["flowId"]?.integer, call, in: chat, of: contact)
            }
        }
    }

    /// Version 2.
    func executeFlowOfPath(_ call: FakeCall) -> Answer {
        withContact(call) { contact, _ in
            guard let flow = Int64(call.capture("flow")) else { return .says(failure(404, "Fluxo não encontrado")) }
            let chat = chat(of: contact)
            return .does(.json(200, ["reason": "Flow sent", "chatID": .integer(chat)]), in: String(chat)) { api in
                api.start(flow, call, in: chat, of: contact)
            }
        }
    }

    private func chat(of contact: Int64) -> Int64 {
        chats.filter { $0.value.contact == contact && $0.value.situation != "finishing" }.keys.min() ?? nextChat
    }

    private var nextChat: Int64 { (chats.keys.max() ?? 0) + 1 }

    private mutating func start(_ flow: Int64?, _ call: FakeCall, in id: Int64, of contact: Int64) {
        var chat = chats[id] ?? Chat(contact: contact)
        chat.flow = flow
        chat.variables.merge(call["variables"]?.object ?? [:]) { $1 }
        chats[id] = chat
    }
}

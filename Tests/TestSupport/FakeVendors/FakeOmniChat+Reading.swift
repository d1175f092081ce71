// What its reading calls answer.

extension FakeOmniChat {
    // MARK: - Lists

    func chatList(_ call: FakeCall) -> Answer {
        list(chats.sorted { $0.key < $1.key }.map { json(of: $0.value, $0.key) }, call)
    }

    func messages(_ call: FakeCall) -> Answer {
        withChat(call.capture("chat")) { chat in list(chat.messages.map { json(of: $0) }, call) }
    }

    func interactionList(_ call: FakeCall) -> Answer {
        list(interactions.sorted { $0.key < $1.key }.map { json(of: $0.value, $0.key) }, call)
    }

    func teamList(_ call: FakeCall) -> Answer { list(teams.sorted().map(json(ofTeam:)), call) }

    /// A bare array, filtered, in order, and cut.
    private func list(_ items: [FakeJSON], _ call: FakeCall) -> Answer {
        var items = items
        for name in ["createdAt", "updatedAt"] {
            // Times are written alike, so that their order is that of their letters; a date alone is before its times.
            func time(_ item: FakeJSON) -> String { item[name]?.string ?? "" }
            if let after = call.query(name + ".gt") { items = items.filter { time($0) > after } }
            switch call.query("order." + name) {
            case "ASC": items.sort { time($0) < time($1) }
            case "DESC": items.sort { time($0) > time($1) }
            default: break
            }
        }
        let offset = call.query("offset").flatMap { Int($0) } ?? 0
        let limit = call.query("limit").flatMap { Int($0) } ?? 100
        return .says(.json(200, .array(Array(items.dropFirst(offset).prefix(limit)))))
    }

    // MARK: - Single objects

    func chat(_ call: FakeCall) -> Answer {
        let id = call.capture("chat")
        guard readsSingleObjects else { return notFound }
        return withChat(id) { .says(.json(200, json(of: $0, id))) }
    }

    func interaction(_ call: FakeCall) -> Answer {
        let id = call.capture("interaction")
        return single(interactions[id].map { json(of: $0, id) }, in: interactions[id]?.chat)
    }

    func order(_ call: FakeCall) -> Answer {
        let id = call.capture("order")
        return single(orders[id].map { .object($0.merging(["objectId": .string(id)]) { $1 }) })
    }

    func team(_ call: FakeCall) -> Answer {
        let id = call.capture("team")
        return single(teams.contains(id) ? json(ofTeam: id) : nil)
    }

    func user(_ call: FakeCall) -> Answer {
        let id = call.capture("user")
        guard users.contains(id) else { return notFound }
        return single(.object(person(id).merging(["objectId": .string(id)]) { $1 }))
    }

    /// The one call of its kind that is in use elsewhere.
    func message(_ call: FakeCall) -> Answer {
        let id = call.capture("message")
        for (chat, messages) in chats.mapValues(\.messages) {
            guard let message = messages.first(where: { $0.id == id }) else { continue }
            let pointer: FakeJSON = ["className": "Chat", "objectId": .string(chat)]
            return .says(.json(200, .object((json(of: message).object ?? [:]).merging(["chat": pointer]) { $1 })), in: chat)
        }
        return notFound
    }

    private func single(_ object: FakeJSON?, in chat: String? = nil) -> Answer {
        guard readsSingleObjects, let object else { return notFound }
        return .says(.json(200, object), in: chat)
    }

    private var notFound: Answer { .says(failure(404, "Object not found.")) }

    // MARK: - Objects

    private func json(of chat: Chat, _ id: String) -> FakeJSON {
        .object(present: [
            "objectId": .string(id), "status": .string(chat.status), "platform": .string(chat.platform),
            "platformId": chat.platformID.map(FakeJSON.string), "name": chat.name.map(FakeJSON.string),
            "email": chat.email.map(FakeJSON.string), "phone": chat.phone.map(json(of:)),
            "labels": .array(chat.labels.map { ["objectId": .string($0)] }),
            // Without an id; null while the bot has the chat.
            "user": chat.user.map { .object(person($0)) } ?? .null, "team": chat.team.map(json(ofTeam:)),
            "customer": chat.customer.map(FakeJSON.object), "createdAt": .string(chat.createdAt),
            "updatedAt": .string(chat.updatedAt),
        ])
    }

    private func json(of phone: Phone) -> FakeJSON {
        [
            "countryCode": .string(phone.countryCode), "areaCode": .string(phone.areaCode),
            "phoneNumber": .string(phone.phoneNumber),
        ]
    }

    private func json(of message: Message) -> FakeJSON {
        .object(present: [
            "objectId": .string(message.id), "type": .string(message.type), "status": .string(message.status),
            "text": message.text.isEmpty ? nil : .string(message.text), "attachmentUrl": message.file.map(FakeJSON.string),
            "createdAt": .string(message.createdAt), "updatedAt": .string(message.updatedAt),
        ])
    }

    private func json(of interaction: Interaction, _ id: String) -> FakeJSON {
        let chat = chats[interaction.chat]
        return .object(present: [
            "objectId": .string(id), "status": .string(interaction.status),
            // Misspelt by the vendor.
            "botFowardedToTeam": interaction.team.map(FakeJSON.string),
            "chat": .object(present: [
                "objectId": .string(interaction.chat), "name": chat?.name.map(FakeJSON.string),
                "platformId": chat?.platformID.map(FakeJSON.string), "team": chat?.team.map { ["objectId": .string($0)] },
            ]),
            "customer": interaction.customer.map(FakeJSON.object), "createdAt": .string(interaction.createdAt),
            "updatedAt": .string(interaction.updatedAt),
        ])
    }

    private func json(ofTeam id: String) -> FakeJSON { ["objectId": .string(id), "name": .string("Team \(id)")] }

    private func person(_ id: String) -> [String: FakeJSON] {
        ["name": "User", "lastName": .string(id), "email": .string("\(id)@example.org")]
    }
}

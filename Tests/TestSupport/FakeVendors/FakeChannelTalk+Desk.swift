// What belongs to the channel and to no chat: managers, bots, tags, webhooks, announcements.
extension FakeChannelTalk {
    func manager(_ call: FakeCall) -> Answer {
        let id = call.capture("manager")
        guard managers.contains(id) else { return .says(failure(404, "manager not found")) }
        return .says(.json(200, ["manager": ["id": .string(id), "name": .string(id)]]))
    }

    /// Makes a bot, or changes the one of that name.
    func saveBot(_ call: FakeCall) -> Answer {
        let bot = call.body
        return .does(.json(200, ["bot": bot])) { $0.bots[bot["name"]?.string ?? ""] = bot }
    }

    func announce(_ call: FakeCall) -> Answer {
        if let fault = Self.fault(ofMessage: call.body) {
            var answer = Answer.says(failure(422, fault))
            answer.complaint = fault
            return answer
        }
        let named = call.queries("managerIds")
        guard managers.isSuperset(of: named) else { return .says(failure(404, "manager not found")) }
        let announcement = Announcement(text: Self.text(of: call.body), managers: named)
        return .does(.json(200, ["announcement": ["managerIds": .array(named.map(FakeJSON.string))]])) {
            $0.announcements.append(announcement)
        }
    }

    // MARK: Tags that are defined

    func tagList(_ call: FakeCall) -> Answer {
        .says(.json(200, ["chatTags": .array(chatTags.sorted { $0.key < $1.key }.map(\.value))]))
    }

    func createTag(_ call: FakeCall) -> Answer {
        let name = call["name"]
        if let refusal = refusal(ofTag: name) { return refusal }
        if chatTags.count >= 1_000 || chatTags.values.contains(where: { $0["name"] == name }) {
            return .says(failure(422, "the tag cannot be made"))
        }
        let id = "tag-\(made)"
        let tag = FakeJSON.object((call.body.object ?? [:]).merging(["id": .string(id)]) { $1 })
        return .does(.json(200, ["chatTag": tag])) { api in
            api.made += 1
            api.chatTags[id] = tag
        }
    }

    private func refusal(ofTag name: FakeJSON?) -> Answer? {
        guard let name = name?.string, name.contains(where: { ".\\$%".contains($0) || $0.isWhitespace }) else { return nil }
        var answer = Answer.says(failure(422, "the name of a tag has a character that is not allowed there"))
        answer.complaint = "the name of a tag has a character that is not allowed there"
        return answer
    }

    func changeTag(_ call: FakeCall) -> Answer {
        let id = call.capture("tag")
        if let refusal = refusal(ofTag: call["name"]) { return refusal }
        guard let tag = chatTags[id]?.object else { return .says(failure(404, "chat tag not found")) }
        let changed = FakeJSON.object(tag.merging(call.body.object ?? [:]) { $1 })
        return .does(.json(200, ["chatTag": changed])) { $0.chatTags[id] = changed }
    }

    func deleteTag(_ call: FakeCall) -> Answer {
        let id = call.capture("tag")
        guard chatTags[id] != nil else { return .says(failure(404, "chat tag not found")) }
        return .does(.empty(204)) { $0.chatTags[id] = nil }
    }

    // MARK: Webhooks

    func webhookList(_ call: FakeCall) -> Answer {
        .says(.json(200, ["webhooks": .array(webhooks.sorted { $0.key < $1.key }.map(\.value))]))
    }

    func webhook(_ call: FakeCall) -> Answer {
        guard let webhook = webhooks[call.capture("webhook")] else { return .says(failure(404, "webhook not found")) }
        return .says(.json(200, ["webhook": webhook]))
    }

    /// At most ten, each with a name of its own.
    func createWebhook(_ call: FakeCall) -> Answer {
        let name = call["name"]
        if webhooks.count >= 10 || webhooks.values.contains(where: { $0["name"] == name }) {
            return .says(failure(422, "the webhook cannot be made"))
        }
        let id = "\(200 + made)"
        let own: [String: FakeJSON] = ["id": .string(id), "token": "0123456789abcdef", "blocked": false]
        let webhook = FakeJSON.object((call.body.object ?? [:]).merging(own) { $1 })
        return .does(.json(200, ["webhook": webhook])) { api in
            api.made += 1
            api.webhooks[id] = webhook
        }
    }

    func changeWebhook(_ call: FakeCall) -> Answer {
        let id = call.capture("webhook")
        guard let webhook = webhooks[id]?.object else { return .says(failure(404, "webhook not found")) }
        let changed = FakeJSON.object(webhook.merging(call.body.object ?? [:]) { $1 })
        return .does(.json(200, ["webhook": changed])) { $0.webhooks[id] = changed }
    }

    func deleteWebhook(_ call: FakeCall) -> Answer {
        let id = call.capture("webhook")
        guard webhooks[id] != nil else { return .says(failure(404, "webhook not found")) }
        return .does(.empty(204)) { $0.webhooks[id] = nil }
    }
}

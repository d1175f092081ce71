// By the visitor's token, without credentials.
extension FakeRocketChat {
    private func visitor(_ call: FakeCall) -> (id: String, room: String?)? {
        let token = call["token"]?.string
        return visitors.first { $0.value.token == token }.map { visitor in
            (visitor.key, rooms.first { $0.value.visitor == visitor.key && $0.value.isOpen }?.key)
        }
    }

    func visitorMessage(_ call: FakeCall) -> Answer {
        let roomID = call["rid"]?.string ?? ""
        guard let visitor = visitor(call) else { return Self.error("invalid-token") }
        guard let room = rooms[roomID], room.visitor == visitor.id else { return Self.error("invalid-room") }
        guard room.isOpen else { return Self.error("room-closed", in: roomID) }
        let text = call["msg"]?.string ?? ""
        let id = call["_id"]?.string ?? "srv\(roomOfMessage.count)"
        var answer = post(Message(id: id, text: text, author: visitor.id), to: roomID)
        answer.conversation = roomID
        answer.key = call["_id"]?.string
        answer.text = text
        return answer
    }

    func setField(_ call: FakeCall) -> Answer {
        guard let visitor = visitor(call) else { return Self.error("invalid-token") }
        guard let change = fieldChange(call.body, visitor) else { return Self.error("invalid-custom-field") }
        return .does(.json(200, ["field": call.body, "success": true]), in: visitor.room, change)
    }

    func setFields(_ call: FakeCall) -> Answer {
        guard let visitor = visitor(call) else { return Self.error("invalid-token") }
        let fields = call["customFields"]?.array ?? []
        let changes = fields.compactMap { fieldChange($0, visitor) }
        guard changes.count == fields.count else { return Self.error("invalid-custom-field") }
        return .does(.json(200, ["fields": .array(fields), "success": true]), in: visitor.room) { api in
            for change in changes { change(&api) }
        }
    }

    /// The field's own scope decides where its value goes.
    private func fieldChange(
        _ field: FakeJSON, _ visitor: (id: String, room: String?)
    ) -> (@Sendable (inout FakeRocketChat) -> Void)? {
        guard let key = field["key"]?.string, let value = field["value"]?.string else { return nil }
        let overwrites = field["overwrite"]?.bool ?? true
        let (id, room) = visitor
        if roomFields.contains(key) {
            return { api in
                guard let room, overwrites || api.rooms[room]?.fields[key] == nil else { return }
                api.rooms[room]?.fields[key] = value
            }
        }
        guard visitorFields.contains(key) else { return nil }
        return { api in
            guard overwrites || api.visitors[id]?.fields[key] == nil else { return }
            api.visitors[id]?.fields[key] = value
        }
    }
}

// By the visitor's token, without credentials.
extension FakeRocketChat {
    private func visitor(_ call: FakeCall) -> (id: String, room: String?)? {
        let token = call["token"]?.string ?? call.query("token")
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

    /// Of a user, in a visitor's name: ids are the server's, so that a repeat is another message.
    func visitorMessages(_ call: FakeCall) -> Answer {
        let token = call["visitor"]?["token"]?.string ?? ""
        guard let id = visitors.first(where: { $0.value.token == token })?.key else { return Self.error("invalid-token") }
        let open = rooms.first { $0.value.visitor == id && $0.value.isOpen }?.key
        let texts = (call["messages"]?.array ?? []).map { $0["msg"]?.string ?? "" }
        let roomID = open ?? "room-\(made)"
        let count = roomOfMessage.count
        let stored = texts.enumerated().map { Message(id: "srv\(count + $0)", text: $1, author: id) }
        return .does(
            .json(200, ["messages": .array(texts.map { ["msg": .string($0)] }), "success": true]), in: roomID
        ) { api in
            api.made += 1
            if open == nil { api.rooms[roomID] = Room(visitor: id) }
            for message in stored {
                api.rooms[roomID]?.messages.append(message)
                api.roomOfMessage[message.id] = roomID
            }
        }
    }

    /// One message of the visitor's room, as a path and a query name them.
    private func own(_ call: FakeCall, _ body: (String, Room, Int) -> Answer) -> Answer {
        let roomID = call["rid"]?.string ?? call.query("rid") ?? ""
        guard let visitor = visitor(call) else { return Self.error("invalid-token") }
        guard let room = rooms[roomID], room.visitor == visitor.id else { return Self.error("invalid-room") }
        let id = call.capture("message")
        guard let place = room.messages.firstIndex(where: { $0.id == id }) else {
            return Self.error("invalid-message", in: roomID)
        }
        var answer = body(roomID, room, place)
        answer.conversation = roomID
        return answer
    }

    func ownMessage(_ call: FakeCall) -> Answer {
        own(call) { id, room, place in
            .says(.json(200, ["message": json(of: room.messages[place], in: id, room), "success": true]))
        }
    }

    func changeOwnMessage(_ call: FakeCall) -> Answer {
        let text = call["msg"]?.string ?? ""
        return own(call) { id, _, place in .does(Self.success) { $0.rooms[id]?.messages[place].text = text } }
    }

    func deleteOwnMessage(_ call: FakeCall) -> Answer {
        own(call) { id, room, place in
            let message = room.messages[place].id
            return .does(Self.success) { api in
                api.rooms[id]?.messages.removeAll { $0.id == message }
                api.roomOfMessage[message] = nil
            }
        }
    }

    func ownHistory(_ call: FakeCall) -> Answer {
        guard let visitor = visitor(call) else { return Self.error("invalid-token") }
        let roomID = call.capture("room")
        guard let room = rooms[roomID], room.visitor == visitor.id else { return Self.error("invalid-room") }
        let newest = room.messages.suffix(call.query("limit").flatMap(Int.init) ?? 20)
        return .says(
            .json(200, ["messages": .array(newest.map { json(of: $0, in: roomID, room) }), "success": true]), in: roomID)
    }

    /// The token is the caller's choice: a known one is changed.
    func saveVisitor(_ call: FakeCall) -> Answer {
        let given = call["visitor"]
        let token = given?["token"]?.string ?? ""
        let id = visitors.first { $0.value.token == token }?.key ?? "visitor-\(made)"
        return .does(.json(200, ["visitor": ["_id": .string(id), "token": .string(token)], "success": true])) { api in
            api.made += 1
            var visitor = api.visitors[id] ?? Visitor(token: token)
            if let name = given?["name"]?.string { visitor.name = name }
            if let email = given?["email"]?.string { visitor.email = email }
            if let phone = given?["phone"]?.string { visitor.phone = phone }
            if let department = given?["department"]?.string { visitor.department = department }
            api.visitors[id] = visitor
        }
    }

    /// The visitor's open room; a new one where there is none.
    func ownRoom(_ call: FakeCall) -> Answer {
        guard let visitor = visitor(call) else { return Self.error("invalid-token") }
        if let roomID = visitor.room, let room = rooms[roomID] {
            return .says(.json(200, ["room": json(of: room, roomID), "newRoom": false, "success": true]), in: roomID)
        }
        let roomID = call.query("rid") ?? "room-\(made)"
        let room = Room(visitor: visitor.id)
        return .does(.json(200, ["room": json(of: room, roomID), "newRoom": true, "success": true]), in: roomID) { api in
            api.made += 1
            api.rooms[roomID] = room
        }
    }

    /// Of the visitor, in a room of theirs that is open.
    private func inOwnRoom(_ call: FakeCall, closed: String, _ body: (String) -> Answer) -> Answer {
        let roomID = call["rid"]?.string ?? ""
        guard let visitor = visitor(call) else { return Self.error("invalid-token") }
        guard let room = rooms[roomID], room.visitor == visitor.id else { return Self.error("invalid-room") }
        guard room.isOpen || closed.isEmpty else { return Self.error(closed, in: roomID) }
        var answer = body(roomID)
        answer.conversation = roomID
        return answer
    }

    func closeOwnRoom(_ call: FakeCall) -> Answer {
        inOwnRoom(call, closed: "room-closed") { id in
            let comment = "Closed by visitor"
            return .does(.json(200, ["rid": .string(id), "comment": .string(comment), "success": true])) { api in
                api.rooms[id]?.isOpen = false
                api.rooms[id]?.agent = nil
                api.rooms[id]?.closingComment = comment
            }
        }
    }

    func transferOwnRoom(_ call: FakeCall) -> Answer {
        let department = call["department"]?.string ?? ""
        return inOwnRoom(call, closed: "room-closed") { id in
            guard departments.contains(department) else { return Self.error("error-invalid-department") }
            return .does(Self.success) { api in
                api.rooms[id]?.department = department
                api.rooms[id]?.agent = nil
            }
        }
    }

    /// Mailed at once, and once more with every call.
    func mailTranscript(_ call: FakeCall) -> Answer {
        inOwnRoom(call, closed: "") { id in
            .does(.json(200, ["message": "Your transcript will be sent.", "success": true])) {
                $0.rooms[id]?.transcripts += 1
            }
        }
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

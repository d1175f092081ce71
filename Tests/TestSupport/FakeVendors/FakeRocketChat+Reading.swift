// Calls that change nothing.
extension FakeRocketChat {
    func roomInfo(_ call: FakeCall) -> Answer {
        let roomID = call.query("roomId") ?? ""
        guard let room = rooms[roomID] else { return Self.error("error-room-not-found", in: roomID) }
        return .says(.json(200, ["room": json(of: room, roomID), "success": true]), in: roomID)
    }

    func roomList(_ call: FakeCall) -> Answer {
        let isOpen = call.query("open").map { $0 == "true" }
        let list = rooms.filter { isOpen == nil || $0.value.isOpen == isOpen }.sorted { $0.key < $1.key }
        return .says(.json(200, ["rooms": .array(list.map { json(of: $0.value, $0.key) }), "success": true]))
    }

    func history(_ call: FakeCall) -> Answer {
        let roomID = call.capture("room")
        guard let room = rooms[roomID] else { return Self.error("invalid-room", in: roomID) }
        let messages = room.messages.map { json(of: $0, in: roomID, room) }
        return .says(.json(200, ["messages": .array(messages), "success": true]), in: roomID)
    }

    func department(_ call: FakeCall) -> Answer {
        let id = call.capture("department")
        guard departments.contains(id) else { return Self.error("Department not found") }
        return .says(.json(200, ["department": ["_id": .string(id)], "agents": [], "success": true]))
    }

    /// Without the visitor's token.
    func visitorInfo(_ call: FakeCall) -> Answer {
        let id = call.query("visitorId") ?? ""
        guard let visitor = visitors[id] else { return Self.error("visitor-not-found") }
        let json = FakeJSON.object(present: [
            "_id": .string(id), "name": visitor.name.map(FakeJSON.string),
            "livechatData": .object(visitor.fields.mapValues(FakeJSON.string)),
        ])
        return .says(.json(200, ["visitor": json, "success": true]))
    }

    func userInfo(_ call: FakeCall) -> Answer {
        let id = call.query("userId") ?? ""
        guard let name = agents[id]?.username ?? (id == userID ? "bot" : nil) else { return Self.error("User not found.") }
        let roles: FakeJSON = id == userID ? ["bot", "livechat-agent"] : ["livechat-agent"]
        return .says(.json(200, ["user": ["_id": .string(id), "username": .string(name), "roles": roles], "success": true]))
    }

    func fieldList(_ call: FakeCall) -> Answer {
        let list = [(roomFields, "room"), (visitorFields, "visitor")].flatMap { fields, scope in
            fields.sorted().map { FakeJSON.object(["_id": .string($0), "scope": .string(scope)]) }
        }
        return .says(.json(200, ["customFields": .array(list), "success": true]))
    }

    func json(of room: Room, _ id: String) -> FakeJSON {
        .object(present: [
            "_id": .string(id), "open": room.isOpen ? true : nil, "onHold": room.isOnHold ? true : nil,
            "departmentId": room.department.map(FakeJSON.string), "tags": .array(room.tags.map(FakeJSON.string)),
            "servedBy": room.agent.map { ["_id": .string($0)] }, "v": ["_id": .string(room.visitor)],
            "livechatData": .object(room.fields.mapValues(FakeJSON.string)),
        ])
    }

    func json(of message: Message, in roomID: String, _ room: Room) -> FakeJSON {
        .object(present: [
            "_id": .string(message.id), "rid": .string(roomID), "msg": .string(message.text),
            "ts": "2026-01-01T00:00:00.000Z", "u": ["_id": .string(message.author)], "blocks": message.blocks,
            "attachments": message.attachments,
        ])
    }

    static func isGoodMessageID(_ id: String) -> Bool {
        (17...40).contains(id.utf8.count)
            && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    }
}

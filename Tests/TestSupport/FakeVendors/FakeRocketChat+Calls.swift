// What the calls of users do.
extension FakeRocketChat {
    typealias Answer = FakeAnswer<FakeRocketChat>

    /// A business error: 400 with a code.
    static func error(_ code: String, _ reason: String? = nil, in room: String? = nil) -> Answer {
        let text = reason.map { "\($0) [\(code)]" } ?? code
        return .says(.json(400, ["success": false, "error": .string(text), "errorType": .string(code)]), in: room)
    }

    static let success = FakeReply.json(200, ["success": true])

    func sendMessage(_ call: FakeCall) -> Answer {
        guard let message = call["message"] else { return Self.error("invalid-params") }
        let roomID = message["rid"]?.string ?? ""
        let text = message["msg"]?.string ?? ""
        let id = message["_id"]?.string ?? "srv\(roomOfMessage.count)"
        if isOverContactLimit { return Self.error("error-mac-limit-reached", in: roomID) }
        var answer = post(
            Message(id: id, text: text, author: userID, blocks: message["blocks"], attachments: message["attachments"]),
            to: roomID)
        answer.conversation = roomID
        answer.key = message["_id"]?.string
        answer.text = text
        if let key = answer.key, !Self.isGoodMessageID(key) {
            answer.complaint = "the _id is not 17 to 40 of A-Z a-z 0-9 _ -"
        }
        return answer
    }

    /// The rules for every message of a user.
    func post(_ message: Message, to roomID: String) -> Answer {
        guard let room = rooms[roomID] else { return Self.error("error-invalid-room", "Invalid room") }
        if message.text.utf16.count > 5_000 {
            return Self.error("error-message-size-exceeded", "Message size exceeds Message_MaxAllowedSize")
        }
        if roomOfMessage[message.id] != nil {
            // Nothing is stored again, and the handler trips over the empty result.
            var answer = Answer.says(
                .json(400, ["success": false, "error": "Cannot read properties of undefined (reading 'starred')"]))
            answer.isRepeat = true
            return answer
        }
        let stored = json(of: message, in: roomID, room)
        return .does(.json(200, ["message": stored, "success": true])) { api in
            api.rooms[roomID]?.messages.append(message)
            api.roomOfMessage[message.id] = roomID
        }
    }

    func postMessage(_ call: FakeCall) -> Answer {
        guard let roomID = call["roomId"]?.string ?? call["channel"]?.string else { return Self.error("invalid-params") }
        if isOverContactLimit { return Self.error("error-mac-limit-reached", in: roomID) }
        let written = call["text"]?.string ?? ""
        let text = String(String(written.drop(while: \.isWhitespace).reversed()).drop(while: \.isWhitespace).reversed())
        var answer = post(Message(id: "srv\(roomOfMessage.count)", text: text, author: userID), to: roomID)
        answer.conversation = roomID
        answer.text = text
        return answer
    }

    func getMessage(_ call: FakeCall) -> Answer {
        let id = call.query("msgId") ?? ""
        guard let roomID = roomOfMessage[id], let room = rooms[roomID], let message = room.messages.first(where: { $0.id == id })
        else { return .says(.json(400, ["success": false])) }
        return .says(.json(200, ["message": json(of: message, in: roomID, room), "success": true]), in: roomID)
    }

    func forward(_ call: FakeCall) -> Answer {
        let roomID = call["roomId"]?.string ?? ""
        let department = call["departmentId"]?.string
        let agent = call["userId"]?.string
        guard let room = rooms[roomID] else { return Self.error("error-invalid-room", in: roomID) }
        guard room.isOpen else { return Self.error("This_conversation_is_already_closed", in: roomID) }
        if isOverContactLimit { return Self.error("error-mac-limit-reached", in: roomID) }
        if room.isOnHold { return Self.error("error-room-onHold", in: roomID) }
        guard department != nil || agent != nil else { return Self.error("error-forwarding-chat", in: roomID) }
        if let department, !departments.contains(department) { return Self.error("error-invalid-department", in: roomID) }
        if let agent {
            guard let found = agents[agent] else { return Self.error("error-invalid-agent", in: roomID) }
            if room.agent == agent { return Self.error("error-selected-agent-room-agent-are-same", in: roomID) }
            guard found.isOnline else { return Self.error("error-user-is-offline", in: roomID) }
            if let department, !found.departments.contains(department) {
                return Self.error("error-user-not-belong-to-department", in: roomID)
            }
        } else if let department, room.department == department {
            return Self.error("error-forwarding-chat-same-department", in: roomID)
        }
        // Manual routing: a department's chat waits in its queue.
        return .does(Self.success, in: roomID) { api in
            if let department { api.rooms[roomID]?.department = department }
            api.rooms[roomID]?.agent = agent
        }
    }

    func close(_ call: FakeCall) -> Answer {
        let roomID = call["rid"]?.string ?? ""
        guard let room = rooms[roomID] else { return Self.error("error-invalid-room", in: roomID) }
        guard room.isOpen else { return Self.error("error-room-already-closed", in: roomID) }
        let tags = (call["tags"]?.strings ?? []).filter { !room.tags.contains($0) }
        let comment = call["comment"]?.string
        if demandsClosingComments, comment ?? "" == "" { return Self.error("error-comment-is-required", in: roomID) }
        if departmentsDemandingTags.contains(room.department ?? ""), (tags + room.tags).isEmpty {
            return Self.error("error-tags-must-be-assigned-before-closing-chat", in: roomID)
        }
        var answer = Answer.does(Self.success, in: roomID) { api in
            api.rooms[roomID]?.isOpen = false
            api.rooms[roomID]?.agent = nil
            api.rooms[roomID]?.tags += tags
            api.rooms[roomID]?.closingComment = comment
        }
        answer.text = comment
        return answer
    }

    func saveInfo(_ call: FakeCall) -> Answer {
        guard let room = call["roomData"], let guest = call["guestData"] else { return Self.error("invalid-params") }
        let roomID = room["_id"]?.string ?? ""
        let visitorID = guest["_id"]?.string ?? ""
        guard rooms[roomID] != nil, visitors[visitorID] != nil else { return Self.error("error-invalid-room", in: roomID) }
        return .does(Self.success, in: roomID) { api in
            // Without tags, all of them are gone.
            api.rooms[roomID]?.tags = room["tags"]?.strings ?? []
            if let topic = room["topic"]?.string { api.rooms[roomID]?.topic = topic.isEmpty ? nil : topic }
            for (key, value) in room["livechatData"]?.object ?? [:] where api.roomFields.contains(key) {
                api.rooms[roomID]?.fields[key] = value.string == "" ? nil : value.string
            }
            if let name = guest["name"]?.string { api.visitors[visitorID]?.name = name }
            if let email = guest["email"]?.string { api.visitors[visitorID]?.email = email }
            if let phone = guest["phone"]?.string { api.visitors[visitorID]?.phone = phone }
            for (key, value) in guest["livechatData"]?.object ?? [:] where api.visitorFields.contains(key) {
                api.visitors[visitorID]?.fields[key] = value.string == "" ? nil : value.string
            }
        }
    }

    func hold(_ call: FakeCall) -> Answer {
        let roomID = call["roomId"]?.string ?? ""
        guard let room = rooms[roomID] else { return Self.error("error-invalid-room", in: roomID) }
        guard room.isOpen else { return Self.error("error-room-already-closed", in: roomID) }
        if room.isOnHold { return Self.error("error-room-is-already-on-hold", in: roomID) }
        if room.agent == nil { return Self.error("error-unserved-rooms-cannot-be-placed-onhold", in: roomID) }
        if room.messages.last?.author == room.visitor {
            return Self.error("error-contact-sent-last-message-so-cannot-place-on-hold", in: roomID)
        }
        return .does(Self.success, in: roomID) { $0.rooms[roomID]?.isOnHold = true }
    }

    func resume(_ call: FakeCall) -> Answer {
        let roomID = call["roomId"]?.string ?? ""
        guard rooms[roomID]?.isOnHold == true else { return Self.error("error-room-not-on-hold", in: roomID) }
        return .does(Self.success, in: roomID) { $0.rooms[roomID]?.isOnHold = false }
    }

    func inquiry(_ call: FakeCall) -> Answer {
        let roomID = call.query("roomId") ?? ""
        guard let room = rooms[roomID], room.isOpen else {
            return .says(.json(200, ["inquiry": .null, "success": true]), in: roomID)
        }
        let status: FakeJSON = room.agent == nil ? "queued" : "taken"
        return .says(
            .json(
                200, ["inquiry": ["_id": .string("inq-\(roomID)"), "rid": .string(roomID), "status": status], "success": true]),
            in: roomID)
    }

    func take(_ call: FakeCall) -> Answer {
        let inquiry = call["inquiryId"]?.string ?? ""
        let roomID = String(inquiry.dropFirst(4))
        guard inquiry.hasPrefix("inq-"), let room = rooms[roomID], room.isOpen else { return Self.error("error-not-found") }
        if room.agent != nil { return Self.error("error-inquiry-taken", in: roomID) }
        let agent = call["userId"]?.string ?? userID
        if isOverContactLimit { return Self.error("error-mac-limit-reached", in: roomID) }
        if agents[agent]?.isOnline == false { return Self.error("error-agent-status-service-offline", in: roomID) }
        return .does(Self.success, in: roomID) { $0.rooms[roomID]?.agent = agent }
    }

    func returnToQueue(_ call: FakeCall) -> Answer {
        let roomID = call["roomId"]?.string ?? ""
        let department = call["departmentId"]?.string
        guard let room = rooms[roomID] else { return Self.error("error-room-not-found", in: roomID) }
        guard room.isOpen else { return Self.error("room-closed", in: roomID) }
        if room.isOnHold { return Self.error("error-room-onHold", in: roomID) }
        if isOverContactLimit { return Self.error("error-mac-limit-reached", in: roomID) }
        // Nobody served it: it is queued already.
        guard room.agent != nil else { return .says(.json(200, ["result": false, "success": true]), in: roomID) }
        return .does(.json(200, ["result": true, "success": true]), in: roomID) { api in
            api.rooms[roomID]?.agent = nil
            if let department { api.rooms[roomID]?.department = department }
        }
    }

    func requestTranscript(_ call: FakeCall) -> Answer {
        let roomID = call.capture("room")
        let email = call["email"]?.string
        guard let room = rooms[roomID], room.isOpen else { return Self.error("error-invalid-room", in: roomID) }
        if room.transcriptEmail != nil { return Self.error("error-transcript-already-requested", in: roomID) }
        return .does(Self.success, in: roomID) { $0.rooms[roomID]?.transcriptEmail = email }
    }

    func cancelTranscript(_ call: FakeCall) -> Answer {
        let roomID = call.capture("room")
        guard let room = rooms[roomID] else { return Self.error("error-invalid-room", in: roomID) }
        if room.transcriptEmail == nil { return Self.error("error-transcript-not-requested", in: roomID) }
        return .does(Self.success, in: roomID) { $0.rooms[roomID]?.transcriptEmail = nil }
    }

    /// As a PDF, of a room that is closed.
    func requestPDF(_ call: FakeCall) -> Answer {
        let roomID = call.capture("room")
        guard let room = rooms[roomID], !room.isOpen else { return Self.error("error-invalid-room", in: roomID) }
        return .does(Self.success, in: roomID) { $0.rooms[roomID]?.transcripts += 1 }
    }

    func update(_ call: FakeCall) -> Answer {
        let (roomID, id, text) = (call["roomId"]?.string ?? "", call["msgId"]?.string ?? "", call["text"]?.string ?? "")
        guard roomOfMessage[id] == roomID, let place = rooms[roomID]?.messages.firstIndex(where: { $0.id == id }) else {
            return Self.error("error-invalid-message", in: roomID)
        }
        return .does(Self.success, in: roomID) { $0.rooms[roomID]?.messages[place].text = text }
    }

    func delete(_ call: FakeCall) -> Answer {
        let (roomID, id) = (call["roomId"]?.string ?? "", call["msgId"]?.string ?? "")
        guard roomOfMessage[id] == roomID else { return Self.error("error-invalid-message", in: roomID) }
        return .does(Self.success, in: roomID) { api in
            api.rooms[roomID]?.messages.removeAll { $0.id == id }
            api.roomOfMessage[id] = nil
        }
    }
}

import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct RocketChatEventsTests {
    private let fixture = Fixture(RocketChat(), bots: ["flow.bot", "bot2"])

    private let visitor: Value = ["_id": "visitor1", "name": "Ana Lima", "username": "guest-1"]
    private let human: Value = ["_id": "agent1", "username": "kim", "name": "Kim Jane"]
    private let bot: Value = ["_id": "bot1", "username": "flow.bot", "name": "Flow Bot"]

    private func body(_ type: String, _ changes: KeyValuePairs<String, Value?> = [:]) -> Value {
        let body: Value = [
            "_id": "room1", "type": .string(type), "createdAt": "2026-03-04T13:00:00.120Z",
            "lastMessageAt": "2026-03-04T13:01:02.000Z", "visitor": visitor, "messages": [],
        ]
        return body.with(changes)
    }

    private func message(_ author: Value, _ changes: KeyValuePairs<String, Value?> = [:]) -> Value {
        var message: Value = ["_id": "m1", "u": author, "msg": "oi", "ts": "2026-03-04T13:02:00.000Z"]
        if author["_id"] != visitor["_id"] { message = message.with(["agentId": author["_id"] ?? .null]) }
        return message.with(changes)
    }

    private func messageBody(_ messages: Value..., agent: Value? = nil) -> Value {
        body("Message", ["messages": .array(messages), "agent": agent])
    }

    // MARK: - Who wrote a message

    @Test func visitorIsKnownByIDAlsoBehindAnAgentID() throws {
        let event = try fixture.event(messageBody(message(visitor, ["agentId": "visitor1"])))
        #expect(event.kind == .messageReceived)
        #expect(event.sender == Sender(role: .customer, id: "visitor1", name: "Ana Lima"))
        #expect(event.conversation?.handler == .queue)
    }

    @Test func botIsKnownByIDOrUsername() throws {
        let byName = try fixture.event(messageBody(message(bot), agent: bot))
        #expect(byName.sender?.role == .bot)
        #expect(byName.kind == .messageSent)
        #expect(byName.conversation?.handler == .bot)
        let byID = try fixture.event(messageBody(message(["_id": "bot2", "username": "other"]), agent: human))
        #expect(byID.sender == Sender(role: .bot, id: "bot2"))
        #expect(byID.conversation?.handler == .human)
    }

    @Test(arguments: [true, false]) func navigationIsNoCustomersMessage(hasAgentID: Bool) throws {
        let page: Value = ["page": ["title": "Prices", "location": ["href": "https://example.org"]], "token": "t"]
        let written = message(
            ["_id": "rocket.cat", "username": "rocket.cat"],
            ["navigation": page, "msg": "Prices - https://example.org", "agentId": hasAgentID ? "rocket.cat" : nil])
        let event = try fixture.event(messageBody(written, agent: human))
        #expect(event.kind == .messageSent)
        #expect(event.sender?.role == .system)
    }

    @Test func humanAuthorHasTheConversationWhoeverServesIt() throws {
        let event = try fixture.event(messageBody(message(human), agent: bot))
        #expect(event.sender == Sender(role: .agent, id: "agent1", name: "Kim Jane"))
        #expect(event.conversation?.handler == .human)
        #expect(event.agent == Agent(id: "bot1", name: "Flow Bot", username: "flow.bot"))
    }

    @Test func messageWithoutAuthorIsTheVisitorsUnlessItHasAnAgentID() throws {
        let fromVisitor = try fixture.event(
            messageBody(["username": "guest-1", "msg": "oi", "ts": "2016-06-01T18:41:16.856Z"], agent: human))
        #expect(fromVisitor.kind == .messageReceived)
        #expect(fromVisitor.sender == Sender(role: .customer, id: "visitor1", name: "Ana Lima"))
        let fromAgent = try fixture.event(
            messageBody(["username": "kim", "msg": "olá", "agentId": "agent1"], agent: human))
        #expect(fromAgent.kind == .messageSent)
        #expect(fromAgent.sender == Sender(role: .agent, id: "agent1", name: "Kim Jane"))
        #expect(fromVisitor.id != fromAgent.id)
    }

    @Test func closingCommentIsSentWhoeverWroteIt() throws {
        for author in [visitor, human] {
            let event = try fixture.event(messageBody(message(author, ["closingMessage": true])))
            #expect(event.kind == .messageSent)
        }
    }

    // MARK: - Edits and identity

    @Test func editIsAnUpdateWithAnIdentityOfItsOwn() throws {
        let first = try fixture.event(messageBody(message(visitor)))
        let edit = try fixture.event(messageBody(message(visitor, ["editedAt": "2026-03-04T13:05:00.000Z"])))
        let later = try fixture.event(messageBody(message(visitor, ["editedAt": "2026-03-04T13:06:00.000Z"])))
        #expect(edit.kind == .messageUpdated)
        #expect(edit.occurredAt.iso8601 == "2026-03-04T13:05:00Z")
        #expect(first.id == "rocketchat:main:message:room1:m1")
        #expect(edit.id == "rocketchat:main:message:room1:m1:2026-03-04T13:05:00Z")
        #expect(Set([first.id, edit.id, later.id]).count == 3)
    }

    @Test(arguments: [Value.null, false, ""]) func emptyEditTimeIsNoEdit(value: Value) throws {
        #expect(try fixture.event(messageBody(message(visitor, ["editedAt": value]))).kind == .messageReceived)
    }

    @Test func idsThatHoldColonsStayApart() throws {
        let one = try fixture.event(body("Message", ["_id": "a:b", "messages": [message(visitor, ["_id": "c"])]]))
        let other = try fixture.event(body("Message", ["_id": "a", "messages": [message(visitor, ["_id": "b:c"])]]))
        #expect(one.id != other.id)
    }

    @Test func sessionsAreIdentifiedByWhatHappened() throws {
        func id(_ type: String, _ changes: KeyValuePairs<String, Value?>) throws -> String {
            try fixture.event(body(type, changes)).id
        }
        let taken = Value.object(["_id": "agent1", "username": "kim", "ts": "2026-03-04T13:03:00.000Z"])
        #expect(
            try id("LivechatSessionTaken", ["servedBy": taken, "messages": []])
                == id("LivechatSessionTaken", ["servedBy": taken, "messages": [message(visitor)]]))
        #expect(try id("LivechatSessionStart", ["label": "a"]) == id("LivechatSessionStart", ["label": "b"]))
        #expect(
            try id("LivechatSession", ["closedAt": "2026-03-04T13:09:00.000Z"])
                == id("LivechatSession", ["closedAt": "2026-03-04T13:09:00.000Z", "tags": ["late"]]))
        #expect(try id("LivechatSessionQueued", ["label": "a"]) != id("LivechatSessionQueued", ["label": "b"]))
        #expect(try id("LivechatSessionQueued", [:]) == id("LivechatSessionQueued", [:]))
        #expect(
            try id("LivechatSessionForwarded", ["servedBy": taken, "departmentId": "d1", "oldDepartmentId": "d2"])
                != id("LivechatSessionForwarded", ["servedBy": taken, "departmentId": "d2", "oldDepartmentId": "d1"]))
    }

    // MARK: - Content

    @Test func blocksGiveTheTextThatIsNotThere() throws {
        let blocks: Value = [
            ["type": "section", "text": ["type": "mrkdwn", "text": "Como posso ajudar?"]],
            ["type": "context", "elements": [["type": "plain_text", "text": "Escolha"]]],
            ["type": "actions", "elements": [["type": "button", "text": ["type": "plain_text", "text": "Sim"]]]],
        ]
        for text: Value? in [
            nil, .null, "", .string(JSONWriter.string(blocks)), .string(JSONWriter.string(blocks, pretty: true)),
        ] {
            let event = try fixture.event(messageBody(message(bot, ["msg": text, "blocks": blocks])))
            #expect(event.message == Message(id: "m1", text: "Como posso ajudar?\nEscolha", type: .buttons))
        }
        let written = try fixture.event(messageBody(message(bot, ["msg": "[oi]", "blocks": blocks])))
        #expect(written.message?.text == "[oi]")
        let plain = try fixture.event(
            messageBody(message(bot, ["msg": nil, "blocks": [["type": "section", "text": ["text": "Olá"]]]])))
        #expect(plain.message == Message(id: "m1", text: "Olá", type: .text))
    }

    @Test func fileIsNamedByItsKind() throws {
        let upload: Value = [
            "publicFilePath": "https://c.example.org/file-upload/1/v.ogg?token=j", "type": "audio/ogg", "size": 9,
        ]
        let event = try fixture.event(
            messageBody(message(visitor, ["file": ["_id": "1", "name": "v.ogg", "type": "audio/ogg"], "fileUpload": upload])))
        #expect(
            event.message
                == Message(
                    id: "m1", text: "oi", type: .audio,
                    attachments: [
                        Attachment(
                            type: .audio, name: "v.ogg", url: "https://c.example.org/file-upload/1/v.ogg?token=j", size: 9)
                    ]))
    }

    // MARK: - Contact and agent

    @Test(
        arguments: [
            ("a@example.org", "a@example.org"), ([["address": "a@example.org"], ["address": "b@example.org"]], "a@example.org"),
            (["a@example.org"], "a@example.org"), (.null, nil), ([], nil), ([7], "7"), (false, nil), ([["address": .null]], nil),
        ] as [(Value, String?)])
    func emailIsReadInEveryForm(form: Value, email: String?) throws {
        let event = try fixture.event(body("LivechatSessionStart", ["visitor": visitor.with(["email": form])]))
        #expect(event.contact?.email == email)
    }

    @Test func nobodyIsNoContact() throws {
        for nobody: Value? in [nil, .null, "x", [:], ["_id": "", "username": "guest-1", "customFields": ["a": "b"]]] {
            #expect(try fixture.event(body("LivechatSessionStart", ["visitor": nobody])).contact == nil)
        }
    }

    @Test func servingAgentIsReadFromServedByWhereThereIsNoOther() throws {
        for agent: Value? in [nil, .null, false, [:]] {
            let event = try fixture.event(
                body("LivechatSessionTaken", ["agent": agent, "servedBy": ["_id": "agent1", "username": "kim"]]))
            #expect(event.agent == Agent(id: "agent1", username: "kim"))
            #expect(event.details == ["to": ["agent": "agent1"]])
        }
    }

    // MARK: - Hand-over

    private func forwarded(_ changes: KeyValuePairs<String, Value?>) throws -> Event {
        try fixture.event(body("LivechatSessionForwarded", ["departmentId": "d2", "agent": human]).with(changes))
    }

    private func serving(_ id: String, _ time: String) -> Value {
        ["_id": .string(id), "username": .string(id), "ts": .string("2026-03-04T\(time)Z")]
    }

    @Test func agentOfBeforeADepartmentsHandOverIsStale() throws {
        let stale: [KeyValuePairs<String, Value?>] = [
            ["oldDepartmentId": "d1", "servedBy": serving("agent1", "13:00:30.000")],
            ["oldDepartmentId": "d1"],
            ["oldDepartmentId": "d1", "servedBy": ["_id": "agent1"]],
            [
                "oldDepartmentId": "d1", "servedBy": serving("agent1", "13:04:00.000"),
                "oldServedBy": serving("agent1", "13:04:00.000"),
            ],
        ]
        for changes in stale {
            let event = try forwarded(changes)
            #expect(event.agent == nil)
            #expect(event.conversation?.handler == .queue)
            #expect(event.details == ["from": ["department": "d1"], "to": ["department": "d2"]])
        }
    }

    @Test func agentWhoTookOverAfterwardsServes() throws {
        let event = try forwarded(["oldDepartmentId": "d1", "servedBy": serving("agent1", "13:04:00.000")])
        #expect(event.agent?.id == "agent1")
        #expect(event.conversation?.handler == .human)
        #expect(event.conversation?.department == "d2")
    }

    @Test func departmentAndAgentMayChangeTogether() throws {
        let event = try forwarded([
            "oldDepartmentId": "d1", "servedBy": serving("agent1", "13:04:00.000"),
            "oldServedBy": serving("bot1", "13:00:30.000"),
        ])
        #expect(
            event.details == ["from": ["agent": "bot1", "department": "d1"], "to": ["agent": "agent1", "department": "d2"]])
    }

    // MARK: - Close

    @Test(
        arguments: [
            (["closer": "user", "closedBy": ["_id": "agent1", "username": "kim"]], ["role": "agent", "id": "agent1"]),
            (["closer": "user", "closedBy": ["_id": "bot1", "username": "flow.bot"]], ["role": "bot", "id": "bot1"]),
            (["closer": "user", "closedBy": ["_id": "rocket.cat"]], ["role": "system", "id": "rocket.cat"]),
            (["closer": "visitor", "closedBy": ["_id": "visitor1"]], ["role": "customer", "id": "visitor1"]),
            (["closer": "visitor"], ["role": "customer", "id": "visitor1"]),
            (["closer": "user"], ["role": "agent", "id": .null]),
            ([:], nil),
        ] as [(Value, Value?)])
    func closeTellsWhoClosed(members: Value, closedBy: Value?) throws {
        var payload = body("LivechatSession", ["closedAt": "2026-03-04T13:09:00.000Z", "agent": human])
        for entry in members.object?.entries ?? [] { payload = payload.with([entry.key: entry.value]) }
        let event = try fixture.event(payload)
        #expect(event.details["closed_by"] == closedBy)
        #expect(event.conversation?.handler == .closed)
        #expect(event.occurredAt.iso8601 == "2026-03-04T13:09:00Z")
    }

    // MARK: - What is not recognised

    @Test(
        arguments: [
            [:], ["type": "Message"], ["type": "Message", "_id": "r", "messages": []],
            ["type": "Message", "_id": "r", "messages": ["x", .null, 1]], ["type": "LivechatNovelty", "_id": "r"], ["type": 7],
        ] as [Value])
    func whatIsNotRecognisedIsOther(body: Value) throws {
        let event = try fixture.event(body)
        #expect(event.kind == .other)
        #expect(event.conversation?.id == body["_id"]?.string)
        #expect(event.occurredAt == Fixture.receivedAt)
    }

    @Test(
        arguments: [
            (["type": "LivechatNovelty"], true), (["type": "LeadCapture"], true), (["type": "Message", "messages": []], true),
            (["_id": "r", "visitor": [:], "messages": []], true), (["_id": "r", "visitor": [:], "type": "novelty"], true),
            (["_id": "r", "visitor": .null, "messages": .null], true), (["type": .null, "visitor": [:], "message": "a"], true),
            (["type": "Message"], false), (["_id": "r", "type": "novelty"], false), (["_id": "r", "visitor": [:]], false),
            (["type": "LivechatSession", "entity": [:]], false), ([:], false),
        ] as [(Value, Bool)])
    func itsShapeIsRecognized(body: Value, isRecognized: Bool) throws {
        #expect(RocketChat().recognizes(try JSONDocument(JSONWriter.bytes(body)).root) == isRecognized)
    }

    @Test func aFileThatWasNotReceivedHasTheRoomsLastMessage() throws {
        let event = try fixture.event(body("LivechatSessionQueued"), isReceiptKnown: false)
        #expect(event.occurredAt.iso8601 == "2026-03-04T13:01:02Z")
        #expect(try fixture.event(body("LivechatSessionQueued")).occurredAt == Fixture.receivedAt)
    }

    @Test func testBodyIsFlagged() throws {
        #expect(try fixture.event(body("LivechatSession", ["_id": "fasd6f5a4sd6f8a4sdf"])).isTest)
        #expect(try !fixture.event(body("LivechatSession")).isTest)
    }
}

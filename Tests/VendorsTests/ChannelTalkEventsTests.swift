import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct ChannelTalkEventsTests {
    private typealias Fixtures = ChannelTalkFixtures

    @Test(
        arguments: [
            ("push", [:], EventKind.messageReceived), ("create", [:], .messageReceived), ("UPSERT", [:], .messageReceived),
            ("post", [:], .messageReceived), ("message.created.userChat", [:], .messageReceived), ("", [:], .messageReceived),
            ("update", [:], .messageUpdated), ("delete", [:], .messageUpdated), ("push", ["editedAt": 1], .messageUpdated),
            ("push", ["editedAt": .null], .messageReceived), ("push", ["editedAt": false], .messageReceived),
            ("push", ["state": "removed"], .messageUpdated), ("push", ["state": "sent"], .messageReceived),
            ("push", ["personType": "USER"], .messageReceived), ("push", ["chatType": "group"], .other),
            ("push", ["chatType": nil], .other), ("push", ["chatType": nil, "chatKey": "userChat-c1"], .messageReceived),
            ("push", ["personType": "manager"], .messageSent), ("push", ["personType": "bot"], .messageSent),
            ("push", ["personType": "bot", "chatType": "group"], .messageSent), ("push", ["personType": "account"], .other),
            ("push", ["personType": nil], .other), ("push", ["log": .null], .messageReceived),
            ("push", ["log": false], .messageReceived), ("push", ["log": [:]], .other),
            ("push", ["log": "close"], .conversationClosed),
        ] as [(String, [String: Value?], EventKind)])
    func messages(event: String, changes: [String: Value?], kind: EventKind) throws {
        #expect(try Fixtures.event(Fixtures.body(Fixtures.message(changes), event: event)).kind == kind)
    }

    @Test(arguments: [
        ("close", EventKind.conversationClosed), ("autoClose", .conversationClosed), ("AUTOCLOSE", .conversationClosed),
        ("assign", .conversationAssigned), ("autoAssign", .conversationAssigned), ("assignTeam", .conversationTransferred),
        ("addTags", .conversationTagged), ("removeTags", .conversationTagged), ("enqueue", .conversationQueued),
        ("open", .other), ("unassign", .other), ("addUserTags", .other), ("", .other),
    ])
    func logLinesAreReadFirst(action: String, kind: EventKind) throws {
        let entity = Fixtures.managersMessage(["editedAt": 1, "log": ["action": .string(action)]])
        for event in ["push", "update"] {
            let event = try Fixtures.event(Fixtures.body(entity, event: event))
            #expect(event.kind == kind)
            #expect(event.message == nil)
            #expect(event.sender == nil)
            #expect(event.id == "channeltalk:main:log:m1")
        }
    }

    @Test(
        arguments: [
            (
                ["action": "close", "triggerType": "manager", "triggerId": 60125],
                ["closed_by": ["role": "agent", "id": "60125"]]
            ),
            (["action": "close", "triggerType": "user", "triggerId": "u1"], ["closed_by": ["role": "customer", "id": "u1"]]),
            (["action": "autoClose", "triggerType": "system"], ["closed_by": ["role": "system"]]),
            (["action": "close"], ["closed_by": ["role": "agent", "id": "60125"]]),
            (["action": "assign", "values": ["77"]], ["to": ["agent": "77"]]), (["action": "assign"], [:]),
            (["action": "assignTeam", "values": [2704]], ["to": ["team": "2704"]]),
            (["action": "addTags", "values": ["a"]], [:]),
        ] as [(Value, Value.Object)])
    func detailsOfLogLines(log: Value, details: Value.Object) throws {
        #expect(try Fixtures.event(Fixtures.body(Fixtures.log(log))).details == details)
    }

    @Test(arguments: [
        ("push", "closed", EventKind.conversationClosed), ("update", "solved", .conversationClosed),
        ("push", "queued", .conversationQueued), ("update", "queued", .conversationQueued),
        ("push", "opened", .conversationStarted), ("create", "unassigned", .conversationStarted),
        ("upsert", "Opened", .conversationStarted), ("post", "opened", .conversationStarted),
        ("userChat.opened", "opened", .conversationStarted), ("update", "opened", .other), ("delete", "opened", .other),
        ("push", "snoozed", .other), ("push", "missed", .other), ("push", "initial", .other), ("push", "", .other),
    ])
    func chats(event: String, state: String, kind: EventKind) throws {
        let chat = Fixtures.chat(["state": .string(state)])
        #expect(try Fixtures.event(Fixtures.body(chat, type: "UserChat", event: event)).kind == kind)
    }

    @Test(arguments: [
        ("create", EventKind.contactCreated), ("delete", .other), ("push", .contactUpdated), ("upsert", .contactUpdated),
        ("update", .contactUpdated), ("lead.upserted.contact", .contactUpdated), ("member.deleted", .other),
        ("unheard.of", .contactUpdated),
    ])
    func users(event: String, kind: EventKind) throws {
        let body = Fixtures.body(Fixtures.user, type: "User", event: event, chat: nil, refers: ["manager": nil, "user": nil])
        let event = try Fixtures.event(body)
        #expect(event.kind == kind)
        #expect(event.conversation == nil)
        #expect(event.agent == nil)
        #expect(event.contact == Contact(id: "u1", name: "Kim Chulsoo", attributes: ["plan": "pro"]))
    }

    @Test(
        arguments: [
            [:], ["event": "push", "type": "message"], ["event": "push", "type": "message", "entity": []],
            ["event": 1, "type": false, "entity": .null, "refers": "none"],
            ["event": "push", "type": "meeting", "entity": ["id": "x"], "refers": []],
        ] as [Value])
    func whatIsNotRecognizedIsOneOther(body: Value) throws {
        let event = try Fixtures.event(body)
        #expect(event.kind == .other)
        #expect(event.conversation == nil)
        #expect(event.occurredAt == Fixtures.receivedAt)
        #expect(event.id.hasPrefix("channeltalk:main:other:"))
    }

    @Test func anEntityOfWrongKindsIsRead() throws {
        let entity: Value = [
            "id": ["x"], "chatId": false, "personType": "user", "chatType": "userChat", "blocks": "none", "files": [7, [:]],
            "options": 3, "createdAt": ["x"], "state": 7, "plainText": 5, "chatKey": "x", "requestId": .null,
        ]
        let chat: Value = ["state": [], "handling": 3, "source": "x", "tags": "a", "assigneeId": false]
        let event = try Fixtures.event(Fixtures.body(entity, chat: chat, refers: ["user": 3, "manager": []]))
        #expect(event.kind == .messageReceived)
        #expect(event.conversation == nil)
        #expect(event.message == Message(id: nil, type: .file, attachments: [Attachment(type: .file)]))
        #expect(event.sender == Sender(role: .customer))
        #expect(event.contact == nil)
    }

    // MARK: - Handler

    @Test(
        arguments: [
            (["state": "closed", "assigneeId": "1"], Handler.closed), (["state": "solved"], .closed),
            (["state": "queued", "handling": ["type": "supportBot"]], .queue),
            (["state": "unassigned", "assigneeId": "1"], .queue),
            (["handling": ["type": "supportBot"], "assigneeId": "1"], .bot), (["handling": "supportBot"], .bot),
            (["handling": ["type": "workflow"]], .bot), (["handling": ["type": "alf"]], .bot),
            (["handling": ["type": "waiting"], "assigneeId": 1], .human), (["assigneeId": "900"], .bot),
            (["handling": ["type": "waiting"]], .queue), (["handling": "waiting"], .queue), ([:], nil),
            (["state": "snoozed", "handling": .null], nil),
        ] as [([String: Value?], Handler?)])
    func theChatTellsTheHandler(changes: [String: Value?], handler: Handler?) throws {
        let chat = Fixtures.chat(changes)
        #expect(try Fixtures.event(Fixtures.body(Fixtures.message(), chat: chat)).conversation?.handler == handler)
        #expect(try Fixtures.event(Fixtures.body(chat, type: "userChat")).conversation?.handler == handler)
    }

    @Test(
        arguments: [
            ([:], "opened", Handler?.some(.human)), ([:], "queued", .human), ([:], "closed", .closed),
            (["options": ["private"]], "queued", .queue), (["options": ["silent", "Private"]], "opened", nil),
            (["personId": "900"], "opened", nil), (["log": ["action": "enqueue"]], "queued", .queue),
            (["log": ["action": "close"]], "opened", .closed), (["personType": "bot"], "opened", nil),
        ] as [([String: Value?], String, Handler?)])
    func aManagersMessageTellsTheHandler(changes: [String: Value?], state: String, handler: Handler?) throws {
        let chat = Fixtures.chat(["state": .string(state)])
        let event = try Fixtures.event(Fixtures.body(Fixtures.managersMessage(changes), chat: chat))
        #expect(event.conversation?.handler == handler)
    }

    // MARK: - Conversation

    @Test(
        arguments: [
            (["source": ["medium": ["mediumType": "native"]]], "webchat"),
            (["source": ["medium": ["mediumType": "PHONE"]]], "phone"),
            (["source": ["medium": ["mediumType": "email"]]], "email"),
            (
                ["source": ["medium": ["mediumType": "app"], "appMessenger": ["mediumType": "appLine", "displayName": "Shop"]]],
                "line"
            ),
            (["source": ["medium": ["mediumType": "app"], "appMessenger": ["displayName": "WhatsApp"]]], "whatsapp"),
            (["source": ["medium": ["mediumType": "app"], "appMessenger": ["displayName": "KakaoTalk"]]], "kakao"),
            (["source": ["appMessenger": ["mediumType": "appNaverTalk"]]], "navertalk"),
            (["source": ["medium": ["mediumType": "appInstagramMessenger"]]], "instagram"),
            (["source": ["medium": ["mediumType": "app"]]], "webchat"),
            (["source": ["medium": ["mediumType": "fax"]]], "webchat"),
            (["messengerType": "Kakao"], "kakao"), (["messengerType": .null, "source": .null], "webchat"), ([:], "webchat"),
        ] as [([String: Value?], String)])
    func channels(changes: [String: Value?], channel: String) throws {
        let body = Fixtures.body(Fixtures.message(), chat: Fixtures.chat(changes))
        #expect(try Fixtures.event(body).conversation?.channel == channel)
    }

    @Test func theChatsMembersAreTheConversations() throws {
        let chat = Fixtures.chat(["teamId": 2704, "tags": ["vip", 7, [:]], "title": "Delivery"])
        let expected = Conversation(
            id: "c1", channel: "webchat", status: "opened", team: "2704", tags: ["vip", "7"], topic: "Delivery")
        #expect(try Fixtures.event(Fixtures.body(Fixtures.message(), chat: chat)).conversation == expected)
        #expect(try Fixtures.event(Fixtures.body(chat, type: "userchat", chat: nil)).conversation == expected)
    }

    @Test(
        arguments: [
            (["tags": nil], []), (["tags": nil, "state": nil], nil), (["tags": []], []),
        ] as [([String: Value?], [String]?)])
    func tagsAreUnknownWhereTheChatIsCutShort(changes: [String: Value?], tags: [String]?) throws {
        let body = Fixtures.body(Fixtures.message(), chat: Fixtures.chat(changes))
        #expect(try Fixtures.event(body).conversation?.tags == tags)
    }

    @Test func aTeamChatIsAGroup() throws {
        let entity = Fixtures.managersMessage(["chatType": "group", "chatId": 6])
        let event = try Fixtures.event(Fixtures.body(entity, chat: nil, refers: ["user": nil]))
        #expect(event.kind == .messageSent)
        #expect(event.conversation == Conversation(id: "6", channel: "group", handler: .human))
        #expect(event.contact == nil)
    }

    @Test func withoutReferredObjectsOnlyTheEntityTells() throws {
        let body: Value = ["event": "push", "type": "message", "entity": Fixtures.message()]
        let event = try Fixtures.event(body)
        #expect(event.conversation == Conversation(id: "c1", channel: "webchat"))
        #expect(event.sender == Sender(role: .customer, id: "u1"))
        #expect(event.contact == nil)
        #expect(event.agent == nil)
    }

    // MARK: - People

    @Test(
        arguments: [
            (
                ["id": "u1", "name": "Kim", "profile": ["name": "Lee", "email": "l@example.com", "mobileNumber": 82]], "Kim",
                "l@example.com", "82"
            ),
            (["id": "u1", "email": "k@example.com", "mobileNumber": "+82", "profile": .null], nil, "k@example.com", "+82"),
            (["id": "u1", "name": "", "profile": ["name": "Lee"]], "Lee", nil, nil),
        ] as [(Value, String?, String?, String?)])
    func contacts(user: Value, name: String?, email: String?, phone: String?) throws {
        let contact = try Fixtures.event(Fixtures.body(Fixtures.message(), refers: ["user": user])).contact
        let profile = user["profile"]?.object ?? [:]
        #expect(contact == Contact(id: "u1", name: name, email: email, phone: phone, attributes: profile))
    }

    @Test(
        arguments: [
            (["assigneeId": "60125"], Agent(id: "60125", name: "Koala", username: "koala", email: "koala@example.com")),
            (["assigneeId": "7"], Agent(id: "7")),
            ([:], Agent(id: "60125", name: "Koala", username: "koala", email: "koala@example.com")),
        ] as [([String: Value?], Agent)])
    func theAssigneeIsTheAgent(changes: [String: Value?], agent: Agent) throws {
        #expect(try Fixtures.event(Fixtures.body(Fixtures.message(), chat: Fixtures.chat(changes))).agent == agent)
    }

    @Test(
        arguments: [
            (["personType": "user"], Sender(role: .customer, id: "u1", name: "Kim Chulsoo")),
            (["personType": "user", "personId": "u2"], Sender(role: .customer, id: "u2")),
            (["personType": "manager", "personId": "60125"], Sender(role: .agent, id: "60125", name: "Koala")),
            (["personType": "manager", "personId": "7"], Sender(role: .agent, id: "7")),
            (["personType": "manager", "personId": "900"], Sender(role: .bot, id: "900")),
            (["personType": "manager", "personId": nil], Sender(role: .agent, id: "60125", name: "Koala")),
            (["personType": "bot", "personId": "153"], Sender(role: .bot, id: "153", name: "Shop Helper")),
        ] as [([String: Value?], Sender)])
    func senders(changes: [String: Value?], sender: Sender) throws {
        #expect(try Fixtures.event(Fixtures.body(Fixtures.message(changes))).sender == sender)
    }

    @Test func aManagerWithABotsUserNameIsABot() throws {
        let robot: Value = ["id": "60125", "username": "robot"]
        let body = Fixtures.body(Fixtures.managersMessage(), refers: ["manager": robot])
        let event = try Fixtures.event(body)
        #expect(event.sender?.role == .bot)
        #expect(event.conversation?.handler == nil)
    }

    // MARK: - Message

    @Test(
        arguments: [
            ("user", [:], MessageType.text), ("manager", ["options": ["private"]], .note),
            ("user", ["options": ["private"]], .text),
            ("bot", ["buttons": [["title": "A"]]], .buttons), ("user", ["buttons": [["title": "A"]]], .text),
            ("bot", ["workflow": ["buttonBotMessage": true]], .buttons), ("bot", ["workflow": ["id": "1"]], .text),
            ("bot", ["supportBot": ["buttons": [["text": "A"]]]], .buttons), ("bot", ["buttons": []], .text),
            ("user", ["plainText": nil, "files": [["type": "video"]]], .video), ("user", ["files": [["type": "video"]]], .text),
            ("user", ["plainText": nil, "files": [["type": "x", "contentType": "image/png"]]], .image),
            ("user", ["plainText": nil, "files": [["name": "a.mp3"]]], .audio),
            ("bot", ["plainText": nil, "form": ["type": "custom"]], .other), ("user", ["plainText": nil], .text),
        ] as [(String, [String: Value?], MessageType)])
    func types(person: String, changes: [String: Value?], type: MessageType) throws {
        let entity = Fixtures.message(changes.merging(["personType": .string(person)]) { $1 })
        #expect(try Fixtures.event(Fixtures.body(entity)).message?.type == type)
    }

    @Test func membersOfAMessage() throws {
        let file: Value = ["type": "file", "name": "a.pdf", "size": 90211, "url": "https://f.example/a.pdf"]
        let entity = Fixtures.message(["files": [file, 3], "rootMessageId": "m0", "requestId": "r1"])
        let expected = Message(
            id: "m1", text: "hi",
            attachments: [
                Attachment(type: .file, name: "a.pdf", url: "https://f.example/a.pdf", size: 90211)
            ], inReplyTo: "m0", clientID: "r1")
        #expect(try Fixtures.event(Fixtures.body(entity)).message == expected)
    }

    @Test func theRootOfAThreadAnswersNothing() throws {
        let entity = Fixtures.message(["rootMessageId": "m1"])
        #expect(try Fixtures.event(Fixtures.body(entity)).message?.inReplyTo == nil)
    }

    @Test(
        arguments: [
            (
                [["type": "text", "value": "a <b>bold</b> &lt;tag&gt; &amp;lt; &#39;x&#x27; &quot;y&quot;"]],
                "a bold <tag> &lt; 'x' \"y\""
            ),
            (
                [
                    [
                        "type": "text",
                        "value":
                            #"<link type="url" value="https://a.example">this</link>, <link type="manager" value="1">@n</link>"#,
                    ]
                ], "this, @n"
            ),
            (
                [["type": "text", "value": "1 < 2 <3 a <b c & d &nope; &#xFFFFFFFF; <"]],
                "1 < 2 <3 a <b c & d &nope; &#xFFFFFFFF; <"
            ),
            ([["type": "code", "value": "if a <b> c &amp; d"], ["type": "text", "value": "e"]], "if a <b> c &amp; d\ne"),
            (
                [
                    [
                        "type": "bullets",
                        "blocks": [
                            ["type": "text", "value": "one"], ["type": "bullets", "blocks": [["type": "text", "value": "two"]]],
                        ],
                    ]
                ], "one\ntwo"
            ),
            ([["type": "text"], 7, .null, ["type": "text", "value": 7], ["value": "x"]], "x"), ([], ""), ("a", ""),
            (["value": "a"], ""),
        ] as [(Value, String)])
    func blocksAreFlattened(blocks: Value, text: String) throws {
        let entity = Fixtures.message(["plainText": "", "blocks": blocks])
        #expect(try Fixtures.event(Fixtures.body(entity)).message?.text == text)
    }

    @Test func plainTextGoesBeforeBlocks() throws {
        let blocks: Value = [["type": "text", "value": "block"]]
        let both = Fixtures.message(["plainText": "a &lt; <b>", "blocks": blocks])
        #expect(try Fixtures.event(Fixtures.body(both)).message?.text == "a &lt; <b>")
        let old = Fixtures.message(["plainText": nil, "message": "from version 3"])
        #expect(try Fixtures.event(Fixtures.body(old)).message?.text == "from version 3")
    }

    @Test func muchMarkupIsReadInLinearTime() throws {
        let markup = String(repeating: "<a&", count: 50_000)
        let entity = Fixtures.message(["plainText": nil, "blocks": [["type": "text", "value": .string(markup)]]])
        #expect(try Fixtures.event(Fixtures.body(entity)).message?.text == markup)
    }

    @Test func anUpdateTellsTheState() throws {
        let body = Fixtures.body(Fixtures.managersMessage(["state": "failed"]), event: "update")
        #expect(try Fixtures.event(body).details == ["status": "failed"])
    }

    // MARK: - Times and identities

    @Test(
        arguments: [
            ("message", "push", ["createdAt": 1000, "updatedAt": 2000], "1970-01-01T00:00:01Z"),
            ("message", "push", ["createdAt": nil, "updatedAt": "2000"], "1970-01-01T00:00:02Z"),
            ("message", "update", ["createdAt": 1000, "updatedAt": 2000, "editedAt": 3000], "1970-01-01T00:00:03Z"),
            ("message", "update", ["createdAt": 1000, "updatedAt": 2000], "1970-01-01T00:00:02Z"),
            ("message", "update", ["createdAt": 1000], "1970-01-01T00:00:01Z"),
            ("message", "push", ["createdAt": .integer(.max)], "2026-01-05T12:00:00Z"),
            ("message", "push", ["createdAt": .number(-1e300)], "2026-01-05T12:00:00Z"),
            ("userChat", "push", ["state": "opened", "openedAt": 1000, "updatedAt": 2000], "1970-01-01T00:00:01Z"),
            ("userChat", "push", ["state": "queued", "openedAt": 1000, "queuedAt": 3000], "1970-01-01T00:00:03Z"),
            ("userChat", "push", ["state": "closed", "openedAt": 1000, "closedAt": 4000], "1970-01-01T00:00:04Z"),
            ("userChat", "push", ["state": "closed", "openedAt": 1000, "updatedAt": 2000], "1970-01-01T00:00:02Z"),
            ("userChat", "push", ["state": "closed", "openedAt": 1000], "2026-01-05T12:00:00Z"),
            ("user", "update", ["createdAt": 1000, "updatedAt": 2000], "1970-01-01T00:00:02Z"),
            ("user", "create", ["createdAt": 1000, "updatedAt": 2000], "1970-01-01T00:00:01Z"),
            ("user", "delete", [:], "2026-01-05T12:00:00Z"),
        ] as [(String, String, [String: Value?], String)])
    func times(type: String, event: String, changes: [String: Value?], occurredAt: String) throws {
        let entity = Fixtures.replacing(["id": "x", "personType": "user", "chatType": "userChat", "chatId": "c1"], changes)
        #expect(try Fixtures.event(Fixtures.body(entity, type: type, event: event)).occurredAt.iso8601 == occurredAt)
    }

    @Test func aMessageIsOneUnderEveryEventWord() throws {
        let ids = try ["push", "create", "upsert", "post"].map { word in
            try Fixtures.event(Fixtures.body(Fixtures.message(), event: word)).id
        }
        #expect(Set(ids) == ["channeltalk:main:message:m1"])
    }

    @Test func theOrderOfMembersIsNoPartOfTheIdentity() throws {
        let entity = Fixtures.message(["editedAt": 5, "blocks": [["a": 1, "b": 2]]])
        let reversed = Value.object(.init((entity.object?.entries ?? []).reversed().map { ($0.key, $0.value) }))
        let ids = try [entity, reversed].map { try Fixtures.event(Fixtures.body($0)).id }
        #expect(ids.first == ids.last)
    }

    @Test func differentThingsHaveDifferentIdentities() throws {
        let ids = try [
            Fixtures.body(Fixtures.message()), Fixtures.body(Fixtures.message(["editedAt": 1])),
            Fixtures.body(Fixtures.message(["editedAt": 2])), Fixtures.body(Fixtures.message(["id": nil])),
            Fixtures.body(Fixtures.message(["id": nil, "plainText": "b"])), Fixtures.body(Fixtures.log(["action": "close"])),
            Fixtures.body(Fixtures.chat(), type: "userChat"),
            Fixtures.body(Fixtures.chat(["openedAt": 1]), type: "userChat"),
            Fixtures.body(Fixtures.chat(["state": "closed"]), type: "userChat"),
            Fixtures.body(Fixtures.chat(["state": "closed", "closedAt": 1]), type: "userChat"),
            Fixtures.body(Fixtures.chat(["state": "queued"]), type: "userChat"),
            Fixtures.body(Fixtures.chat(["state": "snoozed"]), type: "userChat"),
            Fixtures.body(Fixtures.user, type: "user"), Fixtures.body(["id": "u1"], type: "user"),
            Fixtures.body(Fixtures.user, type: "user", event: "create"), Fixtures.body(["id": "m1"], type: "meeting"), [:],
        ].map { try Fixtures.event($0).id }
        #expect(Set(ids).count == ids.count)
    }
}

import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct OmniChatEventsTests {
    private typealias Fixtures = OmniChatFixtures
    typealias Routing = (String?, String?, String?, EventKind, Handler?, Value.Object, Agent?)

    @Test(arguments: [
        ("Interaction", "CREATE", EventKind.interactionChanged), ("Interaction", "UPSERT", .interactionChanged),
        ("Order", "DELETE", .orderChanged), ("order", "update", .orderChanged), ("Message", "CREATE", .messageReceived),
        ("Message", "UPDATE", .messageUpdated), ("Message", "delete", .messageUpdated), ("Message", "UPSERT", .other),
        ("Chat", "CREATE", .other), ("", "", .other),
    ])
    func resourceAndEventDecideFirst(resource: String, event: String, kind: EventKind) throws {
        let body = Fixtures.body(Fixtures.message(), ["resource": .string(resource), "event": .string(event)])
        #expect(try Fixtures.event(body).kind == kind)
    }

    @Test(arguments: [
        ("INCOMING_RECEIVED", false, "TEXT", EventKind.messageReceived), ("INCOMING_READ", false, "IMAGE", .messageReceived),
        ("incoming_later", false, "LIST", .messageReceived), ("INCOMING_RECEIVED", true, "TEXT", .other),
        ("INCOMING_RECEIVED", false, "SUMMARY", .other), ("OUTGOING_SENT", false, "GROUPED", .other),
        ("OUTGOING_SILENT", true, "SNOOZE_START", .other), ("OUTGOING_SILENT", true, "snooze_end", .other),
        ("OUTGOING_SILENT", true, "ROUTING", .conversationTransferred), ("OUTGOING_CREATED", true, "TEXT", .messageSent),
        ("OUTGOING_SILENT", false, "TEXT", .messageSent), ("OUTGOING_NEW", false, "UNHEARD_OF", .messageSent),
        ("SIDEWAYS", false, "TEXT", .other), ("", false, "TEXT", .other),
    ])
    func createdMessages(status: String, system: Bool, type: String, kind: EventKind) throws {
        let message = Fixtures.message(["status": .string(status), "system": .bool(system), "type": .string(type)])
        #expect(try Fixtures.event(Fixtures.body(message)).kind == kind)
    }

    @Test(arguments: [
        ("TEXT", MessageType.text, MessageType.text), ("BUTTON", .text, .text), ("LIST", .text, .buttons),
        ("INTERACTIVE", .text, .buttons), ("INTERACTIVE_BUTTON", .text, .buttons), ("IMAGE", .image, .image),
        ("AUDIO", .audio, .audio), ("VOICE", .audio, .audio), ("VIDEO", .video, .video), ("DOCUMENT", .file, .file),
        ("FILE", .file, .file), ("LOCATION", .location, .location), ("VCARD", .contact, .contact),
        ("MULTI_VCARD", .contact, .contact), ("STICKER", .sticker, .sticker), ("TEMPLATE", .template, .template),
        ("PRODUCT", .order, .order), ("VARIANT", .order, .order), ("COLLECTION", .order, .order),
        ("PAYMENT_REQUEST", .order, .order), ("ORDER_STATUS", .order, .order), ("ORDER_NEW", .order, .order),
        ("UNHEARD_OF", .other, .other), ("", .other, .other),
    ])
    func types(word: String, received: MessageType, sent: MessageType) throws {
        let types = try ["INCOMING_RECEIVED", "OUTGOING_SENT", "OUTGOING_SILENT"].map { status in
            let message = Fixtures.message(["status": .string(status), "type": .string(word)])
            return try Fixtures.event(Fixtures.body(message)).message?.type
        }
        #expect(types == [received, sent, .note])
    }

    @Test(arguments: [
        ("WAB-OMNICHAT", "whatsapp"), ("wab-dialog", "whatsapp"), ("FBMESSENGER", "messenger"), ("WEBCHAT", "webchat"),
        ("INSTAGRAM", "instagram"), ("TikTok", "tiktok"), (nil, nil),
    ])
    func channels(platform: String?, channel: String?) throws {
        let message = Fixtures.message(["platform": platform.map(Value.string)])
        #expect(try Fixtures.event(Fixtures.body(message)).conversation?.channel == channel)
    }

    @Test(arguments: [
        (false, nil as String?, Sender(role: .bot), nil as Handler?),
        (false, "U9", Sender(role: .agent, id: "U9"), .human),
        (false, "B0t", Sender(role: .bot, id: "B0t"), nil),
        (true, "U9", Sender(role: .system, id: "U9"), nil), (true, nil, Sender(role: .system), nil),
    ])
    func authorsOfSentMessages(system: Bool, user: String?, sender: Sender, handler: Handler?) throws {
        let message = Fixtures.message([
            "status": "OUTGOING_SENT", "system": .bool(system), "user": user.map(Fixtures.pointer),
        ])
        for word in ["CREATE", "UPDATE"] {
            let event = try Fixtures.event(Fixtures.body(message, ["event": .string(word)]))
            #expect(event.sender == sender)
            #expect(event.conversation?.handler == handler)
            #expect(event.agent == user.map { Agent(id: $0) })
        }
    }

    @Test func customersHaveNoIdentity() throws {
        let message = Fixtures.message(["user": Fixtures.pointer("U9")])
        let event = try Fixtures.event(Fixtures.body(message))
        #expect(event.sender == Sender(role: .customer))
        #expect(event.contact == nil)
        #expect(event.conversation?.handler == nil)
    }

    @Test(
        arguments: [
            (
                "U2", "T2", "U1", .conversationAssigned, .human, ["from": ["agent": "U1"], "to": ["agent": "U2", "team": "T2"]],
                Agent(id: "U2")
            ),
            ("U2", nil, nil, .conversationAssigned, .human, ["to": ["agent": "U2"]], Agent(id: "U2")),
            ("B0t", nil, nil, .conversationAssigned, .bot, ["to": ["agent": "B0t"]], Agent(id: "B0t")),
            (
                nil, "T2", "U1", .conversationTransferred, .queue, ["from": ["agent": "U1"], "to": ["team": "T2"]],
                Agent(id: "U1")
            ),
            (nil, nil, nil, .conversationTransferred, nil, [:], nil),
        ] as [Routing])
    func routing(
        toUser: String?, toTeam: String?, by user: String?, kind: EventKind, handler: Handler?, details: Value.Object,
        agent: Agent?
    ) throws {
        let message = Fixtures.message([
            "type": "ROUTING", "status": "OUTGOING_SILENT", "system": true, "text": nil,
            "routeToUser": toUser.map(Fixtures.pointer), "routeToTeam": toTeam.map(Fixtures.pointer),
            "user": user.map(Fixtures.pointer),
        ])
        let event = try Fixtures.event(Fixtures.body(message))
        #expect(event.kind == kind)
        #expect(event.conversation == Conversation(id: "chat1", channel: "whatsapp", handler: handler, team: toTeam))
        #expect(event.details == details)
        #expect(event.agent == agent)
        #expect(event.message == nil)
        #expect(event.sender == nil)
    }

    @Test func updatesTellTheStatusAndComeBeforeEverythingElse() throws {
        let message = Fixtures.message(["status": "OUTGOING_ERROR", "type": "ROUTING", "objectId": nil])
        let event = try Fixtures.event(Fixtures.body(message, ["event": "UPDATE", "objectId": "outer"]))
        #expect(event.kind == .messageUpdated)
        #expect(event.details == ["status": "OUTGOING_ERROR"])
        #expect(event.message == Message(id: "outer", text: "oi", type: .other))
        #expect(event.sender == Sender(role: .bot))
    }

    @Test(arguments: [nil, .null, false, "text", [], [[:]]] as [Value?])
    func anUpdateWithoutPayloadHasNoConversation(payload: Value?) throws {
        let event = try Fixtures.event(Fixtures.body(payload, ["event": "UPDATE"]))
        #expect(event.kind == .messageUpdated)
        #expect(event.conversation == nil)
        #expect(event.message == Message(id: "msg1", type: .other))
        #expect(event.sender == nil)
        #expect(event.details == [:])
    }

    @Test(
        arguments: [
            [:], ["resource": "Message"], ["resource": 7, "event": [], "payload": false], ["objectId": .null],
            ["resource": "Message", "event": "CREATE", "payload": [:]],
            ["resource": "Message", "event": "CREATE", "payload": ["chat": 7, "status": [], "type": [:], "text": [:]]],
        ] as [Value])
    func whatIsNotRecognizedIsOneOther(body: Value) throws {
        let event = try Fixtures.event(body)
        #expect(event.kind == .other)
        #expect(event.occurredAt == Fixtures.receivedAt)
        #expect(event.id.hasPrefix("omnichat:main:other:"))
    }

    @Test(
        arguments: [
            (1_681_825_655_283, "2023-04-18T13:47:35.283Z"), ("1681825655283", "2023-04-18T13:47:35.283Z"),
            (.number(1_681_825_655_283.9), "2023-04-18T13:47:35.283Z"),
            ("2023-04-18T13:47:35.283Z", "2023-04-18T13:47:35.283Z"),
            ("2023-04-18T10:47:35-03:00", "2023-04-18T13:47:35Z"), (.null, "2023-04-18T13:47:35.255Z"),
            ("yesterday", "2023-04-18T13:47:35.255Z"), (.integer(.max), "2023-04-18T13:47:35.255Z"),
            (.integer(.min), "2023-04-18T13:47:35.255Z"), (.number(1e300), "2023-04-18T13:47:35.255Z"),
            (false, "2023-04-18T13:47:35.255Z"), ([:], "2023-04-18T13:47:35.255Z"),
        ] as [(Value, String)])
    func times(timestamp: Value, occurredAt: String) throws {
        let event = try Fixtures.event(Fixtures.body(Fixtures.message(), ["timestamp": timestamp]))
        #expect(event.occurredAt.iso8601 == occurredAt)
    }

    @Test func idsAreTextAlsoWhereTheyAreNumbers() throws {
        let message = Fixtures.message(["objectId": 12, "chat": ["objectId": 34], "user": 56, "status": "OUTGOING_SENT"])
        let event = try Fixtures.event(Fixtures.body(message, ["objectId": 12]))
        #expect(event.id == "omnichat:main:message:12")
        #expect(event.message?.id == "12")
        #expect(event.conversation?.id == "34")
        #expect(event.sender?.id == "56")
    }

    @Test func namesAndAttachmentsAreTakenWhereTheyCome() throws {
        let user: Value = ["objectId": "U9", "name": "Ana", "lastName": "Lima", "email": "ana@example.com"]
        let message = Fixtures.message([
            "status": "OUTGOING_SENT", "type": "IMAGE", "user": user, "attachmentUrl": "https://files.example.com/a.jpg",
        ])
        let event = try Fixtures.event(Fixtures.body(message))
        #expect(event.sender == Sender(role: .agent, id: "U9", name: "Ana Lima"))
        #expect(event.agent == Agent(id: "U9", name: "Ana Lima", email: "ana@example.com"))
        #expect(event.message?.attachments == [Attachment(type: .image, url: "https://files.example.com/a.jpg")])
    }

    @Test func aMessageIsOneHoweverOftenItIsCreated() throws {
        let first = try Fixtures.event(Fixtures.body(Fixtures.message()))
        let again = try Fixtures.event(Fixtures.body(Fixtures.message(["status": "INCOMING_READ"]), ["timestamp": 1]))
        #expect(first.id == "omnichat:main:message:msg1")
        #expect(again.id == first.id)
    }

    @Test func everyChangeHasItsOwnIdentity() throws {
        let ids = try [
            Fixtures.body(Fixtures.message()),
            Fixtures.body(Fixtures.message(["status": "OUTGOING_SENT"]), ["event": "UPDATE"]),
            Fixtures.body(Fixtures.message(["status": "OUTGOING_READ"]), ["event": "UPDATE"]),
            Fixtures.body(Fixtures.message(["status": "OUTGOING_READ"]), ["event": "DELETE"]),
            Fixtures.body(
                Fixtures.message(["status": "OUTGOING_READ", "updatedAt": "2023-04-18T14:00:00Z"]), ["event": "UPDATE"]),
            Fixtures.body(nil, ["event": "UPDATE"]), Fixtures.body(nil, ["event": "UPDATE", "timestamp": 1]),
            Fixtures.body(nil, ["event": "UPDATE", "timestamp": nil]),
            Fixtures.body(nil, ["resource": "Order"]), Fixtures.body(nil, ["resource": "Order", "event": "UPDATE"]),
            Fixtures.body(nil, ["resource": "Order", "timestamp": 1]), Fixtures.body(nil, ["resource": "Interaction"]),
            Fixtures.body(nil, ["resource": "Interaction", "objectId": nil]), [:],
        ].map { try Fixtures.event($0).id }
        #expect(Set(ids).count == ids.count)
    }
}

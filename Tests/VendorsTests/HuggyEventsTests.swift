import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct HuggyEventsTests {
    private let fixture = Fixture(Huggy(), bots: ["77"])

    private let customer: Value = ["id": 5, "name": "Ana Lima", "mobile": "75999", "phone": .null, "email": .null]

    private func message(_ id: Value = "100", _ changes: KeyValuePairs<String, Value?> = [:]) -> Value {
        let message: Value = [
            "id": id, "body": "oi", "is_internal": false, "sender": customer, "senderType": "widget", "receiver": false,
            "receiverType": "agent", "file": .null, "channel": "widget", "customer": customer,
            "chat": ["id": 9, "channel": "widget", "situation": "auto", "department": false],
            "send_at": "2020-03-05 17:21:10",
        ]
        return message.with(changes)
    }

    private func envelope(_ messages: KeyValuePairs<String, Value>, time: Value? = 1_583_439_800) -> Value {
        let body: Value = ["messages": .object(Value.Object(messages.map { ($0.key, $0.value) })), "token": "t"]
        return body.with(["time": time])
    }

    private func received(_ changes: KeyValuePairs<String, Value?>) throws -> Event {
        try fixture.event(envelope(["receivedAllMessage": [message("100", changes)]]))
    }

    // MARK: - Order and repeats

    @Test func envelopeIsOrderedByWhatHappensFirst() throws {
        let chat: Value = ["id": 9, "channel": "widget", "situation": "in_chat", "customer": customer]
        let events = try fixture.events(
            envelope([
                "somethingNew": [["id": 9]],
                "closedChat": [["id": 9, "closed_at": "2020-03-05 17:30:00"]],
                "finishedAutomationFlow": [["chatID": 9, "flowID": 3]],
                "updatedChatDepartment": [chat],
                "agentEntered": [chat.with(["agent": ["id": 40]])],
                "sendedAllMessage": [
                    message("3", ["senderType": "agent", "sender": ["id": 40], "send_at": "2020-03-05 17:21:30"])
                ],
                "receivedAllMessage": [
                    message("2", ["send_at": "2020-03-05 17:21:20"]), message("1", ["send_at": "2020-03-05 17:21:10"]),
                    message("4", ["send_at": "2020-03-05 17:21:20"]),
                ],
                "startedAutomationFlow": [["chatID": 9, "flowID": 3]],
                "createdCustomer": [customer],
                "startedWidgetAttendance": [customer],
                "createdChat": [chat],
                "token": "t",
            ]))
        #expect(
            events.map(\.kind) == [
                .conversationStarted, .contactCreated, .leadCaptured, .flowStarted, .messageReceived, .messageReceived,
                .messageReceived, .messageSent, .conversationAssigned, .conversationTransferred, .flowFinished,
                .conversationClosed, .other,
            ])
        #expect(events.compactMap(\.message?.id) == ["1", "2", "4", "3"])
    }

    @Test func messageUnderBothKeysIsOneEvent() throws {
        for id: Value in ["100", 100, .null] {
            let item = message(id)
            let events = try fixture.events(envelope(["receivedMessage": [item], "receivedAllMessage": [item]]))
            #expect(events.count == 1)
        }
        let alone = try fixture.event(envelope(["receivedMessage": [message(100)]]))
        let other = try fixture.event(envelope(["receivedAllMessage": [message("100")]], time: 1))
        #expect(alone.id == "huggy:main:message:100")
        #expect(alone.id == other.id)
    }

    @Test func startOfAChatIsOneUnderBothNames() throws {
        let events = try fixture.events(
            envelope(["createdChat": [["id": 9]], "startedChat": [["id": 1, "chat": ["id": "9", "situation": "auto"]]]]))
        #expect(events.map(\.id) == ["huggy:main:started:9"])
    }

    // MARK: - Who wrote a message

    @Test(
        arguments: [
            ([:], .messageReceived, .customer),
            (["is_internal": true], .messageSent, .agent),
            (["isInternal": "true"], .messageSent, .agent),
            (["senderType": "agent"], .messageSent, .agent),
            (["sender": ["id": 6]], .messageSent, .agent),
            (["sender": ["id": "5"]], .messageReceived, .customer),
            (["sender": ["id": 1, "name": "Auto"]], .messageSent, .bot),
            (["sender": ["id": 77]], .messageSent, .bot),
            (["sender": false], .messageSent, .system),
            (["sender": ["name": "?"], "customer": ["name": "?"]], .messageSent, .system),
            (["customer": .null], .messageSent, .agent),
        ] as [(Value, EventKind, SenderRole)])
    func receivedMessageIsACustomersOnlyByAllSigns(changes: Value, kind: EventKind, role: SenderRole) throws {
        var item = message()
        for entry in changes.object?.entries ?? [] { item = item.with([entry.key: entry.value]) }
        let event = try fixture.event(envelope(["receivedMessage": [item]]))
        #expect(event.kind == kind)
        #expect(event.sender?.role == role)
    }

    @Test func sentMessageIsNeverACustomers() throws {
        for key in ["sendedAllMessage", "sentAllMessage"] {
            #expect(try fixture.event(envelope([key: [message()]])).kind == .messageSent)
        }
    }

    @Test func noteIsOfAnAgentAndOfItsType() throws {
        let event = try received(["is_internal": 1, "sender": ["id": 40, "name": "Kim"], "file": "https://x.org/a.png"])
        #expect(event.message?.type == .note)
        #expect(event.agent == Agent(id: "40", name: "Kim"))
    }

    // MARK: - Conversation

    @Test(
        arguments: [
            ("auto", .bot), ("wait_for_chat", .queue), ("in_chat", .human), ("finishing", .closed), (.null, nil),
            ("blocked", nil), (7, nil),
        ] as [(Value, Handler?)])
    func situationTellsWhoHasTheChat(situation: Value, handler: Handler?) throws {
        let event = try received(["chat": ["id": 9, "situation": situation]])
        #expect(event.conversation?.handler == handler)
        #expect(event.conversation?.status == situation.text)
    }

    @Test(
        arguments: [
            ("widget", "webchat"), ("whatsapp", "whatsapp"), ("whatsapp-enterprise", "whatsapp"), ("Telegram", "telegram"),
            (["name": "messenger", "source": "1"], "messenger"), (.null, "webchat"),
        ] as [(Value, String)])
    func channelIsOneVocabulary(word: Value, channel: String) throws {
        #expect(try received(["chat": ["id": 9, "channel": word]]).conversation?.channel == channel)
    }

    @Test func channelOfAnAgentsMessageIsTheCustomers() throws {
        let event = try received([
            "chat": ["id": 9], "channel": "agent", "senderType": "agent", "receiverType": "email",
        ])
        #expect(event.conversation?.channel == "email")
    }

    @Test(arguments: [(false, nil), (.null, nil), ("", nil), (11445, "11445"), ("11445", "11445")] as [(Value, String?)])
    func departmentMayBeFalse(value: Value, department: String?) throws {
        #expect(try received(["chat": ["id": 9, "department": value]]).conversation?.department == department)
    }

    @Test func idOfAMessageIsNoConversation() throws {
        for chat: Value? in [nil, .null, false, [:]] {
            #expect(try received(["chat": chat]).conversation == nil)
        }
    }

    // MARK: - Times

    @Test(
        arguments: [
            ("2020-03-05 17:21:10", "2020-03-05T20:21:10Z"), ("2020-03-05T17:21:10Z", "2020-03-05T17:21:10Z"),
            ("yesterday", "2020-03-05T20:23:20Z"), (.null, "2020-03-05T20:23:20Z"), (1_583_439_670, "2020-03-05T20:21:10Z"),
            (.number(1e300), "2020-03-05T20:23:20Z"), (-1, "1969-12-31T23:59:59Z"),
            ("99999999999999999999", "2020-03-05T20:23:20Z"), ("9999-12-31 23:59:59", "2020-03-05T20:23:20Z"),
        ] as [(Value, String)])
    func timesAreLocalUnlessTheySayOtherwise(value: Value, time: String) throws {
        #expect(try received(["send_at": value]).occurredAt.iso8601 == time)
    }

    @Test func zoneIsTheAccounts() throws {
        let fixture = Fixture(Huggy(), timeZone: "Asia/Seoul")
        #expect(try fixture.event(envelope(["receivedMessage": [message()]])).occurredAt.iso8601 == "2020-03-05T08:21:10Z")
    }

    @Test(
        arguments: [
            (1_583_439_800, "2020-03-05T20:23:20Z"), ("1583439800", "2020-03-05T20:23:20Z"),
            (1_583_439_800_500, "2020-03-05T20:23:20.500Z"), (nil, "2026-01-05T12:00:00Z"), ("soon", "2026-01-05T12:00:00Z"),
            (9_223_372_036_854_775_807, "2026-01-05T12:00:00Z"), (.number(-1e308), "2026-01-05T12:00:00Z"),
        ] as [(Value?, String)])
    func envelopesTimeIsUnixSeconds(value: Value?, time: String) throws {
        #expect(try fixture.event(envelope(["createdChat": [["id": 9]]], time: value)).occurredAt.iso8601 == time)
    }

    // MARK: - Content

    @Test func fileIsAnAttachmentByItsName() throws {
        let url = "https://c.pzw.io/files/nota%20fiscal.PDF?token=abc"
        let event = try received(["body": "", "file": .string(url)])
        #expect(
            event.message
                == Message(
                    id: "100", text: "", type: .file,
                    attachments: [Attachment(type: .file, name: "nota%20fiscal.PDF", url: url)]))
        #expect(try received(["file": "https://c.pzw.io/a.jpg"]).message?.type == .image)
    }

    @Test func answersOfAFormAreAttributes() throws {
        let event = try fixture.event(
            envelope([
                "answeredChatForm": [
                    [
                        "chat": ["id": 9, "channel": "widget"], "customer": customer,
                        "answers": [
                            ["question": ["type": "text", "fieldName": "cidade"], "text": "Salvador"],
                            ["question": ["type": "text", "fieldName": "pedido"], "text": 77], "odd", ["text": "lost"],
                        ],
                    ]
                ]
            ]))
        #expect(event.kind == .leadCaptured)
        #expect(event.conversation?.id == "9")
        #expect(event.contact?.attributes == ["cidade": "Salvador", "pedido": 77])
    }

    @Test func answersOfAWidgetAreAttributes() throws {
        let answers: Value = [["question": ["fieldName": "cidade"], "text": "Salvador"]]
        let item: Value = ["id": 5, "name": "Ana", "widget": "2008", "answers": answers]
        let event = try fixture.event(envelope(["startedWidgetAttendance": [item]]))
        #expect(event.contact == Contact(id: "5", name: "Ana", attributes: ["cidade": "Salvador"]))
    }

    @Test(arguments: [nil, .null, false, [:]] as [Value?]) func answersOfNobodyAreKept(customer: Value?) throws {
        let form: Value = [
            "chat": ["id": 9, "channel": "widget"], "answers": [["question": ["fieldName": "cidade"], "text": "Salvador"]],
        ]
        let event = try fixture.event(envelope(["answeredChatForm": [form.with(["customer": customer])]]))
        #expect(event.contact == Contact(id: nil, attributes: ["cidade": "Salvador"]))
        let empty = form.with(["customer": customer, "answers": []])
        #expect(try fixture.event(envelope(["answeredChatForm": [empty]])).contact == nil)
    }

    @Test func contextKeepsItsDottedKeys() throws {
        let context: Value = ["SYSTEM.CHAT_ID": "9", "hash.pergunta": "Resposta", "SYSTEMS": "x"]
        let event = try fixture.event(
            envelope(["finishedAutomationFlow": [["chatID": 9, "flowID": 3, "context": context]]]))
        #expect(
            event.details
                == ["flow": "3", "context": context, "answers": ["hash.pergunta": "Resposta", "SYSTEMS": "x"]])
        #expect(event.conversation == Conversation(id: "9"))
    }

    // MARK: - What is not recognised

    @Test(
        arguments: [
            [:], ["messages": [:]], ["messages": []], ["messages": ["receivedMessage": []], "time": 1],
            ["messages": ["receivedMessage": ["x", 1, .null, []]]], ["messages": ["receivedMessage": ["id": 1]]],
            ["messages": ["token": "t"]], ["token": "t", "validToken": true], ["messages": "x"],
        ] as [Value])
    func envelopeWithoutAnItemIsOneOther(body: Value) throws {
        let event = try fixture.event(body)
        #expect(event.kind == .other)
        #expect(event.conversation == nil)
    }

    @Test(
        arguments: [
            (["time": 1, "messages": [:], "token": "t"], true), (["time": 1, "messages": [], "token": "t"], true),
            (["time": 1, "messages": .null, "token": "t"], true), (["messages": ["receivedMessage": []]], true),
            (["messages": [:], "token": "t"], true), (["token": "t", "validToken": true], true),
            (["time": 1, "messages": [["id": 1]], "token": "t"], false), (["time": 1, "token": "t"], false),
            (["messages": [], "token": "t"], false), (["messages": ["novelty": []]], false), ([:], false),
        ] as [(Value, Bool)])
    func itsShapeIsRecognized(body: Value, isRecognized: Bool) throws {
        #expect(Huggy().recognizes(try JSONDocument(JSONWriter.bytes(body)).root) == isRecognized)
    }

    @Test func unknownEventsAreOtherOneForEachItem() throws {
        let events = try fixture.events(
            envelope([
                "updatedLeadByAgent": [["id": 5, "name": "Ana"]], "leftQueue": [["id": 9, "situation": "in_chat"], ["id": 10]],
            ]))
        #expect(events.map(\.kind) == [.other, .other, .other])
        #expect(events.map(\.conversation?.id) == [nil, "9", "10"])
        #expect(events.first?.contact == Contact(id: "5", name: "Ana"))
    }

    @Test func handshakeIsAnsweredOnlyWithTheConfiguredToken() throws {
        let huggy = Huggy()
        let body = JSONWriter.bytes(["token": "380c4e7399999999", "validToken": true])
        func receipt(_ secret: String) throws -> Receipt {
            try huggy.receive(
                WebhookRequest(body: body, trust: .secrets([Array(secret.utf8)])), account: fixture.account,
                now: Fixture.receivedAt)
        }
        #expect(
            try receipt("380c4e7399999999")
                == Receipt(events: [], reply: WebhookReply(status: 200, contentType: "text/plain", body: "380c4e7399999999")))
        #expect(throws: WebhookError.unauthorized) { try receipt("other-secret-000") }
    }
}

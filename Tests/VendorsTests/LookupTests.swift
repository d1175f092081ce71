import JSON
import Model
import Testing
import VendorKit
import Vendors

/// What each vendor is asked about an event, and what its answers tell.
@Suite struct LookupTests {
    private static let conversation = Conversation(id: "c 1", channel: "whatsapp")

    private func event(
        _ vendor: VendorID, kind: EventKind = .messageReceived, conversation: Conversation? = conversation,
        contact: Contact? = nil, agent: Agent? = nil, raw: String = "{}"
    ) -> Event {
        Event(
            id: "e1", vendor: vendor, account: "main", kind: kind, occurredAt: Instant(seconds: 1_700_000_000),
            conversation: conversation, contact: contact, agent: agent, raw: Array(raw.utf8))
    }

    private func lookups(_ event: Event, bots: [String] = []) -> [Lookup] {
        let account = Account(
            id: "main", vendor: event.vendor, bots: bots, baseURL: "https://api.test", settings: ["user_id": "u"])
        return VendorCatalog.vendor(event.vendor)?.lookups(for: event, account: account) ?? []
    }

    private func answer(_ lookup: Lookup?, _ json: String) -> LookupAnswer? {
        lookup?.answer(in: VendorResponse(status: 200, body: Array(json.utf8)))
    }

    private func urls(_ lookup: Lookup?) -> [String] {
        [lookup?.request, lookup?.fallback].compactMap { $0.map { "\($0.method) \($0.url)" } }
    }

    // MARK: OmniChat

    @Test func asksOmniChatForTheChatOfAMessage() {
        let lookups = lookups(event(.omnichat))
        #expect(lookups.map(\.subject) == ["chat/c 1"])
        #expect(
            urls(lookups.first) == [
                "GET https://api.test/chats/c%201",
                "GET https://api.test/chats?updatedAt.gt=2023-11-14T22%3A12%3A20Z&order.updatedAt=DESC&limit=100",
            ])
    }

    struct Chat: Sendable, CustomTestStringConvertible {
        var json: String
        var channel: String? = "whatsapp"
        var tells: [EventField: Value]
        var testDescription: String { json }
    }

    @Test(arguments: [
        Chat(json: "{}", tells: [:]),
        Chat(
            json: #"""
                "name": "Ana Souza", "email": "a@x.org", "status": "WAITING", "user": null,
                "team": {"objectId": "t1"}, "labels": [{"objectId": "l1"}, {"objectId": "l2", "name": "VIP"}, 7, null],
                "phone": {"countryCode": 55, "areaCode": "11", "phoneNumber": "98765-4321"}, "customer": {"objectId": "k1"}
                """#,
            tells: [
                .contactName: "Ana Souza", .contactEmail: "a@x.org", .conversationStatus: "WAITING",
                .conversationHandler: "queue", .conversationTeam: "t1", .conversationDepartment: "t1",
                .conversationTags: ["l1", "VIP", "7"], .contactPhone: "5511987654321", .contactID: "k1",
            ]),
        Chat(
            json: #""status": "CONTACTED", "user": {"name": "Bia", "lastName": "Lima", "email": "b@x.org"}"#,
            tells: [
                .conversationStatus: "CONTACTED", .conversationHandler: "human", .agentName: "Bia Lima",
                .agentEmail: "b@x.org",
            ]),
        Chat(
            json: #""status": "CONTACTED", "user": {"objectId": "robot", "name": "R"}"#,
            tells: [
                .conversationStatus: "CONTACTED", .conversationHandler: "bot", .agentID: "robot", .agentName: "R",
            ]),
        Chat(json: #""status": "FINISHED""#, tells: [.conversationStatus: "FINISHED", .conversationHandler: "closed"]),
        Chat(json: #""platformId": "+55 (11) 98765-4321""#, tells: [.contactPhone: "5511987654321"]),
        Chat(json: #""platformId": "5511987654321""#, channel: "instagram", tells: [:]),
        Chat(json: #""platformId": "17841400000000000""#, tells: [:]),
        Chat(
            json:
                #""platformId": "123456789012", "customer": {"businessName": "Loja", "phoneAreaCode": 11, "phoneNumber": 987654321}"#,
            channel: "messenger", tells: [.contactName: "Loja", .contactPhone: "11987654321"]),
        Chat(
            json: #""name": " ", "email": 5, "phone": [], "labels": "x", "user": false, "status": {}, "team": 1, "customer": []"#,
            tells: [.contactEmail: "5", .conversationTeam: "1", .conversationDepartment: "1"]),
    ])
    func readsAChatOfOmniChat(_ chat: Chat) {
        var conversation = Self.conversation
        conversation.channel = chat.channel
        let lookup = lookups(event(.omnichat, conversation: conversation), bots: ["robot"]).first
        let json = chat.json == "{}" ? #"{"objectId": "c 1"}"# : #"{"objectId": "c 1", \#(chat.json)}"#
        var tells = chat.tells
        tells[.conversationChannel] = chat.channel.map(Value.string)
        #expect(answer(lookup, json) == .found(tells))
    }

    @Test(arguments: [
        (#"[{"objectId": "c2"}, {"objectId": "c 1"}]"#, LookupAnswer.found([.conversationChannel: "whatsapp"])),
        (#"{"results": [{"objectId": "c 1"}]}"#, .found([.conversationChannel: "whatsapp"])),
        ("[]", .missing), (#"[3, null, {"objectId": "c2"}]"#, .missing), (#"{"objectId": "c2"}"#, .missing),
        ("{}", .unreadable), ("3", .unreadable), ("", .unreadable), ("<html>", .unreadable),
    ])
    func findsTheChatInAnAnswer(_ json: String, _ expected: LookupAnswer) {
        #expect(answer(lookups(event(.omnichat)).first, json) == expected)
    }

    @Test func asksOmniChatForAnInteractionAndThenForItsChat() throws {
        let changed = event(
            .omnichat, kind: .interactionChanged, conversation: nil, raw: #"{"objectId": "i1", "resource": "Interaction"}"#)
        let lookup = try #require(lookups(changed).first)
        #expect(
            urls(lookup) == [
                "GET https://api.test/interactions/i1",
                "GET https://api.test/interactions?updatedAt.gt=2023-11-14T22%3A12%3A20Z&order.updatedAt=DESC&limit=100",
            ])
        let json = #"{"objectId": "i1", "status": "WAITING", "chat": {"objectId": "c1", "name": "Ana"}}"#
        let found = answer(lookup, json)
        #expect(
            found
                == .found([
                    .payload: ["objectId": "i1", "status": "WAITING", "chat": ["objectId": "c1", "name": "Ana"]],
                    .detailsStatus: "WAITING", .conversationID: "c1", .contactName: "Ana",
                ]))
        guard case .found(let values) = found else { return }
        let filled = changed.filled(with: FetchedFields(values: values))
        #expect(filled.conversation?.id == "c1")
        #expect(lookups(filled).map(\.subject) == ["interaction/i1/1700000000000", "chat/c1"])
    }

    @Test func asksOmniChatForAnOrder() {
        let changed = event(.omnichat, kind: .orderChanged, conversation: nil, raw: #"{"objectId": "o1"}"#)
        let lookup = lookups(changed).first
        #expect(urls(lookup) == ["GET https://api.test/orders/o1"])
        #expect(answer(lookup, #"{"objectId": "o1", "total": 5}"#) == .found([.payload: ["objectId": "o1", "total": 5]]))
        #expect(lookups(event(.omnichat, kind: .orderChanged, conversation: nil, raw: "[")).isEmpty)
    }

    // MARK: The others

    @Test func asksRocketChatForTheRoomOfASingleMessage() {
        let lookup = lookups(event(.rocketchat), bots: ["bell"]).first
        #expect(urls(lookup) == ["GET https://api.test/api/v1/rooms.info?roomId=c%201"])
        let room = #""_id": "c 1", "open": true, "departmentId": "d1", "v": {"_id": "v1"}"#
        func tells(_ more: String) -> LookupAnswer? { answer(lookup, #"{"room": {\#(room)\#(more)}, "success": true}"#) }
        let common: [EventField: Value] = [.conversationDepartment: "d1", .contactID: "v1"]
        let ana: [EventField: Value] = [.agentID: "a1", .agentUsername: "ana", .conversationHandler: "human"]
        #expect(tells("") == .found(common.merging([.conversationHandler: "queue"]) { $1 }))
        #expect(tells(#", "servedBy": {"_id": "a1", "username": "ana"}"#) == .found(common.merging(ana) { $1 }))
        #expect(
            tells(#", "servedBy": {"username": "bell"}"#)
                == .found(common.merging([.agentUsername: "bell", .conversationHandler: "bot"]) { $1 }))
        #expect(answer(lookup, #"{"room": {"_id": "other"}}"#) == .missing)
        #expect(answer(lookup, "[]") == .unreadable)
        let told = Conversation(id: "c1", department: "d1")
        #expect(lookups(event(.rocketchat, conversation: told, agent: Agent(id: "a1"))).isEmpty)
    }

    @Test func asksHuggyWhoseChatItIs() throws {
        let closed = event(.huggy, kind: .conversationClosed)
        let lookup = try #require(lookups(closed).first)
        #expect(urls(lookup) == ["GET https://api.test/chats/c%201"])
        let found = answer(lookup, #"{"id": "c 1", "situation": "auto", "contactId": 5, "agentId": null}"#)
        #expect(found == .found([.contactID: "5", .conversationStatus: "auto", .conversationHandler: "bot"]))
        let filled = closed.filled(with: FetchedFields(values: [.contactID: "5"]))
        let contact = lookups(filled).last
        #expect(contact?.subject == "contact/5")
        #expect(contact?.fields == [.contactName, .contactEmail, .contactPhone, .contactAttributes])
        #expect(
            answer(contact, #"{"id": 5, "name": "Ana", "phone": "75999", "custom_fields": {"plan": "gold"}}"#)
                == .found([
                    .contactID: "5", .contactName: "Ana", .contactPhone: "75999", .contactAttributes: ["plan": "gold"],
                ]))
        let message = event(.huggy, contact: Contact(id: "5", name: "Ana"))
        #expect(lookups(message).map(\.fields) == [[.conversationStatus, .conversationHandler, .agentID], [.contactAttributes]])
    }

    @Test func asksChannelTalkForTheChatOfAMessageWithoutRefers() {
        let lookup = lookups(event(.channeltalk)).first
        #expect(urls(lookup) == ["GET https://api.test/user-chats/c%201"])
        let json = #"""
            {"userChat": {"id": "c 1", "state": "opened", "assigneeId": "m1", "teamId": "t1", "tags": ["vip"]},
            "user": {"id": "u1", "profile": {"name": "Ana", "mobileNumber": "+5511", "plan": "gold"}}}
            """#
        #expect(
            answer(lookup, json)
                == .found([
                    .conversationStatus: "opened", .conversationHandler: "human", .conversationTeam: "t1",
                    .conversationTags: ["vip"], .agentID: "m1", .contactID: "u1", .contactName: "Ana",
                    .contactPhone: "+5511",
                    .contactAttributes: ["name": "Ana", "mobileNumber": "+5511", "plan": "gold"],
                ]))
        #expect(answer(lookup, #"{"userChat": {"id": "other"}}"#) == .missing)
        let told = event(
            .channeltalk, conversation: Conversation(id: "c1", status: "opened"), contact: Contact(id: "u", name: "Ana"),
            agent: Agent(id: "m1"))
        #expect(lookups(told).isEmpty)
        #expect(lookups(event(.channeltalk, conversation: Conversation(id: "g1", channel: "group"))).isEmpty)
    }

    @Test(arguments: VendorCatalog.all.map(\.profile.id))
    func asksNothingAboutAnEventWithoutAConversation(_ vendor: VendorID) {
        #expect(lookups(event(vendor, kind: .other, conversation: nil)).isEmpty)
    }

    @Test(arguments: VendorCatalog.all.map(\.profile.id))
    func makesOnlyReadingCalls(_ vendor: VendorID) {
        let events = [
            event(vendor), event(vendor, contact: Contact(id: "5")),
            event(vendor, kind: .interactionChanged, conversation: nil, raw: #"{"objectId": "i1"}"#),
        ]
        for lookup in events.flatMap({ lookups($0) }) {
            for request in [lookup.request, lookup.fallback].compactMap(\.self) {
                #expect(request.method == "GET")
                #expect(request.body == nil)
            }
        }
    }
}

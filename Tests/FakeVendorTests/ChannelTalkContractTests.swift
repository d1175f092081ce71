import Model
import TestSupport
import Testing
import VendorKit
import Vendors

@Suite(.timeLimit(.minutes(15))) struct ChannelTalkContractTests {
    private static let user = "67f0a1b2c3d4e5f60001"

    static let rows: [ActionRow<FakeChannelTalk>] = [
        .init(.reply(Reply(text: "안녕하세요\n👋"))) {
            #expect($0.texts == ["안녕하세요\n👋"])
            #expect($0.chat?.messages.map(\.bot) == ["Shop Helper"])
        },
        .init(.reply(Reply(text: "1 < 2 & <b>3</b> > \"2\""))) {
            #expect($0.texts?.first?.contains("<") == false, "what customers write is no markup")
        },
        .init(.reply(Reply(text: "무엇을?", buttons: ["배송", "환불"]))) { #expect($0.texts == ["무엇을?\n1. 배송\n2. 환불"]) },
        .init(.reply(Reply(text: "영수증", file: "https://files.example.com/receipt.pdf"))) {
            #expect($0.texts?.first?.hasPrefix("영수증\n") == true)
        },
        .init(.note("VIP")) {
            #expect($0.texts == ["VIP"])
            #expect($0.chat?.messages.map(\.isPrivate) == [true])
        },
        .init(.route(.agent("Koala Manager"))) { #expect($0.chat?.assignee == "60125") },
        .init(.tag(["refund", "vip"], of: .contact)) { #expect($0.users[user]?.tags == ["vip", "new", "refund"]) },
        .init(.untag(["vip"], of: .contact)) { #expect($0.users[user]?.tags == ["new"]) },
        .init(.close(Closing())) { #expect($0.chat?.state == "closed") },
        .init(.contact(["plan": "pro", "phone": "+821012345678"])) {
            #expect($0.users[user]?.profile == ["plan": "pro", "mobileNumber": "+821012345678"])
            #expect($0.users[user]?.tags == ["vip", "new"])
        },
        .init(.contact(["unsubscribeEmail": "true", "unsubscribeTexting": false, "plan": "pro"])) {
            #expect($0.users[user]?.unsubscribesEmail == true)
            #expect($0.users[user]?.unsubscribesTexting == false)
            #expect($0.users[user]?.profile == ["plan": "pro"])
        },
        .init(
            .call(
                VendorCall(
                    method: "PUT", path: "/user-chats/67f0a1b2c3d4e5f6c001/snooze?duration=PT1H&botName=Shop%20Helper"))
        ) { #expect($0.chat?.state == "snoozed") },
    ]

    @Test(arguments: rows) func carriesOut(_ row: ActionRow<FakeChannelTalk>) async throws {
        try await row.run(on: Scenes.channelTalk())
    }

    @Test func everyFeatureIsTried() { ActionRow.expectAllFeatures(of: ChannelTalk(), in: Self.rows) }

    private static let chat = "67f0a1b2c3d4e5f6c001"

    private static func call(_ method: String, _ path: String, _ json: Value? = nil) -> Action {
        .call(VendorCall(method: method, path: path, json: json))
    }

    private static let messages = "/user-chats/\(chat)/messages?botName=Shop"

    /// What is documented and no action of its own.
    static let calls: [ActionRow<FakeChannelTalk>] = [
        .init(call("PUT", "/user-chats/\(chat)/open?botName=Shop")) { #expect($0.chat?.state == "opened") },
        .init(call("PUT", "/user-chats/\(chat)/snooze?duration=PT1H&botName=Shop")) { #expect($0.chat?.state == "snoozed") },
        .init(call("PATCH", "/user-chats/\(chat)/invite?botName=Shop&managerIds=60125&managerIds=60126")) {
            #expect($0.chat?.managers == ["60125", "60126"])
        },
        .init(call("PATCH", "/user-chats/\(chat)", ["description": "VIP"])) { #expect($0.chat?.description == "VIP") },
        .init(
            call(
                "POST", messages,
                [
                    "blocks": [["type": "text", "value": "Your order"]],
                    "buttons": [
                        [
                            "title": "Open", "colorVariant": "cobalt",
                            "action": ["type": "web", "attributes": ["url": "https://shop.example.com"]],
                        ]
                    ],
                ])
        ) { #expect($0.chat?.messages.first?.buttons == [["Open", "https://shop.example.com"]]) },
        .init(
            call(
                "POST", messages,
                [
                    "blocks": [["type": "text", "value": "Order?"]],
                    "form": [
                        "type": "custom",
                        "inputs": [["type": "text", "label": "Order", "bindingKey": "userChat.profile.orderNo"]],
                    ],
                ])
        ) { #expect($0.texts == ["Order?"]) },
        .init(call("POST", messages, ["files": [["id": "f", "name": "a.pdf", "size": 1, "bucket": "b", "key": "k"]]])) {
            #expect($0.chat?.messages.count == 1)
        },
        .init(call("POST", "/groups/6/messages?botName=Shop", ["plainText": "hi"])) {
            #expect($0.groups["6"]?.map(\.text) == ["hi"])
        },
        .init(call("PATCH", "/users/\(user)", ["profileOnce": ["from": "ads"], "unsubscribeTexting": true])) {
            #expect($0.users[user]?.profile == ["from": "ads"])
            #expect($0.users[user]?.unsubscribesTexting == true)
        },
        .init(call("POST", "/users", ["profile": ["name": "N"]])) { #expect($0.users.count == 2) },
        .init(call("POST", "/users/\(user)/user-chats")) { #expect($0.userChats.count == 2) },
        .init(call("POST", "/users/\(user)/block")) { #expect($0.users[user]?.isBlocked == true) },
        .init(call("POST", "/users/\(user)/events", ["name": "refund", "property": ["order": "1"]])) {
            #expect($0.users[user]?.events == ["refund"])
        },
        .init(call("POST", "/bots", ["name": "Shop", "color": "#123456"])) { #expect($0.bots.keys.sorted() == ["Shop"]) },
        .init(call("POST", "/announcements/announce?managerIds=60125", ["plainText": "hi"])) {
            #expect($0.announcements.map(\.text) == ["hi"])
            #expect($0.announcements.map(\.managers) == [["60125"]])
        },
        .init(call("POST", "/announcements/announce/all", ["plainText": "hi"])) {
            #expect($0.announcements.map(\.managers) == [[]])
        },
        .init(call("POST", "/chat-tags", ["name": "refund"])) { #expect($0.chatTags.count == 1) },
        .init(call("DELETE", "/user-chats/\(chat)")) { #expect($0.userChats.isEmpty) },
    ]

    @Test(arguments: calls) func makesACallAsItIsWritten(_ row: ActionRow<FakeChannelTalk>) async throws {
        try await row.run(on: Scenes.channelTalk())
    }

    /// A message that its author gave a `requestId` is found again by it.
    @Test func aMessageOfACallIsReadBack() async throws {
        let stage = try Scenes.channelTalk()
        defer { stage.fake.stop() }
        let effect = stage.effect(
            .call(
                VendorCall(
                    method: "POST", path: "/user-chats/\(Self.chat)/messages", json: ["plainText": "hi", "requestId": "own"])))
        #expect(try await stage.isDone(effect) == false)
        _ = try await stage.carryOut(effect)
        #expect(try await stage.isDone(effect) == true)
        #expect(stage.fake.complaints == [])
    }

    @Test(arguments: [Action.route(.agent("nobody")), .close(Closing()), .reply(Reply(text: "x"))])
    func whatIsNotThereIsRefused(action: Action) async throws {
        let stage = try Scenes.channelTalk()
        defer { stage.fake.stop() }
        if action.kind != .route { stage.fake.change { $0.userChats = [:] } }
        let outcome = try await stage.carryOut(stage.effect(action))?.outcome
        #expect(outcome?.name == "refused")
        #expect(stage.fake.complaints == [])
    }

    @Test func aTeamChatIsAGroup() async throws {
        let stage = try Scenes.channelTalk()
        defer { stage.fake.stop() }
        var target = stage.target
        (target.conversationID, target.contactID, target.channel) = ("6", nil, "group")
        let attempt = try await stage.carryOut(stage.effect(.reply(Reply(text: "build ok")), target: target))
        #expect(attempt?.outcome?.isDone == true)
        #expect(stage.fake.api.groups["6"]?.map(\.text) == ["build ok"])
        #expect(stage.fake.complaints == [])
    }

    @Test(arguments: [true, false]) func aRepeatedReplyIsFoldedWhereTheVendorDoes(folds: Bool) async throws {
        let stage = try Scenes.channelTalk()
        defer { stage.fake.stop() }
        stage.fake.change { $0.foldsRepeats = folds }
        let effect = stage.effect(.reply(Reply(text: "네")))
        #expect(try await stage.isDone(effect) == false)
        let first = try await stage.carryOut(effect)
        let second = try await stage.carryOut(effect)
        #expect(first?.outcome?.isDone == true)
        #expect(second?.outcome?.isDone == true)
        // Where it does not, only reading back before a repeat keeps it at one.
        #expect(try await stage.isDone(effect) == true)
        #expect(stage.fake.api.texts?.count == (folds ? 1 : 2))
        #expect(stage.fake.complaints == [])
    }

    @Test func theRateLimitIsToldWithItsEnd() async throws {
        let stage = try Scenes.channelTalk(quota: FakeTokenBucket(limit: 2, milliseconds: 120_000))
        defer { stage.fake.stop() }
        var attempts: [Stage<FakeChannelTalk>.Attempt] = []
        for index in 1...3 {
            let effect = stage.effect(.reply(Reply(text: "\(index)")), key: "k\(index)")
            attempts += try await stage.carryOut(effect).map { [$0] } ?? []
        }
        #expect(attempts.map { $0.outcome?.name } == ["done", "done", "throttled"])
        guard case .throttled(let wait) = attempts.last?.outcome else { return }
        #expect((1_000...62_000).contains(wait ?? 0))
        #expect(attempts.last?.result.response.flatMap { stage.vendor.rateLimit(told: $0) }?.limit == 2)
        #expect(stage.fake.arrivals.map(\.isOverLimit) == [false, false, true])
    }
}

extension FakeChannelTalk {
    fileprivate var chat: UserChat? { userChats["67f0a1b2c3d4e5f6c001"] }
    fileprivate var texts: [String]? { chat?.messages.map(\.text) }
}

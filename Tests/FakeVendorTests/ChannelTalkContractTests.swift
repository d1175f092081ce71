import Model
import TestSupport
import Testing
import VendorKit
import Vendors

@Suite(.timeLimit(.minutes(1))) struct ChannelTalkContractTests {
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

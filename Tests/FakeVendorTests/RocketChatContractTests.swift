import Model
import TestSupport
import Testing
import VendorKit
import Vendors

@Suite(.timeLimit(.minutes(15))) struct RocketChatContractTests {
    private static let room = "6Xn2kQpW9sVbT4mYe"
    private static let visitor = "66b1f0a2c3d4e5f60718293a"

    static let rows: [ActionRow<FakeRocketChat>] = [
        .init(.reply(Reply(text: "Olá \"Charles\"\n👋"))) { #expect($0.texts == ["Olá \"Charles\"\n👋"]) },
        .init(.reply(Reply(text: "Which?", buttons: ["A", "B"]))) { #expect($0.texts == ["Which?\n1. A\n2. B"]) },
        .init(.reply(Reply(text: "Here", file: "https://files.example.org/a.pdf"))) {
            #expect($0.texts == ["Here\nhttps://files.example.org/a.pdf"])
        },
        .init(.route(.department("Billing"))) {
            #expect($0.rooms[room]?.department == "68304887113ac52640bc1ca6")
            #expect($0.rooms[room]?.agent == nil, "it waits in the queue of its department")
        },
        .init(.route(.agent("Kim Jane"))) { #expect($0.rooms[room]?.agent == "hU3humanAgent00002") },
        .init(.route(.queue)) { #expect($0.rooms[room]?.agent == nil) },
        .init(.tag(["refund", "vip"], of: .conversation)) { #expect($0.rooms[room]?.tags == ["delivery", "vip", "refund"]) },
        .init(.untag(["vip", "absent"], of: .conversation)) { #expect($0.rooms[room]?.tags == ["delivery"]) },
        .init(.close(Closing(comment: "Thanks", tags: ["refund", "vip"]))) {
            #expect($0.rooms[room]?.isOpen == false)
            #expect($0.rooms[room]?.closingComment == "Thanks")
            #expect($0.rooms[room]?.tags == ["delivery", "vip", "refund"])
        },
        .init(.close(Closing())) { #expect($0.rooms[room]?.isOpen == false) },
        .init(.contact(["name": "María", "email": "m@example.com", "plan": "pro", "age": 41, "unknown": "x"])) {
            #expect($0.visitors[visitor]?.name == "María")
            #expect($0.visitors[visitor]?.email == "m@example.com")
            #expect($0.visitors[visitor]?.fields == ["plan": "pro", "age": "41"])
            #expect($0.rooms[room]?.tags == ["delivery", "vip"], "saving a visitor keeps the room's tags")
        },
        .init(.call(VendorCall(method: "POST", path: "/livechat/room.onHold", json: ["roomId": .string(room)]))) {
            #expect($0.rooms[room]?.isOnHold == true)
        },
    ]

    @Test(arguments: rows) func carriesOut(_ row: ActionRow<FakeRocketChat>) async throws {
        try await row.run(on: Scenes.rocketChat())
    }

    @Test func everyFeatureIsTried() { ActionRow.expectAllFeatures(of: RocketChat(), in: Self.rows) }

    @Test func aRepeatedReplyIsOneMessage() async throws {
        let stage = try Scenes.rocketChat()
        defer { stage.fake.stop() }
        let effect = stage.effect(.reply(Reply(text: "Olá")))
        #expect(try await stage.isDone(effect) == false)
        let first = try await stage.carryOut(effect)
        let second = try await stage.carryOut(effect)
        #expect(first?.outcome == .done(remoteID: Idempotency.id(for: effect)))
        // The vendor's answer to a repeat is a 400 with an accident of JavaScript.
        #expect(second?.result.status == 400)
        #expect(second?.outcome?.isUncertain == true || second?.outcome?.isDone == true)
        #expect(try await stage.isDone(effect) == true)
        #expect(stage.fake.api.texts == ["Olá"])
        #expect(stage.fake.arrivals.filter(\.isRepeat).count == 1)
        #expect(stage.fake.complaints == [])
    }

    @Test(arguments: [Action.close(Closing()), .route(.agent("Kim Jane")), .route(.department("Billing"))])
    func whatIsDoneAlreadyIsDone(action: Action) async throws {
        let stage = try Scenes.rocketChat()
        defer { stage.fake.stop() }
        _ = try await stage.carryOut(stage.effect(action))
        let again = try await stage.carryOut(stage.effect(action))
        #expect(again?.result.status == 400)
        #expect(again?.outcome?.isDone == true)
    }

    private static func post(_ path: String, _ json: Value) -> Action {
        .call(VendorCall(method: "POST", path: path, json: json))
    }

    private static let rid = Value.string(room)

    /// What is documented and no action of its own.
    static let calls: [ActionRow<FakeRocketChat>] = [
        .init(post("/chat.postMessage", ["roomId": rid, "text": " a "])) { #expect($0.texts == ["a"]) },
        .init(
            post(
                "/chat.sendMessage",
                ["message": ["_id": "own-id-0123456789", "rid": rid, "msg": "a", "blocks": [["type": "divider"]]]])
        ) { #expect($0.rooms[room]?.messages.first?.blocks == [["type": "divider"]]) },
        .init(
            post("/livechat/room.forward", ["roomId": rid, "departmentId": "d1", "userId": "u1", "comment": "VIP"])
        ) { #expect($0.rooms[room]?.agent == "u1") },
        .init(
            post(
                "/livechat/room.closeByUser",
                [
                    "rid": rid,
                    "transcriptEmail": ["sendToVisitor": true, "requestData": ["email": "a@example.org", "subject": "s"]],
                ])
        ) { #expect($0.rooms[room]?.isOpen == false) },
        .init(
            post(
                "/livechat/room.saveInfo",
                ["guestData": ["_id": .string(visitor)], "roomData": ["_id": rid, "topic": "VIP", "tags": ["vip"]]])
        ) {
            #expect($0.rooms[room]?.topic == "VIP")
            #expect($0.rooms[room]?.tags == ["vip"])
        },
        .init(post("/livechat/room.onHold", ["roomId": rid])) { #expect($0.rooms[room]?.isOnHold == true) },
        .init(post("/livechat/transcript/\(room)", ["email": "a@example.org", "subject": "s"])) {
            #expect($0.rooms[room]?.transcriptEmail == "a@example.org")
        },
        .init(post("/livechat/inquiries.returnAsInquiry", ["roomId": rid, "departmentId": "d1"])) {
            #expect($0.rooms[room]?.department == "d1")
            #expect($0.rooms[room]?.agent == nil)
        },
        .init(post("/livechat/message", ["token": "t", "rid": rid, "msg": "a"])) {
            #expect($0.rooms[room]?.messages.first?.author == visitor)
        },
        .init(post("/livechat/messages", ["visitor": ["token": "t"], "messages": [["msg": "a"]]])) { #expect($0.texts == ["a"]) },
        .init(post("/livechat/custom.field", ["token": "t", "key": "plan", "value": "pro", "overwrite": true])) {
            #expect($0.visitors[visitor]?.fields["plan"] == "pro")
        },
        .init(
            post("/livechat/custom.fields", ["token": "t", "customFields": [["key": "age", "value": "4", "overwrite": true]]])
        ) { #expect($0.visitors[visitor]?.fields["age"] == "4") },
        .init(post("/livechat/visitor", ["visitor": ["token": "t", "phone": "+55"]])) {
            #expect($0.visitors[visitor]?.phone == "+55")
        },
        .init(post("/livechat/visitor/department.transfer", ["token": "t", "rid": rid, "department": "d1"])) {
            #expect($0.rooms[room]?.department == "d1")
        },
        .init(post("/livechat/room.close", ["token": "t", "rid": rid])) { #expect($0.rooms[room]?.isOpen == false) },
        .init(post("/livechat/transcript", ["token": "t", "rid": rid, "email": "a@example.org"])) {
            #expect($0.rooms[room]?.transcripts == 1)
        },
        .init(post("/canned-responses", ["shortcut": "hi", "text": "Hello", "scope": "global"])) {
            #expect($0.cannedResponses.count == 1)
        },
    ]

    @Test(arguments: calls) func makesACallAsItIsWritten(_ row: ActionRow<FakeRocketChat>) async throws {
        try await row.run(on: Scenes.rocketChat())
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var action: Action
        var code: String
        var change: @Sendable (inout FakeRocketChat) -> Void

        init(_ action: Action, _ code: String, _ change: @escaping @Sendable (inout FakeRocketChat) -> Void = { _ in }) {
            self.action = action
            self.code = code
            self.change = change
        }

        var testDescription: String { "\(action.kind.rawValue): \(code)" }
    }

    private static let refusals = [
        Refusal(.close(Closing()), "error-comment-is-required") { $0.demandsClosingComments = true },
        Refusal(.close(Closing(comment: "x")), "error-tags-must-be-assigned-before-closing-chat") { api in
            api.departmentsDemandingTags = ["d0"]
            api.rooms[room]?.tags = []
        },
        Refusal(.reply(Reply(text: "x")), "error-mac-limit-reached") { $0.isOverContactLimit = true },
        Refusal(.route(.queue), "error-mac-limit-reached") { $0.isOverContactLimit = true },
        Refusal(.route(.agent("u1")), "error-room-onHold") { $0.rooms[room]?.isOnHold = true },
        Refusal(.route(.department("nowhere")), "error-invalid-department"),
        Refusal(.route(.queue), "room-closed") { $0.rooms[room]?.isOpen = false },
    ]

    @Test(arguments: refusals) func whatTheServerWillNotDoIsRefused(_ refusal: Refusal) async throws {
        let stage = try Scenes.rocketChat()
        defer { stage.fake.stop() }
        stage.fake.change(refusal.change)
        let outcome = try await stage.carryOut(stage.effect(refusal.action))?.outcome
        #expect(outcome == .refused(.refused, message: "HTTP 400: \(refusal.code)"))
        #expect(stage.fake.complaints == [])
    }

    /// By its own `_id`, of a user or of a visitor, which the call gave it.
    @Test(
        arguments: [
            ("/chat.sendMessage", ["message": ["_id": "own-id-0123456789", "rid": .string(room), "msg": "a"]]),
            ("/livechat/message", ["token": "t", "_id": "own-id-0123456789", "rid": .string(room), "msg": "a"]),
        ] as [(String, Value)])
    func aRepeatedMessageOfACallIsOneMessage(path: String, json: Value) async throws {
        let stage = try Scenes.rocketChat()
        defer { stage.fake.stop() }
        let effect = stage.effect(.call(VendorCall(method: "POST", path: path, json: json)))
        #expect(try await stage.isDone(effect) != true)
        #expect(try await stage.carryOut(effect)?.outcome?.isDone == true)
        #expect(try await stage.carryOut(effect)?.outcome?.isUncertain == true)
        #expect(try await stage.isDone(effect) == true)
        #expect(stage.fake.api.texts == ["a"])
        #expect(stage.fake.complaints == [])
    }

    @Test func whoServesNobodyIsBackInTheQueue() async throws {
        let stage = try Scenes.rocketChat()
        defer { stage.fake.stop() }
        stage.fake.change { $0.rooms[Self.room]?.agent = nil }
        #expect(try await stage.carryOut(stage.effect(.route(.queue)))?.outcome?.isDone == true)
    }

    @Test func tagsThatAreThereNeedNoCall() async throws {
        let stage = try Scenes.rocketChat()
        defer { stage.fake.stop() }
        #expect(try await stage.carryOut(stage.effect(.tag(["vip"], of: .conversation))) == nil)
        #expect(stage.fake.arrivals.count(where: \.tookEffect) == 0)
    }

    /// An agent tags the room after the event from which the effect knows its tags.
    @Test func tagsThatCameMeanwhileStay() async throws {
        let stage = try Scenes.rocketChat()
        defer { stage.fake.stop() }
        stage.fake.change { $0.rooms[Self.room]?.tags.append("by hand") }
        _ = try await stage.carryOut(stage.effect(.tag(["refund"], of: .conversation)))
        #expect(stage.fake.api.rooms[Self.room]?.tags == ["delivery", "vip", "by hand", "refund"])
    }

    @Test func theRateLimitIsToldWithItsEnd() async throws {
        let stage = try Scenes.rocketChat(quota: FakeFixedWindow(limit: 2, milliseconds: 60_000))
        defer { stage.fake.stop() }
        var attempts: [Stage<FakeRocketChat>.Attempt] = []
        for index in 1...3 {
            let effect = stage.effect(.reply(Reply(text: "\(index)")), key: "k\(index)")
            attempts += try await stage.carryOut(effect).map { [$0] } ?? []
        }
        #expect(attempts.map { $0.outcome?.name } == ["done", "done", "throttled"])
        guard case .throttled(let wait) = attempts.last?.outcome else { return }
        #expect((1_000...61_000).contains(wait ?? 0))
        let told = attempts.last?.result.response.flatMap { stage.vendor.rateLimit(told: $0) }
        #expect(told?.limit == 2)
        #expect(told?.remaining == 0)
        #expect(stage.fake.arrivals.map(\.isOverLimit) == [false, false, true])
        #expect(stage.fake.api.texts == ["1", "2"])
    }
}

extension FakeRocketChat {
    fileprivate var texts: [String]? { rooms["6Xn2kQpW9sVbT4mYe"]?.messages.map(\.text) }
}

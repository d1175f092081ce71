import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct ChannelTalkRequestsTests {
    private typealias Fixtures = ChannelTalkFixtures

    private static let headers: [VendorRequest.Header] = [
        .init("x-access-key", .secret("key")), .init("x-access-secret", .secret("secret")),
    ]

    private func request(
        _ action: Action, channel: String? = "webchat", account: Account = Fixtures.account
    ) throws -> VendorRequest {
        try ChannelTalk().request(for: Fixtures.effect(action, channel: channel), account: account)
    }

    @Test(
        arguments: [
            (.reply(Reply(text: "hi")), nil, "/user-chats/c1/messages"),
            (.reply(Reply(text: "hi")), "Shop Helper", "/user-chats/c1/messages?botName=Shop%20Helper"),
            (.note("hi"), "A&b=c", "/user-chats/c1/messages?botName=A%26b%3Dc"),
            (.close(Closing()), nil, "/user-chats/c1/close?botName=Bellhop"),
            (.close(Closing()), "Shop Helper", "/user-chats/c1/close?botName=Shop%20Helper"),
            (.route(.agent("koala")), "X", "/user-chats/c1/assign-to/managers/60125?botName=X"),
            (.route(.agent("7/8")), "X", "/user-chats/c1/assign-to/managers/7%2F8?botName=X"),
            (.contact(["a": 1]), "X", "/users/u1"), (.call(VendorCall(method: "GET", path: "/managers/1")), "X", "/managers/1"),
        ] as [(Action, String?, String)])
    func paths(action: Action, botName: String?, path: String) throws {
        var account = Fixtures.account
        account.settings["bot_name"] = botName
        let request = try request(action, account: account)
        #expect(request.url == "https://api.channel.io/open/v5" + path)
        #expect(request.headers == Self.headers)
    }

    @Test(arguments: ["a < b > c & d", "\u{3C}\u{338}x", "&lt;", "plain", "two\nlines"])
    func textIsEscaped(text: String) throws {
        guard case .json(let json) = try request(.reply(Reply(text: text))).body else {
            Issue.record("no JSON body")
            return
        }
        let value = try #require(json["blocks"]?["0"]?["value"]?.string)
        #expect(!value.unicodeScalars.contains("<") && !value.unicodeScalars.contains(">"))
        let entity = ChannelTalkFixtures.message(["plainText": nil, "blocks": json["blocks"]])
        #expect(try Fixtures.event(Fixtures.body(entity)).message?.text == text)
    }

    @Test func theRequestIDComesFromTheEffect() throws {
        let effect = Fixtures.effect(.reply(Reply(text: "hi")))
        let request = try ChannelTalk().request(for: effect, account: Fixtures.account)
        #expect(
            request.body
                == .json([
                    "blocks": [["type": "text", "value": "hi"]], "requestId": .string(Idempotency.id(for: effect)),
                ]))
        #expect(request.isIdempotent)
    }

    @Test(
        arguments: [
            (["phone": "+82", "plan": "pro"], ["mobileNumber": "+82", "plan": "pro"]),
            (["phone": "1", "mobileNumber": "2"], ["phone": "1", "mobileNumber": "2"]), ([:], [:]),
        ] as [(Value.Object, Value.Object)])
    func attributesAreMembersOfTheProfile(attributes: Value.Object, profile: Value.Object) throws {
        #expect(try request(.contact(attributes)).body == .json(["profile": .object(profile)]))
    }

    /// Two switches stand beside the profile, and are no texts.
    @Test(
        arguments: [
            (["unsubscribeEmail": "true"], ["unsubscribeEmail": true]),
            (
                ["unsubscribeTexting": false, "plan": "pro", "unsubscribeEmail": "False"],
                ["profile": ["plan": "pro"], "unsubscribeTexting": false, "unsubscribeEmail": false]
            ), (["unsubscribeEmail": "maybe"], nil), (["unsubscribeTexting": ""], nil), (["unsubscribeEmail": .null], nil),
        ] as [(Value.Object, Value?)])
    func subscriptionsAreNoMembersOfTheProfile(attributes: Value.Object, json: Value?) throws {
        guard let json else {
            #expect(throws: ActionError.self) { try request(.contact(attributes)) }
            return
        }
        #expect(try request(.contact(attributes)).body == .json(json))
    }

    @Test(
        arguments: [
            ("GET", "/managers/1", nil, true), ("PUT", "/user-chats/c1/open?botName=B", nil, true),
            ("PATCH", "/user-chats/c1", ["description": "d"], true), ("DELETE", "/users/u1/block", nil, true),
            ("POST", "/users/u1/block", nil, true), ("POST", "/bots", ["name": "B"], true),
            ("POST", "/users/u1/events", ["name": "e"], false), ("POST", "/users/u1/user-chats", nil, false),
            ("POST", "/user-chats/c1/messages?botName=B", ["plainText": "x"], false),
            ("POST", "user-chats/c1/messages?botName=B", ["plainText": "x", "requestId": "r"], true),
            ("POST", "/groups/g1/messages", ["plainText": "x", "requestId": "r"], false),
        ] as [(String, String, Value?, Bool)])
    func whatMayBeRepeated(method: String, path: String, json: Value?, isRepeatable: Bool) throws {
        #expect(
            try request(.call(VendorCall(method: method, path: path, json: json))).isIdempotent == isRepeatable)
    }

    @Test func aMessageOfACallIsReadBackByItsRequestID() throws {
        func effect(_ json: Value) -> Effect {
            Fixtures.effect(
                .call(VendorCall(method: "POST", path: "/user-chats/c%2F2/messages?botName=B", json: json)), conversation: nil)
        }
        let known = effect(["plainText": "x", "requestId": "r"])
        let read = try ChannelTalk().readBack(of: known, account: Fixtures.account)
        #expect(read?.url == "https://api.channel.io/open/v5/user-chats/c%2F2/messages?sortOrder=desc&limit=100")
        for (id, done) in [("r", true), ("s", false)] {
            let answer = VendorResponse(status: 200, body: Array("{\"messages\":[{\"requestId\":\"\(id)\"}]}".utf8))
            #expect(ChannelTalk().isDone(known, readBack: answer) == done)
        }
        #expect(try ChannelTalk().readBack(of: effect(["plainText": "x"]), account: Fixtures.account) == nil)
    }

    @Test(arguments: ["a@b", "50%", String(repeating: "x", count: 31), "ALF", "알프", "10:30", "a/b", "#1", "$"])
    func aNameThatTheVendorRefusesIsNotSent(botName: String) {
        var account = Fixtures.account
        account.settings["bot_name"] = botName
        #expect(throws: ActionError.self) { try request(.reply(Reply(text: "hi")), account: account) }
        #expect(throws: ActionError.self) { try request(.close(Closing()), account: account) }
        #expect(throws: Never.self) { try request(.contact(["a": 1]), account: account) }
    }

    @Test func aContactHasAtMostTwentyTags() {
        let tags = (0...20).map(String.init)
        #expect(throws: ActionError.self) { try request(.tag(tags, of: .contact)) }
        #expect(throws: Never.self) { try request(.tag(Array(tags.dropLast()), of: .contact)) }
    }

    @Test func aTeamChatTakesMessagesOnly() throws {
        let reply = try request(.reply(Reply(text: "hi")), channel: "group", account: Account(id: "a", vendor: .channeltalk))
        #expect(reply.url == "https://api.channel.io/open/v5/groups/c1/messages")
        for action in [Action.close(Closing()), .route(.agent("1"))] {
            #expect(throws: ActionError.self) { try request(action, channel: "group") }
        }
    }

    @Test func anActionNeedsWhatItActsOn() {
        let actions: [Action] = [
            .reply(Reply(text: "a")), .note("a"), .close(Closing()), .route(.agent("a")), .contact([:]),
            .tag(["a"], of: .contact), .untag(["a"], of: .contact),
        ]
        for action in actions {
            let effect = Fixtures.effect(action, conversation: nil, contact: nil)
            #expect(throws: ActionError.self) { try ChannelTalk().request(for: effect, account: Fixtures.account) }
            if action.kind == .tag || action.kind == .untag {
                #expect(throws: ActionError.self) { try ChannelTalk().preparation(for: effect, account: Fixtures.account) }
            }
        }
    }

    @Test(
        arguments: [.set(["a": 1]), .start("a"), .stopFlow, .http(HTTPCall(method: "GET", url: "https://a.example"))] as [Action])
    func whatIsNoCallOfTheVendorIsRefused(action: Action) {
        #expect(throws: ActionError.self) { try request(action) }
    }

    @Test(
        arguments: [
            (200, [:], #"{"message":{"id":"m1"},"bot":{}}"#, .done(remoteID: "m1")), (200, [:], "", .done(remoteID: nil)),
            (401, [:], "", .refused(.unauthorized, message: "HTTP 401")),
            (
                404, [:], #"{"status":404,"commonErrorCode":"ENTITY_NOT_FOUND","message":"no chat"}"#,
                .refused(.refused, message: "HTTP 404: ENTITY_NOT_FOUND: no chat")
            ),
            (
                422, [:], #"{"details":[{"field":"a","message":"b"},7,{"message":"c"}]}"#,
                .refused(.refused, message: "HTTP 422: a: b; c")
            ),
            (429, [:], "", .throttled(afterMilliseconds: nil)),
            (429, ["retry-after": "3", "x-ratelimit-reset": "9"], "", .throttled(afterMilliseconds: 3000)),
            (
                429, ["date": "Sun, 06 Nov 1994 08:49:37 GMT", "x-ratelimit-reset": "784111787"], "",
                .throttled(afterMilliseconds: 10_000)
            ),
            (429, ["x-ratelimit-reset": "784111787"], "", .throttled(afterMilliseconds: nil)),
            (400, [:], #"{"commonErrorCode":"RATE_LIMIT_EXCEEDED"}"#, .throttled(afterMilliseconds: nil)),
            (
                200, [:], #"{"status":422,"commonErrorCode":"VALIDATION_FAILED"}"#,
                .refused(.refused, message: "HTTP 422: VALIDATION_FAILED")
            ),
            (200, [:], #"{"operationErrorCode":"X"}"#, .refused(.refused, message: "HTTP 400: X")),
            (200, [:], #"{"commonErrorCode":"UNAUTHORIZED"}"#, .refused(.unauthorized, message: "HTTP 400: UNAUTHORIZED")),
            (200, [:], #"{"status":500,"commonErrorCode":"INTERNAL_ERROR"}"#, .uncertain(.serverError)),
            (400, [:], #"{"commonErrorCode":"INTERNAL_ERROR"}"#, .uncertain(.serverError)),
            (400, [:], #"{"commonErrorCode":"INVALID_CURSOR"}"#, .refused(.refused, message: "HTTP 400: INVALID_CURSOR")),
            (403, [:], #"{"commonErrorCode":"FORBIDDEN"}"#, .refused(.unauthorized, message: "HTTP 403: FORBIDDEN")),
            (200, [:], #"{"commonErrorCode":"RATE_LIMIT_EXCEEDED"}"#, .throttled(afterMilliseconds: nil)),
            (200, [:], #"{"message":{"id":"m1"},"commonErrorCode":null}"#, .done(remoteID: "m1")),
            (200, [:], "<html>", .uncertain(.uncertain)), (200, [:], "[]", .uncertain(.uncertain)),
            (204, [:], "", .done(remoteID: nil)), (503, ["retry-after": "2"], "", .throttled(afterMilliseconds: 2000)),
            (500, [:], "", .uncertain(.serverError)), (502, [:], "<html>", .uncertain(.serverError)),
        ] as [(Int, [String: String], String, DeliveryOutcome)])
    func answersToAMessage(status: Int, headers: [String: String], body: String, outcome: DeliveryOutcome) throws {
        let response = VendorResponse(status: status, headers: headers, body: Array(body.utf8))
        #expect(ChannelTalk().outcome(of: response, to: try request(.reply(Reply(text: "a")))) == outcome)
    }

    @Test func aChatsLastMessageIsNotTheCallsOwn() throws {
        let body = Array(#"{"userChat":{"id":"c1"},"message":{"id":"m1"}}"#.utf8)
        let outcome = ChannelTalk().outcome(of: VendorResponse(status: 200, body: body), to: try request(.close(Closing())))
        #expect(outcome == .done(remoteID: nil))
    }
}

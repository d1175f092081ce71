import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit

@Suite(.timeLimit(.minutes(15))) struct FakeChannelTalkTests {
    private let api = FakeChannelTalk(
        userChats: ["c1": .init(user: "u1")], groups: ["g1": []], users: ["u1": .init(memberID: "m1", tags: ["a"])],
        managers: ["1", "2"], groupNames: ["dev": "g1"])

    private static func text(_ value: String) -> Value { ["blocks": [["type": "text", "value": .string(value)]]] }

    private static let button: Value = [
        "title": "Open", "colorVariant": "cobalt", "action": ["type": "web", "attributes": ["url": "https://example.org"]],
    ]

    @Test(arguments: [
        HandWritten("POST", "/user-chats/c1/messages?botName=Bot", text("hi")),
        .init("POST", "/user-chats/c1/messages", text("<b>hi</b> &lt; <link type=\"url\" value=\"https://a.b\">x</link>")),
        .init("POST", "/user-chats/c1/messages", ["blocks": [["type": "code", "value": "a < b"]]]),
        .init("POST", "/user-chats/c1/messages", ["plainText": "hi", "requestId": "r", "options": ["private"]]),
        .init("POST", "/user-chats/c1/messages", ["plainText": "hi", "buttons": [button, button]]),
        .init("POST", "/groups/g1/messages?botName=Bot", text("hi")),
        .init("PATCH", "/user-chats/c1/assign-to/managers/1?botName=Bot"),
        .init("PATCH", "/user-chats/c1/invite?botName=Bot&managerIds=1&managerIds=2"),
        .init("PATCH", "/user-chats/c1/close?botName=Bot"),
        .init("PUT", "/user-chats/c1/open?botName=Bot"),
        .init("PUT", "/user-chats/c1/snooze?duration=PT1H&botName=Bot"),
        .init("PATCH", "/user-chats/c1", ["description": "d"]),
        .init("GET", "/user-chats/c1"),
        .init("GET", "/user-chats/c1/messages?sortOrder=desc&limit=100"),
        .init("GET", "/user-chats?state=closed&limit=500"),
        .init("PATCH", "/users/u1", ["profile": ["a": 1], "tags": ["b"]]),
        .init("PUT", "/users/@m1", ["profileOnce": ["a": 1]]),
        .init("GET", "/users/@m1"),
        .init("POST", "/users/u1/block"),
        .init("DELETE", "/users/u1/block"),
        .init("POST", "/users/u1/events", ["name": "e", "property": ["a": 1]]),
        .init("GET", "/channel"),
        .init("GET", "/user-chats/c1/messages/file?key=pub-file%2F1"),
        .init("GET", "/groups/g1/messages/file?key=k"),
        .init("DELETE", "/user-chats/c1", is: 204),
        .init("DELETE", "/user-chats/c1/remove", is: 204),
        .init("POST", "/groups/@dev/messages?botName=Bot", text("hi")),
        .init("POST", "/users", ["profile": ["name": "N"]]),
        .init("POST", "/users/u1/user-chats"),
        .init("PUT", "/users/@m2", ["profile": ["name": "N"], "unsubscribeEmail": true]),
        .init("GET", "/managers?limit=500"),
        .init("GET", "/managers/1"),
        .init("POST", "/bots", ["name": "Bot", "color": "#123456"]),
        .init("POST", "/announcements/announce?managerIds=1&managerIds=2", text("hi")),
        .init("POST", "/announcements/announce/all", ["plainText": "hi"]),
        .init("GET", "/chat-tags"),
        .init("POST", "/chat-tags", ["name": "refund", "colorVariant": "red", "followerIds": ["1"]]),
        .init("GET", "/webhooks?limit=25"),
        .init(
            "POST", "/webhooks",
            ["name": "w", "url": "https://hooks.example.org", "scopes": ["userChat.opened"], "apiVersion": "v5"]),
        .init("PUT", "/user-chats/c1/snooze?duration=PT23H50M&botName=Bot"),
        // Business errors.
        .init("GET", "/managers/9", is: 404),
        .init("POST", "/groups/g9/messages", text("hi"), is: 404),
        .init("POST", "/groups/@none/messages", text("hi"), is: 404),
        .init("POST", "/groups/g1/threads/none/messages?broadcast=true", text("hi"), is: 404),
        .init("PATCH", "/webhooks/9", ["blocked": false], is: 404),
        .init("DELETE", "/webhooks/9", is: 404),
        .init("GET", "/webhooks/9", is: 404),
        .init("PATCH", "/chat-tags/9", ["name": "x"], is: 404),
        .init("DELETE", "/chat-tags/9", is: 404),
        .init("POST", "/user-chats/c9/messages", text("hi"), is: 404),
        .init("PATCH", "/user-chats/c1/assign-to/managers/9?botName=Bot", is: 404),
        .init("GET", "/users/u9", is: 404),
    ])
    func takesWhatIsDocumented(call: HandWritten) async throws {
        let json = try await call.run(on: api, headers: Credentials.channelTalk)
        if call.status >= 400 { #expect(json?["commonErrorCode"] == "ENTITY_NOT_FOUND") }
    }

    private static let badMarkup = "a text block has a < or > that is neither markup nor escaped"

    @Test(arguments: [
        HandWritten("POST", "/user-chats/c1/message", text("x"), is: 404, complaint: "there is no such path"),
        .init("POST", "/user-chats/c1/close?botName=B", is: 404, complaint: "the method is not one of PATCH"),
        .init("PATCH", "/user-chats/c1/close", is: 422, complaint: "the query has no botName"),
        .init("PATCH", "/user-chats/c1/close?botName=a%40b", is: 422, complaint: "the query's botName is not as documented"),
        .init("PATCH", "/user-chats/c1/close?botName=ALF", is: 422, complaint: "the query's botName is not as documented"),
        .init(
            "POST", "/user-chats/c1/messages?botName=0123456789012345678901234567890", text("x"), is: 422,
            complaint: "the query's botName is not as documented"),
        .init("POST", "/user-chats/c1/messages", text("1 < 2"), is: 422, complaint: badMarkup),
        .init("POST", "/user-chats/c1/messages", text("<u>x</u>"), is: 422, complaint: badMarkup),
        .init("POST", "/user-chats/c1/messages", text("<b>x"), is: 422, complaint: badMarkup),
        .init("POST", "/user-chats/c1/messages", [:], is: 422, complaint: "the message is empty"),
        .init(
            "POST", "/user-chats/c1/messages", ["text": "x"], is: 422, complaint: "the body has text, which is not documented"),
        .init(
            "POST", "/user-chats/c1/messages", ["buttons": [button, button, button]], is: 422,
            complaint: "the body.buttons has more than 2 items"),
        .init("PATCH", "/user-chats/c1", ["tags": ["a"]], is: 422, complaint: "the body has no description"),
        .init(
            "PATCH", "/users/u1", ["tags": .array((1...21).map { .string("\($0)") })], is: 422,
            complaint: "the body.tags has more than 20 items"),
        .init("GET", "/user-chats/c1/messages", is: 422, complaint: "the query has no sortOrder"),
        .init(
            "PUT", "/user-chats/c1/snooze?duration=PT59S&botName=Bot", is: 422,
            complaint: "the query's duration is not as documented"),
        .init(
            "POST", "/webhooks", ["name": "w", "url": "u", "apiVersion": "v5"], is: 422, complaint: "the body has no scopes"),
        .init(
            "POST", "/webhooks", ["name": "w", "url": "u", "scopes": ["userChatOpened"], "apiVersion": "v5"], is: 422,
            complaint:
                "the body.scopes[0] is none of lead.deleted, lead.upserted.contact, lead.upserted.subscription, member.deleted, "
                + "member.upserted.contact, member.upserted.subscription, message.created.teamChat, message.created.userChat, "
                + "userChat.opened"),
        .init(
            "POST", "/chat-tags", ["name": "a b"], is: 422,
            complaint: "the name of a tag has a character that is not allowed there"),
        .init("POST", "/announcements/announce", text("x"), is: 422, complaint: "the query has no managerIds"),
    ])
    func complainsOfWhatIsNot(call: HandWritten) async throws {
        try await call.run(on: api, headers: Credentials.channelTalk)
    }

    @Test(arguments: [
        [VendorRequest.Header("x-access-key", .secret("key"))], [.init("x-access-secret", .secret("secret"))], [],
    ])
    func refusesOtherCredentials(headers: [VendorRequest.Header]) async throws {
        let call = HandWritten("GET", "/channel", is: 401, complaint: "the credentials are missing or wrong")
        let json = try await call.run(on: api, headers: headers)
        #expect(json?["commonErrorCode"] == "UNAUTHORIZED")
    }

    private func results(
        _ vendor: FakeVendor<FakeChannelTalk>, _ calls: [(String, String, Value?)]
    ) async throws -> [TransportResult] {
        let transport = try CurlTransport(version: "0")
        var results: [TransportResult] = []
        for (method, path, body) in calls {
            results.append(await vendor.call(method, path, body, headers: Credentials.channelTalk, over: transport))
        }
        return results
    }

    @Test func aWebhookIsMadeUnblockedAndDeleted() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let webhook: Value = [
            "name": "w", "url": "https://hooks.example.org", "scopes": ["message.created.userChat"], "apiVersion": "v5",
        ]
        let made = try await results(vendor, [("POST", "/webhooks", webhook), ("POST", "/webhooks", webhook)])
        #expect(made.map(\.status) == [200, 422])
        let id = try #require(made[0].json?["webhook"]?["id"]?.string)
        let rest = try await results(
            vendor,
            [
                ("PATCH", "/webhooks/\(id)", ["blocked": true]), ("GET", "/webhooks", nil),
                ("PATCH", "/webhooks/\(id)", ["blocked": false]), ("GET", "/webhooks/\(id)", nil),
                ("DELETE", "/webhooks/\(id)", nil), ("GET", "/webhooks", nil),
            ])
        #expect(rest.map(\.status) == [200, 200, 200, 200, 204, 200])
        #expect(rest[1].json?["webhooks"]?["0"]?["blocked"] == true)
        #expect(rest[3].json?["webhook"]?["blocked"] == false)
        #expect(rest[3].json?["webhook"]?["token"] != nil)
        #expect(rest[5].json?["webhooks"] == [])
        #expect(vendor.complaints == [])
    }

    @Test func aThreadHangsOnAMessageOfItsGroup() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let root = try await results(vendor, [("POST", "/groups/g1/messages", Self.text("root"))])
        let id = try #require(root[0].json?["message"]?["id"]?.string)
        let replies = try await results(
            vendor,
            [
                ("POST", "/groups/g1/threads/\(id)/messages?broadcast=false", Self.text("a")),
                ("POST", "/groups/@dev/threads/\(id)/messages", Self.text("b")),
            ])
        #expect(replies.map(\.status) == [200, 200])
        #expect(vendor.api.groups["g1"]?.map(\.text) == ["root", "a", "b"])
        #expect(vendor.api.groups["g1"]?.map(\.rootID) == [nil, id, id])
    }

    @Test func messagesComeByPages() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let texts = ["a", "b", "c"]
        _ = try await results(vendor, texts.map { ("POST", "/user-chats/c1/messages", Self.text($0)) })
        let first = try await results(vendor, [("GET", "/user-chats/c1/messages?sortOrder=desc&limit=2", nil)])
        #expect(first[0].json?["messages"]?.array?.map { $0["plainText"] } == ["c", "b"])
        let next = try #require(first[0].json?["next"]?.string)
        let second = try await results(
            vendor, [("GET", "/user-chats/c1/messages?sortOrder=desc&limit=2&since=\(next)", nil)])
        #expect(second[0].json?["messages"]?.array?.map { $0["plainText"] } == ["a"])
        #expect(second[0].json?["next"] == nil)
    }

    @Test func aMemberWhoIsNotThereIsMade() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        _ = try await results(
            vendor,
            [
                ("PUT", "/users/@m9", ["profile": ["plan": "pro"], "profileOnce": ["plan": "free", "from": "ads"]]),
                ("PUT", "/users/@m9", ["unsubscribeEmail": true, "tags": ["a"]]),
            ])
        let user = vendor.api.users.values.first { $0.memberID == "m9" }
        #expect(user?.profile == ["plan": "pro", "from": "ads"])
        #expect(user?.unsubscribesEmail == true)
        #expect(user?.tags == ["a"])
    }

    @Test func limitsByABucket() async throws {
        var limited = api
        limited.quota = FakeTokenBucket(limit: 2, milliseconds: 120_000)
        let vendor = try FakeVendor(limited)
        defer { vendor.stop() }
        let transport = try CurlTransport(version: "0")
        var results: [TransportResult] = []
        for _ in 1...3 { results.append(await vendor.call("GET", "/channel", headers: Credentials.channelTalk, over: transport)) }
        #expect(results.map(\.status) == [200, 200, 429])
        #expect(results.map { $0.response?.headers["x-ratelimit-remaining"] } == ["1", "0", "0"])
        #expect(results[2].json?["commonErrorCode"] == "RATE_LIMIT_EXCEEDED")
    }

    @Test func aBucketFillsEvenly() {
        var bucket = FakeTokenBucket(limit: 2, milliseconds: 1_000)
        let taken = [0, 0, 100, 499, 500, 600, 1_000, 9_000, 9_000, 9_000].map { bucket.take(at: $0) }
        #expect(taken == [true, true, false, false, true, false, true, true, true, false])
    }

    @Test func aWindowBeginsWithItsFirstCall() {
        var window = FakeFixedWindow(limit: 1, milliseconds: 1_000)
        let taken = [100, 200, 1_099, 1_100].map { window.take("a", at: $0) }
        #expect(taken == [true, false, false, true])
        let other = window.take("b", at: 200)
        #expect(other)
    }
}

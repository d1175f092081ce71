import JSON
import Model
import Testing
import VendorKit
import Vendors

@Suite struct OmniChatRequestsTests {
    private typealias Fixtures = OmniChatFixtures

    private static let headers: [VendorRequest.Header] = [
        .init("x-api-key", .secret("key")), .init("x-api-secret", .secret("secret")),
    ]

    private func request(_ action: Action, channel: String? = "whatsapp") throws -> VendorRequest {
        try OmniChat().request(for: Fixtures.effect(action, channel: channel), account: Fixtures.account)
    }

    @Test(
        arguments: [
            (.route(.agent("ana")), ["type": "USER", "userId": "U1"]), (.route(.agent("U7")), ["type": "USER", "userId": "U7"]),
            (.route(.team("VENDAS")), ["type": "TEAM", "teamId": "T2"]),
            (.route(.department("billing")), ["type": "TEAM", "teamId": "T1"]),
            (.route(.department("vendas")), ["type": "TEAM", "teamId": "T2"]),
            (.route(.team("billing")), ["type": "TEAM", "teamId": "T1"]),
            (.route(.department("T9")), ["type": "TEAM", "teamId": "T9"]),
            (.route(.team("T9")), ["type": "TEAM", "teamId": "T9"]),
        ] as [(Action, Value)])
    func routesByNameOrID(action: Action, json: Value) throws {
        let expected = VendorRequest(
            method: "POST", url: "https://api.omni.chat/v1/chats/chat1/route", headers: Self.headers, body: .json(json))
        #expect(try request(action) == expected)
    }

    @Test(
        arguments: [
            (["Sim", "Não"], "whatsapp", true), (["Sim", "Não"], "webchat", false), (["Sim", "Não"], nil, false),
            (["a", "b", "c", "d"], "whatsapp", false), (["more than 20 characters"], "whatsapp", false),
            (["a", "a"], "whatsapp", false), ([""], "whatsapp", false),
        ] as [([String], String?, Bool)])
    func buttonsAreNativeWhereTheyFit(buttons: [String], channel: String?, isNative: Bool) throws {
        let request = try request(.reply(Reply(text: "Certo?", buttons: buttons)), channel: channel)
        let list = (["Certo?"] + buttons.enumerated().map { "\($0.offset + 1). \($0.element)" }).joined(separator: "\n")
        let native: Value = [
            "type": "INTERACTIVE_BUTTON", "chatId": "chat1", "forceSend": true,
            "button": ["header": "", "body": "Certo?", "footer": "", "buttons": .array(buttons.map(Value.string))],
        ]
        let text: Value = ["chatId": "chat1", "message": .string(list), "type": "TEXT"]
        #expect(request.body == .json(isNative ? native : text))
    }

    @Test func idsCannotLeaveTheirPlaceInTheURL() throws {
        let effect = Fixtures.effect(.close(Closing()), conversation: "a/../b?c#d é")
        let request = try OmniChat().request(for: effect, account: Fixtures.account)
        #expect(request.url == "https://api.omni.chat/v1/chats/a%2F..%2Fb%3Fc%23d%20%C3%A9/finish")
    }

    @Test func theBaseURLIsTheAccounts() throws {
        var account = Fixtures.account
        account.baseURL = "https://omni.example.org/api/"
        let effect = Fixtures.effect(.call(VendorCall(method: "GET", path: "teams?limit=5")))
        let request = try OmniChat().request(for: effect, account: account)
        #expect(
            request
                == VendorRequest(
                    method: "GET", url: "https://omni.example.org/api/teams?limit=5", headers: Self.headers, isIdempotent: true))
    }

    @Test(arguments: [.reply(Reply(text: "a")), .route(.team("a")), .close(Closing())] as [Action])
    func anActionNeedsItsConversation(action: Action) {
        let effect = Fixtures.effect(action, conversation: nil)
        #expect(throws: ActionError.self) { try OmniChat().request(for: effect, account: Fixtures.account) }
    }

    @Test(
        arguments: [.set(["a": 1]), .start("a"), .stopFlow, .http(HTTPCall(method: "GET", url: "https://a.example"))] as [Action])
    func whatIsNoCallOfTheVendorIsRefused(action: Action) {
        #expect(throws: ActionError.self) { try request(action) }
    }

    @Test(
        arguments: [
            (200, #"{"objectId":"m1"}"#, .done(remoteID: "m1")), (204, "", .done(remoteID: nil)),
            (200, "[]", .done(remoteID: nil)), (200, "no JSON", .done(remoteID: nil)),
            (400, #"{"message":"bad chat"}"#, .refused(.refused, message: "HTTP 400: bad chat")),
            (401, "", .refused(.unauthorized, message: "HTTP 401")), (403, "{}", .refused(.unauthorized, message: "HTTP 403")),
            (404, "<html>", .refused(.refused, message: "HTTP 404")), (302, "", .refused(.refused, message: "HTTP 302")),
            (408, "", .retry(.timeout)), (429, "", .throttled(afterMilliseconds: nil)), (500, "", .uncertain(.serverError)),
            (503, "", .uncertain(.serverError)),
        ] as [(Int, String, DeliveryOutcome)])
    func answers(status: Int, body: String, outcome: DeliveryOutcome) throws {
        let response = VendorResponse(status: status, body: Array(body.utf8))
        #expect(OmniChat().outcome(of: response, to: try request(.reply(Reply(text: "a")))) == outcome)
    }

    @Test(
        arguments: [
            (429, ["retry-after": "7"], .throttled(afterMilliseconds: 7000)),
            (503, ["retry-after": " 120 "], .throttled(afterMilliseconds: 120_000)),
            (503, ["retry-after": "soon"], .uncertain(.serverError)), (500, ["retry-after": "7"], .uncertain(.serverError)),
            (429, ["retry-after": "-7"], .throttled(afterMilliseconds: 0)),
            (429, ["retry-after": "9223372036854775807"], .throttled(afterMilliseconds: .max)),
            (
                429, ["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT", "date": "Sun, 06 Nov 1994 08:49:07 GMT"],
                .throttled(afterMilliseconds: 30_000)
            ),
            (429, ["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"], .throttled(afterMilliseconds: nil)),
            (
                429, ["retry-after": "Sun, 06 Nov 1994 08:49:37 GMT", "date": "Mon, 07 Nov 1994 08:49:07 GMT"],
                .throttled(afterMilliseconds: 0)
            ),
        ] as [(Int, [String: String], DeliveryOutcome)])
    func waitingTimes(status: Int, headers: [String: String], outcome: DeliveryOutcome) throws {
        let response = VendorResponse(status: status, headers: headers)
        #expect(OmniChat().outcome(of: response, to: try request(.reply(Reply(text: "a")))) == outcome)
    }

    @Test func aLongErrorIsCut() throws {
        let body = JSONWriter.bytes(["message": .string(String(repeating: "x", count: 5000))])
        let outcome = OmniChat().outcome(
            of: VendorResponse(status: 422, body: body), to: try request(.reply(Reply(text: "a"))))
        #expect(outcome == .refused(.refused, message: "HTTP 422: " + String(repeating: "x", count: 200)))
    }
}

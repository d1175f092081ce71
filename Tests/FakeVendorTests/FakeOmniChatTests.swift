import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit

@Suite(.timeLimit(.minutes(1))) struct FakeOmniChatTests {
    private let api = FakeOmniChat(
        chats: ["c1": .init(), "c2": .init(status: "FINISHED")], users: ["u1"], teams: ["t1", "t2"])

    private static let buttons: Value = ["header": "h", "body": "b", "footer": "f", "buttons": ["A", "B"]]

    @Test(arguments: [
        HandWritten("POST", "/messages", ["chatId": "c1", "message": "oi", "type": "TEXT"]),
        .init("POST", "/messages", ["chatId": "c1", "message": "oi", "type": "TEXT", "forceSend": true]),
        .init("POST", "/messages", ["chatId": "c1", "type": "INTERACTIVE_BUTTON", "button": buttons, "forceSend": true]),
        .init("POST", "/messages", ["chatId": "c1", "type": "IMAGE", "attachment": ["name": "a", "file": "b"]]),
        .init("POST", "/messages", ["templateId": "x", "platformId": "5511", "templateTokens": ["a"], "forceSend": true]),
        .init("POST", "/chats/c1/route", ["type": "USER", "userId": "u1"]),
        .init("POST", "/chats/c1/route", ["type": "TEAM", "teamId": "t1"]),
        .init("POST", "/chats/c1/finish", ["closingReason": "r"]),
        .init("GET", "/chats?updatedAt.gt=2026-01-01T00%3A00%3A00Z&limit=100&order.updatedAt=ASC"),
        .init("GET", "/chats/c1"),
        .init("GET", "/chats/c1/messages?limit=300&order.createdAt=ASC"),
        .init("GET", "/teams"),
        .init("GET", "/interactions?limit=500"),
        // Business errors.
        .init("POST", "/messages", ["chatId": "c9", "message": "oi", "type": "TEXT"], is: 404),
        .init("POST", "/chats/c1/route", ["type": "TEAM", "teamId": "t9"], is: 404),
        .init("POST", "/chats/c2/finish", ["closingReason": "r"], is: 400),
        .init("GET", "/messages/none", is: 404),
    ])
    func takesWhatIsDocumented(call: HandWritten) async throws {
        let json = try await call.run(on: api, headers: Credentials.omniChat)
        if call.status >= 400 { #expect(json?["message"]?.string != nil) }
    }

    @Test(arguments: [
        HandWritten("POST", "/message", ["a": 1], is: 404, complaint: "there is no such path"),
        .init("PUT", "/chats/c1/finish", ["closingReason": "r"], is: 404, complaint: "the method is not one of POST"),
        .init(
            "POST", "/messages", ["chatId": "c1", "text": "oi", "type": "TEXT"], is: 400,
            complaint: "the body has text, which is not documented"),
        .init(
            "POST", "/messages", ["chatId": "c1", "message": "oi"], is: 400, complaint: "the body has no type"),
        .init(
            "POST", "/messages", ["chatId": "c1", "type": "TEXT"], is: 400, complaint: "a message of type TEXT has no message"),
        .init(
            "POST", "/messages", ["chatId": "c1", "type": "TEXT", "message": "x", "button": buttons], is: 400,
            complaint: "a message of type TEXT has button, which is not documented"),
        .init("POST", "/chats/c1/route", ["type": "USER", "teamId": "t1"], is: 400, complaint: "the body has no userId"),
        .init("POST", "/chats/c1/finish", [:], is: 400, complaint: "the body has no closingReason"),
        .init("GET", "/chats?where=%7B%7D", is: 400, complaint: "the query has where, which is not documented"),
    ])
    func complainsOfWhatIsNot(call: HandWritten) async throws {
        try await call.run(on: api, headers: Credentials.omniChat)
    }

    @Test(arguments: [
        [VendorRequest.Header("x-api-key", .secret("key"))], [.init("x-api-secret", .secret("secret"))],
        [.init("x-api-key", .secret("secret")), .init("x-api-secret", .secret("key"))],
    ])
    func refusesOtherCredentials(headers: [VendorRequest.Header]) async throws {
        let call = HandWritten("GET", "/teams", is: 401, complaint: "the credentials are missing or wrong")
        try await call.run(on: api, headers: headers)
    }
}

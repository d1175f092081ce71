import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit

@Suite(.timeLimit(.minutes(15))) struct FakeChatwootTests {
    private let api = FakeChatwoot(
        conversations: [118: .init(labels: ["vip"])], contacts: [41: .init(name: "Lena Brandt")], users: [12], teams: [4])

    private static let account = "/api/v1/accounts/3"
    private static let conversation = account + "/conversations/118"

    @Test(arguments: [
        HandWritten("POST", conversation + "/messages", ["content": "Hi"]),
        .init("POST", conversation + "/messages", ["content": "Hi", "message_type": "outgoing", "private": true]),
        .init(
            "POST", conversation + "/messages",
            [
                "content": "Which?", "content_type": "input_select",
                "content_attributes": ["items": [["title": "A", "value": "a"]]], "private": false,
            ]),
        .init("GET", conversation + "/messages?before=5021"),
        .init("POST", conversation + "/toggle_status", ["status": "snoozed", "snoozed_until": 1_767_693_600]),
        .init("POST", conversation + "/toggle_priority", ["priority": "high"]),
        .init("POST", conversation + "/assignments", ["assignee_id": 12]),
        .init("POST", conversation + "/assignments", ["team_id": 4]),
        .init("GET", conversation + "/labels"),
        .init("POST", conversation + "/labels", ["labels": []]),
        .init("POST", conversation + "/custom_attributes", ["custom_attributes": ["a": 1]]),
        .init("GET", account + "/contacts/41/labels"),
        .init("PUT", account + "/contacts/41", ["name": "Lena", "custom_attributes": ["a": .null]]),
        .init("GET", account + "/teams"),
        .init("GET", "/api/v1/profile"),
        // Business errors.
        .init("POST", account + "/conversations/9/messages", ["content": "Hi"], is: 404),
        .init("POST", "/api/v1/accounts/4/conversations/118/messages", ["content": "Hi"], is: 404),
        .init("PUT", account + "/contacts/9", ["name": "Lena"], is: 404),
        .init("PUT", account + "/contacts/41", ["phone_number": "912 000 001"], is: 422),
    ])
    func takesWhatIsDocumented(call: HandWritten) async throws {
        let json = try await call.run(on: api, headers: Credentials.chatwoot)
        if call.status >= 400 { #expect(json?["error"]?.string != nil || json?["message"]?.string != nil) }
    }

    @Test(arguments: [
        HandWritten("POST", account + "/chats/118/messages", ["content": "x"], is: 404, complaint: "there is no such path"),
        .init("PUT", conversation + "/labels", ["labels": []], is: 404, complaint: "the method is not one of GET, POST"),
        .init("POST", conversation + "/messages", ["text": "x"], is: 422, complaint: "the body has no content"),
        .init(
            "POST", conversation + "/messages", ["content": "x", "buttons": ["a"]], is: 422,
            complaint: "the body has buttons, which is not documented"),
        .init(
            "POST", conversation + "/toggle_status", ["status": "closed"], is: 422,
            complaint: "the body.status is none of open, pending, resolved, snoozed"),
        .init(
            "POST", conversation + "/assignments", ["team_id": "4"], is: 422, complaint: "the body.team_id is no integer"),
        .init("POST", conversation + "/labels", ["labels": "vip"], is: 422, complaint: "the body.labels is no list"),
        .init(
            "PUT", account + "/contacts/41", ["phone": "+1"], is: 422, complaint: "the body has phone, which is not documented"),
    ])
    func complainsOfWhatIsNot(call: HandWritten) async throws {
        try await call.run(on: api, headers: Credentials.chatwoot)
    }

    @Test(arguments: [
        [VendorRequest.Header("Authorization", .secret("token", prefix: "Bearer "))], [.init("api_access_token", .text("x"))],
        [],
    ])
    func refusesOtherCredentials(headers: [VendorRequest.Header]) async throws {
        let call = HandWritten("GET", "/api/v1/profile", is: 401, complaint: "the credentials are missing or wrong")
        try await call.run(on: api, headers: headers)
    }

    @Test func anAgentBotMayNotReadLabels() async throws {
        var api = api
        api.isBot = true
        try await HandWritten("GET", Self.conversation + "/labels", is: 401).run(on: api, headers: Credentials.chatwoot)
        try await HandWritten("POST", Self.conversation + "/messages", ["content": "Hi"])
            .run(on: api, headers: Credentials.chatwoot)
    }

    @Test func whoIsNotThereIsNobody() async throws {
        let call = HandWritten("POST", Self.conversation + "/assignments", ["assignee_id": 99])
        #expect(try await call.run(on: api, headers: Credentials.chatwoot) == .null)
    }
}

import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit

@Suite(.timeLimit(.minutes(15))) struct FakeOmniChatTests {
    private let api: FakeOmniChat

    init() {
        var api = FakeOmniChat(
            chats: ["c1": .init(), "c2": .init(status: "FINISHED", user: "u1", team: "t1")], users: ["u1"], teams: ["t1", "t2"])
        api.chats["c1"]?.name = "Maria Souza"
        api.chats["c1"]?.platformID = "5511988887777"
        api.chats["c1"]?.phone = .init(countryCode: "55", areaCode: "11", phoneNumber: "988887777")
        api.chats["c1"]?.labels = ["l1"]
        api.chats["c1"]?.customer = ["email": "maria@example.org"]
        api.chats["c1"]?.messages = [
            .init(id: "in1", type: "TEXT", text: "oi", status: "INCOMING_READ"),
            .init(
                id: "in2", type: "IMAGE", text: "", file: "https://files.example.org/a.jpg", status: "INCOMING_RECEIVED",
                createdAt: "2023-04-18T13:53:00.000Z"),
        ]
        api.chats["c2"]?.updatedAt = "2023-04-18T13:52:10.000Z"
        api.interactions = ["i1": .init(chat: "c1", team: "t1"), "i2": .init(status: "FINISHED", chat: "c2")]
        api.orders = ["o1": ["total": 7]]
        self.api = api
    }

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
        .init("GET", "/interactions/i1"),
        .init("GET", "/orders/o1"),
        .init("GET", "/teams/t1"),
        .init("GET", "/users/u1"),
        .init("GET", "/messages/in1"),
        .init("GET", "/chats?createdAt.gt=2021-05-01&order.createdAt=DESC&limit=100&offset=100"),
        // Business errors.
        .init("POST", "/messages", ["chatId": "c9", "message": "oi", "type": "TEXT"], is: 404),
        .init("POST", "/chats/c1/route", ["type": "TEAM", "teamId": "t9"], is: 404),
        .init("POST", "/chats/c2/finish", ["closingReason": "r"], is: 400),
        .init("GET", "/messages/none", is: 404),
        .init("GET", "/chats/none", is: 404),
        .init("GET", "/interactions/none", is: 404),
        .init("GET", "/orders/none", is: 404),
        .init("GET", "/teams/none", is: 404),
        .init("GET", "/users/none", is: 404),
    ])
    func takesWhatIsDocumented(call: HandWritten) async throws {
        let json = try await call.run(on: api, headers: Credentials.omniChat)
        if call.status >= 400 { #expect(json?["message"]?.string != nil) }
    }

    // MARK: - What it answers

    private static let time: Value = "2023-04-18T13:47:30.000Z"

    private static let chats: [String: Value] = [
        "c1": [
            "objectId": "c1", "status": "WAITING", "platform": "WAB-OMNICHAT", "platformId": "5511988887777",
            "name": "Maria Souza", "phone": ["countryCode": "55", "areaCode": "11", "phoneNumber": "988887777"],
            "labels": [["objectId": "l1"]], "user": .null, "customer": ["email": "maria@example.org"], "createdAt": time,
            "updatedAt": time,
        ],
        "c2": [
            "objectId": "c2", "status": "FINISHED", "platform": "WAB-OMNICHAT", "labels": [],
            "user": ["name": "User", "lastName": "u1", "email": "u1@example.org"],
            "team": ["objectId": "t1", "name": "Team t1"], "createdAt": time, "updatedAt": "2023-04-18T13:52:10.000Z",
        ],
    ]

    private static let messages: [Value] = [
        ["objectId": "in1", "type": "TEXT", "status": "INCOMING_READ", "text": "oi", "createdAt": time, "updatedAt": time],
        [
            "objectId": "in2", "type": "IMAGE", "status": "INCOMING_RECEIVED",
            "attachmentUrl": "https://files.example.org/a.jpg", "createdAt": "2023-04-18T13:53:00.000Z",
            "updatedAt": "2023-04-18T13:53:00.000Z",
        ],
    ]

    private static let interactions: [Value] = [
        [
            "objectId": "i1", "status": "WAITING", "botFowardedToTeam": "t1",
            "chat": ["objectId": "c1", "name": "Maria Souza", "platformId": "5511988887777"], "createdAt": time,
            "updatedAt": time,
        ],
        [
            "objectId": "i2", "status": "FINISHED", "chat": ["objectId": "c2", "team": ["objectId": "t1"]], "createdAt": time,
            "updatedAt": time,
        ],
    ]

    @Test(
        arguments: [
            ("/chats/c1", chats["c1"]), ("/chats/c2", chats["c2"]),
            ("/chats", .array([chats["c1"], chats["c2"]].compactMap(\.self))),
            ("/chats?updatedAt.gt=2023-04-18T13:50:00.000Z&order.updatedAt=ASC", .array([chats["c2"]].compactMap(\.self))),
            ("/chats?order.updatedAt=DESC&limit=1", .array([chats["c2"]].compactMap(\.self))),
            ("/chats?createdAt.gt=2023-04-18&offset=1", .array([chats["c2"]].compactMap(\.self))),
            ("/chats?createdAt.gt=2023-04-19", []), ("/chats?offset=2", []),
            ("/chats/c1/messages?limit=300&order.createdAt=ASC", .array(messages)),
            ("/chats/c1/messages?limit=1&order.createdAt=DESC", .array([messages[1]])),
            ("/messages/in1", messages[0].with("chat", ["className": "Chat", "objectId": "c1"])),
            ("/interactions?limit=500", .array(interactions)), ("/interactions/i2", interactions[1]),
            ("/orders/o1", ["objectId": "o1", "total": 7]),
            ("/teams", [["objectId": "t1", "name": "Team t1"], ["objectId": "t2", "name": "Team t2"]]),
            ("/teams/t2", ["objectId": "t2", "name": "Team t2"]),
            ("/users/u1", ["objectId": "u1", "name": "User", "lastName": "u1", "email": "u1@example.org"]),
        ] as [(String, Value?)])
    func readsWhatItHolds(path: String, object: Value?) async throws {
        let json = try await HandWritten("GET", path).run(on: api, headers: Credentials.omniChat)
        #expect(json.map(Self.unordered) == object.map(Self.unordered))
    }

    /// Members in the order of their keys: two objects with the same ones are equal then.
    private static func unordered(_ value: Value) -> Value {
        switch value {
        case .array(let items): .array(items.map(unordered))
        case .object(let object):
            .object(Value.Object(object.entries.sorted { $0.key < $1.key }.map { ($0.key, unordered($0.value)) }))
        default: value
        }
    }

    @Test(arguments: ["/chats/c1", "/interactions/i1", "/orders/o1", "/teams/t1", "/users/u1"])
    func mayHaveNoCallForOneObject(path: String) async throws {
        var api = api
        api.readsSingleObjects = false
        try await HandWritten("GET", path, is: 404).run(on: api, headers: Credentials.omniChat)
    }

    /// The answer to a new message holds its id alone; the chat is found by reading the message.
    @Test func aTemplateOpensAChat() async throws {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let transport = try CurlTransport(version: "0")
        for (number, chat) in [("5511977776666", "c000000002"), ("5511988887777", "c1"), ("5511977776666", "c000000002")] {
            let body: Value = ["templateId": "t", "platformId": .string(number), "templateTokens": ["Ana"], "forceSend": true]
            let sent = await vendor.call("POST", "/messages", body, headers: Credentials.omniChat, over: transport)
            let id = try #require(sent.json?["objectId"]?.string)
            let message = await vendor.call("GET", "/messages/\(id)", headers: Credentials.omniChat, over: transport)
            #expect(message.json?["chat"]?["objectId"] == .string(chat))
        }
        #expect(vendor.api.templates.map(\.platformID) == ["5511977776666", "5511988887777", "5511977776666"])
        #expect(vendor.complaints == [])
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

extension Value {
    fileprivate func with(_ key: String, _ value: Value) -> Value {
        var object = object ?? [:]
        object[key] = value
        return .object(object)
    }
}

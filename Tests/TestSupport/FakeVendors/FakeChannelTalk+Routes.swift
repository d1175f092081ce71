extension FakeChannelTalk {
    package static let routes: [FakeRoute<FakeChannelTalk>] = userChatRoutes + userRoutes

    private static let userChatRoutes: [FakeRoute<FakeChannelTalk>] = [
        .init("POST", "user-chats/{chat}/messages", query: [botName(isRequired: false)], body: messageBody) {
            $0.sendMessage($1)
        },
        .init("PATCH", "user-chats/{chat}/assign-to/managers/{manager}", query: [botName(isRequired: true)]) { $0.assign($1) },
        .init(
            "PATCH", "user-chats/{chat}/invite",
            query: [botName(isRequired: true), .init("managerIds", isRequired: true, mayRepeat: true)]
        ) { $0.invite($1) },
        .init("PATCH", "user-chats/{chat}/close", query: [botName(isRequired: true)]) { $0.setState("closed", $1) },
        .init("PUT", "user-chats/{chat}/open", query: [botName(isRequired: true)]) { $0.setState("opened", $1) },
        .init(
            "PUT", "user-chats/{chat}/snooze",
            query: [botName(isRequired: true), .init("duration", isRequired: true) { $0.hasPrefix("P") && $0.count > 2 }]
        ) { $0.setState("snoozed", $1) },
        // Only the description can be changed.
        .init("PATCH", "user-chats/{chat}", body: .object(["description": .needed(.text(longest: 1_000))])) { $0.describe($1) },
        .init("GET", "user-chats/{chat}") { $0.chat($1) },
        .init("GET", "user-chats", query: lists + [.init("state"), sortOrder(isRequired: false)]) { $0.chatList($1) },
        .init("GET", "user-chats/{chat}/messages", query: lists + [sortOrder(isRequired: true)]) { $0.messages($1) },
        .init("POST", "groups/{group}/messages", query: [botName(isRequired: false)], body: messageBody) {
            $0.sendGroupMessage($1)
        },
        .init("GET", "channel") { _, _ in .says(.json(200, ["channel": ["id": "1", "name": "Shop"]])) },
        .init("GET", "managers", query: lists) { api, _ in
            .says(.json(200, ["managers": .array(api.managers.sorted().map { ["id": .string($0), "name": .string($0)] })]))
        },
        .init("GET", "webhooks", query: lists) { _, _ in .says(.json(200, ["webhooks": []])) },
    ]

    private static let userRoutes: [FakeRoute<FakeChannelTalk>] = [
        .init("PUT", "users/@{member}", body: userBody) { $0.updateUser($1) },
        .init("PATCH", "users/{user}", body: userBody) { $0.updateUser($1) },
        .init("GET", "users/@{member}") { $0.user($1) },
        .init("GET", "users/{user}") { $0.user($1) },
        .init("POST", "users/{user}/block") { $0.block(true, $1) },
        .init("DELETE", "users/{user}/block") { $0.block(false, $1) },
        .init(
            "POST", "users/{user}/events",
            body: .object(["name": .needed(.word), "property": .optional(.map(.any))])
        ) { $0.track($1) },
    ]

    private static func botName(isRequired: Bool) -> FakeQueryItem {
        FakeQueryItem("botName", isRequired: isRequired) { name in
            !name.isEmpty && name.count <= 30 && !name.contains { "@#$%:/".contains($0) }
                && !["ALF", "알프", "アルフ"].contains(name)
        }
    }

    private static let lists: [FakeQueryItem] = [.init("limit") { (1...500).contains(Int($0) ?? 0) }, .init("since")]

    private static func sortOrder(isRequired: Bool) -> FakeQueryItem {
        FakeQueryItem("sortOrder", isRequired: isRequired) { ["asc", "desc", "both"].contains($0) }
    }

    private static let messageBody = FakeShape.object([
        "blocks": .optional(
            .list(
                .either([
                    .object(["type": .needed(.oneWord(of: ["code"])), "value": .needed(.text), "language": .optional(.text)]),
                    .object(["type": .needed(.oneWord(of: ["bullets"])), "blocks": .needed(.list(.any))]),
                    .object(["type": .needed(.oneWord(of: ["text"])), "value": .needed(.text)]),
                ]))),
        "plainText": .optional(.text), "requestId": .optional(.word),
        "buttons": .optional(.list(button, longest: 2, shortest: 1)),
        "form": .optional(.object(["type": .needed(.word), "inputs": .needed(.list(.map(.any), longest: 4, shortest: 1))])),
        "files": .optional(.list(.map(.any), longest: 20)),
        "options": .optional(
            .list(
                .oneWord(of: [
                    "actAsManager", "displayAsChannel", "doNotPost", "doNotSearch", "doNotSendApp", "doNotUpdateDesk",
                    "immutable", "private", "silent", "silentToManager", "silentToUser", "alertToWriter",
                ]))),
    ])

    private static let button = FakeShape.object([
        "title": .needed(.text(longest: 30)),
        "colorVariant": .needed(.oneWord(of: ["cobalt", "green", "orange", "red", "black", "pink", "purple"])),
        "action": .needed(
            .object([
                "type": .needed(.oneWord(of: ["web", "wam", "command", "submit"])), "attributes": .needed(.map(.any)),
            ])),
    ])

    private static let userBody = FakeShape.object([
        "profile": .optional(.map(.any)), "profileOnce": .optional(.map(.any)), "tags": .optional(.list(.word, longest: 20)),
        "unsubscribeEmail": .optional(.bool), "unsubscribeTexting": .optional(.bool),
    ])
}

extension FakeChannelTalk {
    package static let routes: [FakeRoute<FakeChannelTalk>] = userChatRoutes + groupRoutes + userRoutes + deskRoutes

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
            query: [botName(isRequired: true), .init("duration", isRequired: true, allows: isLongEnough)]
        ) { $0.setState("snoozed", $1) },
        // Only the description can be changed.
        .init("PATCH", "user-chats/{chat}", body: .object(["description": .needed(.text(longest: 1_000))])) { $0.describe($1) },
        .init("GET", "user-chats/{chat}") { $0.chat($1) },
        .init("GET", "user-chats", query: lists + [.init("state"), sortOrder(isRequired: false)]) { $0.chatList($1) },
        .init("GET", "user-chats/{chat}/messages", query: lists + [sortOrder(isRequired: true)]) { $0.messages($1) },
        .init("GET", "user-chats/{chat}/messages/file", query: [.init("key", isRequired: true)]) { $0.file($1) },
        .init("DELETE", "user-chats/{chat}") { $0.remove($1) },
        .init("DELETE", "user-chats/{chat}/remove") { $0.remove($1) },
    ]

    private static let groupRoutes: [FakeRoute<FakeChannelTalk>] =
        ["groups/@{name}", "groups/{group}"].flatMap { group in
            [
                FakeRoute("POST", "\(group)/messages", query: [botName(isRequired: false)], body: messageBody) {
                    $0.sendGroupMessage($1)
                },
                FakeRoute(
                    "POST", "\(group)/threads/{message}/messages",
                    query: [botName(isRequired: false), .init("broadcast") { ["true", "false"].contains($0) }], body: messageBody
                ) { $0.sendGroupMessage($1) },
            ]
        } + [
            .init("GET", "groups/{group}/messages/file", query: [.init("key", isRequired: true)]) { $0.file($1) }
        ]

    private static let deskRoutes: [FakeRoute<FakeChannelTalk>] = [
        .init("GET", "channel") { _, _ in .says(.json(200, ["channel": ["id": "1", "name": "Shop"]])) },
        .init("GET", "managers", query: lists) { api, _ in
            .says(.json(200, ["managers": .array(api.managers.sorted().map { ["id": .string($0), "name": .string($0)] })]))
        },
        .init("GET", "managers/{manager}") { $0.manager($1) },
        .init(
            "POST", "bots", body: .object(["name": .needed(.word), "color": .optional(.word), "avatarUrl": .optional(.word)])
        ) { $0.saveBot($1) },
        .init(
            "POST", "announcements/announce",
            query: [botName(isRequired: false), .init("managerIds", isRequired: true, mayRepeat: true)], body: messageBody
        ) { $0.announce($1) },
        .init("POST", "announcements/announce/all", query: [botName(isRequired: false)], body: messageBody) { $0.announce($1) },
        .init("GET", "chat-tags", query: lists) { $0.tagList($1) },
        .init("POST", "chat-tags", body: tagBody(isNew: true)) { $0.createTag($1) },
        .init("PATCH", "chat-tags/{tag}", body: tagBody(isNew: false)) { $0.changeTag($1) },
        .init("DELETE", "chat-tags/{tag}") { $0.deleteTag($1) },
        .init("GET", "webhooks", query: lists) { $0.webhookList($1) },
        .init("POST", "webhooks", body: webhookBody(isNew: true)) { $0.createWebhook($1) },
        .init("GET", "webhooks/{webhook}") { $0.webhook($1) },
        .init("PATCH", "webhooks/{webhook}", body: webhookBody(isNew: false)) { $0.changeWebhook($1) },
        .init("DELETE", "webhooks/{webhook}") { $0.deleteWebhook($1) },
    ]

    private static let userRoutes: [FakeRoute<FakeChannelTalk>] = [
        .init("POST", "users", body: .object(["profile": .needed(.map(.any))])) { $0.createLead($1) },
        .init("PUT", "users/@{member}", body: userBody) { $0.upsertMember($1) },
        .init("PATCH", "users/{user}", body: userBody) { $0.updateUser($1) },
        .init("GET", "users/@{member}") { $0.user($1) },
        .init("GET", "users/{user}") { $0.user($1) },
        .init("POST", "users/{user}/user-chats") { $0.openChat($1) },
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

    /// A duration of ISO 8601 of at least a minute.
    private static func isLongEnough(_ text: String) -> Bool {
        guard let parts = text.wholeMatch(of: #/P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?/#)?.output else {
            return false
        }
        let numbers = [parts.1, parts.2, parts.3, parts.4].map { $0.flatMap { Int($0) } ?? 0 }
        return zip(numbers, [86_400, 3_600, 60, 1]).reduce(0) { $0 + $1.0 * $1.1 } >= 60
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
        "colorVariant": .needed(.oneWord(of: colors)),
        "action": .needed(
            .object([
                "type": .needed(.oneWord(of: ["web", "wam", "command", "submit"])), "attributes": .needed(.map(.any)),
            ])),
    ])

    private static let userBody = FakeShape.object([
        "profile": .optional(.map(.any)), "profileOnce": .optional(.map(.any)), "tags": .optional(.list(.word, longest: 20)),
        "unsubscribeEmail": .optional(.bool), "unsubscribeTexting": .optional(.bool),
    ])

    private static func tagBody(isNew: Bool) -> FakeShape {
        .object([
            "name": isNew ? .needed(.word) : .optional(.word), "colorVariant": .optional(.oneWord(of: colors)),
            "followerIds": .optional(.list(.word)),
        ])
    }

    private static func webhookBody(isNew: Bool) -> FakeShape {
        func member(_ shape: FakeShape) -> FakeMember { isNew ? .needed(shape) : .optional(shape) }
        return .object([
            "name": member(.word), "url": member(.word), "scopes": member(.list(.oneWord(of: scopes))),
            "apiVersion": member(.oneWord(of: ["v4", "v5"])), "keywords": .optional(.list(.word, longest: 20, shortest: 1)),
            "blocked": .optional(.bool),
        ])
    }

    private static let scopes: Set<String> = [
        "userChat.opened", "message.created.userChat", "message.created.teamChat", "lead.upserted.contact",
        "lead.upserted.subscription", "lead.deleted", "member.upserted.contact", "member.upserted.subscription",
        "member.deleted",
    ]

    private static let colors: Set<String> = ["cobalt", "green", "orange", "red", "black", "pink", "purple"]
}

extension FakeOmniChat {
    package static let routes: [FakeRoute<FakeOmniChat>] = [
        .init("POST", "messages", body: messageBody) { $0.sendMessage($1) },
        .init(
            "POST", "chats/{chat}/route",
            body: .either([
                .object(["type": .needed(.oneWord(of: ["TEAM"])), "teamId": .needed(.word)]),
                .object(["type": .needed(.oneWord(of: ["USER"])), "userId": .needed(.word)]),
            ])
        ) { $0.route($1) },
        .init("POST", "chats/{chat}/finish", body: .object(["closingReason": .needed(.text)])) { $0.finish($1) },
        .init("GET", "chats", query: lists) { $0.chatList($1) },
        .init("GET", "chats/{chat}") { $0.chat($1) },
        .init("GET", "chats/{chat}/messages", query: lists) { $0.messages($1) },
        .init("GET", "messages/{message}") { $0.message($1) },
        .init("GET", "teams", query: lists) { $0.teamList($1) },
        .init("GET", "teams/{team}") { $0.team($1) },
        .init("GET", "users/{user}") { $0.user($1) },
        .init("GET", "interactions", query: lists) { $0.interactionList($1) },
        .init("GET", "interactions/{interaction}") { $0.interaction($1) },
        .init("GET", "orders/{order}") { $0.order($1) },
    ]

    private static let lists: [FakeQueryItem] = [
        .init("limit") { Int($0) ?? 0 > 0 }, .init("offset") { Int($0) ?? -1 >= 0 }, .init("createdAt.gt"),
        .init("updatedAt.gt"), .init("order.createdAt") { ["ASC", "DESC"].contains($0) },
        .init("order.updatedAt") { ["ASC", "DESC"].contains($0) },
    ]

    /// To a chat, or as a template to a number.
    private static let messageBody = FakeShape.either([
        .object([
            "templateId": .needed(.word), "platformId": .needed(.word), "templateTokens": .needed(.list(.text)),
            "forceSend": .optional(.bool), "type": .optional(.word), "attachmentUrl": .optional(.word),
            "integrationId": .optional(.word), "platform": .optional(.word),
        ]),
        .object([
            "chatId": .needed(.word), "forceSend": .optional(.bool),
            "type": .needed(.oneWord(of: ["TEXT", "INTERACTIVE_BUTTON", "IMAGE", "AUDIO", "VIDEO", "DOCUMENT", "FILE"])),
            "message": .optional(.word),
            "attachment": .optional(.object(["name": .needed(.word), "file": .needed(.word)])),
            "button": .optional(
                .object([
                    "header": .optional(.text), "body": .needed(.word), "footer": .optional(.text),
                    "buttons": .needed(.list(.word, longest: nil, shortest: 1)),
                ])),
        ]),
    ])
}

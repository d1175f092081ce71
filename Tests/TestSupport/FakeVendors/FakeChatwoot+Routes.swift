extension FakeChatwoot {
    package static let routes: [FakeRoute<FakeChatwoot>] = [
        .init("GET", "api/v1/profile") { $0.profile($1) },
        .init("GET", "api/v1/accounts/{account}/teams") { $0.teamList($1) },
        .init("GET", "api/v1/accounts/{account}/agents") { $0.agentList($1) },
        .init("GET", conversation) { $0.conversation($1) },
        .init("GET", conversation + "/messages", query: [.init("before"), .init("after")]) { $0.messages($1) },
        .init("POST", conversation + "/messages", body: messageBody) { $0.createMessage($1) },
        .init(
            "POST", conversation + "/toggle_status",
            body: .object([
                "status": .needed(.oneWord(of: ["open", "resolved", "pending", "snoozed"])),
                "snoozed_until": .optional(.integer),
            ])
        ) { $0.setStatus($1) },
        .init(
            "POST", conversation + "/toggle_priority",
            body: .object(["priority": .needed(.oneWord(of: ["none", "low", "medium", "high", "urgent"]))])
        ) { $0.setPriority($1) },
        .init(
            "POST", conversation + "/assignments",
            body: .either([.object(["assignee_id": .needed(.integer)]), .object(["team_id": .needed(.integer)])])
        ) { $0.assign($1) },
        .init("GET", conversation + "/labels") { $0.labels($1) },
        .init("POST", conversation + "/labels", body: labelsBody) { $0.saveLabels($1) },
        .init(
            "POST", conversation + "/custom_attributes", body: .object(["custom_attributes": .needed(.map(.any))])
        ) { $0.setAttributes($1) },
        .init("GET", contact + "/labels") { $0.contactLabels($1) },
        .init("POST", contact + "/labels", body: labelsBody) { $0.saveContactLabels($1) },
        .init("PUT", contact, body: contactBody) { $0.saveContact($1) },
    ]

    private static let conversation = "api/v1/accounts/{account}/conversations/{conversation}"
    private static let contact = "api/v1/accounts/{account}/contacts/{contact}"

    private static let labelsBody = FakeShape.object(["labels": .needed(.list(.word))])

    private static let messageBody = FakeShape.object([
        "content": .needed(.text), "message_type": .optional(.oneWord(of: ["outgoing", "incoming"])),
        "private": .optional(.bool),
        "content_type": .optional(.oneWord(of: ["text", "input_email", "cards", "input_select", "form", "article"])),
        "content_attributes": .optional(
            .object(["items": .optional(.list(.map(.any))), "in_reply_to": .optional(.integer)])),
        "template_params": .optional(
            .object([
                "name": .needed(.word), "category": .optional(.word), "language": .optional(.word),
                "processed_params": .optional(.map(.any)),
            ])),
    ])

    private static let contactBody = FakeShape.object([
        "name": .optional(.text), "email": .optional(.text), "phone_number": .optional(.text), "avatar_url": .optional(.text),
        "identifier": .optional(.text), "custom_attributes": .optional(.map(.any)),
    ])
}

extension FakeHuggy {
    package static let routes: [FakeRoute<FakeHuggy>] =
        version3("v3/") + version3("v3/companies/{company}/") + version2

    /// Users of several accounts name the company in the path.
    private static func version3(_ prefix: String) -> [FakeRoute<FakeHuggy>] {
        [
            .init("POST", prefix + "chats/{chat}/messages", body: messageBody) { $0.sendMessage($1) },
            .init("PUT", prefix + "chats/{chat}/agent", body: .object(["agentId": .needed(.integer)])) { $0.assign($1) },
            .init(
                "POST", prefix + "chats/{chat}/transfer",
                body: .object(["agentId": .needed(.integer), "message": .optional(.text)])
            ) { $0.assign($1) },
            .init("PUT", prefix + "chats/{chat}/department", body: departmentBody) { $0.setDepartment($1) },
            .init("PUT", prefix + "chats/{chat}/workflow", body: workflowBody) { $0.setWorkflow($1) },
            .init("POST", prefix + "chats/{chat}/workflow", body: workflowBody) { $0.setWorkflow($1) },
            .init("PUT", prefix + "chats/{chat}/close", body: closeBody) { $0.close($1) },
            .init(
                "POST", prefix + "chats/{chat}/flow",
                body: .object(["flowId": .needed(.integer), "variables": .optional(.map(.any))])
            ) { $0.startFlow($1) },
            .init("PUT", prefix + "contacts/{contact}/execFlow", body: contactFlowBody) { $0.executeFlow($1) },
            .init("PUT", prefix + "contacts/{contact}/ExecFlow", body: contactFlowBody) { $0.executeFlow($1) },
            .init("GET", prefix + "chats/{chat}/contextVariables") { $0.variables($1) },
            .init("GET", prefix + "chats", query: chatFilters) { $0.chatList($1) },
            .init("GET", prefix + "chats/{chat}") { $0.chat($1) },
            .init("GET", prefix + "chats/{chat}/messages", query: [page, .init("showEvents")]) { $0.messages($1) },
            .init("GET", prefix + "contacts", query: [page, .init("phone")]) { $0.findContacts($1) },
            .init("POST", prefix + "contacts", body: newContactBody) { $0.createContact($1) },
            .init("GET", prefix + "contacts/{contact}") { $0.contact($1) },
            .init("PUT", prefix + "contacts/{contact}", body: contactBody) { $0.updateContact($1) },
            .init("DELETE", prefix + "contacts/{contact}") { $0.deleteContact($1) },
            .init("GET", prefix + "contacts/{contact}/timeline") { $0.timeline($1) },
            .init("POST", prefix + "contacts/{contact}/chats") { $0.openChat($1) },
            .init("GET", prefix + "agents", query: [page, .init("allPages")]) { api, _ in
                .says(.json(200, .array(api.agents.sorted().map { ["id": .integer($0)] })))
            },
            .init("GET", prefix + "agents/profile") { _, _ in
                .says(.json(200, ["id": 1, "companyID": "1", "name": "Auto", "email": "bot@example.org"]))
            },
            .init("GET", prefix + "shortcuts") { _, _ in .says(.json(200, [])) },
        ]
    }

    private static let version2: [FakeRoute<FakeHuggy>] = [
        .init("POST", "v2/chats/{chat}/queue") { $0.queue($1) },
        .init(
            "POST", "v2/chats/{chat}/situation",
            body: .object(["situation": .needed(.oneWord(of: ["auto", "wait_for_chat", "in_chat", "blocked"]))])
        ) { $0.setSituation($1) },
        .init("POST", "v2/chats/{chat}/department", body: departmentBody) { $0.setDepartment($1) },
        .init("POST", "v2/chats/{chat}/close", body: .object(["sendFeedback": .optional(.bool)])) { $0.close($1) },
        .init("POST", "v2/chats/{chat}/reopen") { $0.reopen($1) },
        .init("GET", "v2/chats/{chat}/feedback") { $0.feedback($1) },
        .init("POST", "v2/flows/{flow}/contact/{contact}/exec") { $0.executeFlowOfPath($1) },
    ]

    private static let page = FakeQueryItem("page") { Int($0) ?? -1 >= 0 }

    private static let chatFilters: [FakeQueryItem] = [
        page, .init("agent"), .init("situation"), .init("customer"), .init("channel"), .init("created_at_from"),
        .init("created_at_to"),
    ]

    private static let messageBody = FakeShape.object([
        "text": .optional(.text),
        "options": .optional(.list(.object(["id": .needed(.word), "title": .needed(.word)]))),
        "file": .optional(.word), "fileBase64": .optional(.word), "fileName": .optional(.word),
        "hsm": .optional(.map(.any)), "isInternal": .optional(.bool),
    ])

    private static let departmentBody = FakeShape.object(["department": .needed(.integer)])

    /// An empty text takes it off the board.
    private static let workflowBody = FakeShape.object(["stepId": .needed(.either([.emptyText, .integer]))])

    private static let closeBody = FakeShape.object([
        "sendFeedback": .optional(.bool), "tabulation": .optional(.either([.word, .integer])), "comment": .optional(.text),
    ])

    private static let contactFlowBody = FakeShape.object([
        "uuid": .needed(.word), "flowId": .needed(.integer), "variables": .optional(.map(.any)),
        "whenInChat": .optional(.bool), "whenWaitForChat": .optional(.bool), "whenInAuto": .optional(.bool),
    ])

    private static let contactBody = FakeShape.object([
        "name": .optional(.text), "email": .optional(.text), "phone": .optional(.text), "mobile": .optional(.text),
        "address": .optional(.text), "city": .optional(.text), "district": .optional(.text), "state": .optional(.text),
        "obs": .optional(.text),
    ])

    private static let newContactBody = FakeShape.object([
        "name": .needed(.word), "phone": .needed(.word), "mobile": .optional(.text), "email": .optional(.text),
    ])
}

extension FakeRocketChat {
    package static let routes: [FakeRoute<FakeRocketChat>] = chat + rooms + visitors + reading + workspace

    private static let chat: [FakeRoute<FakeRocketChat>] = [
        .init("POST", "api/v1/chat.sendMessage", body: sendMessageBody) { $0.sendMessage($1) },
        .init("POST", "api/v1/chat.postMessage", body: postMessageBody) { $0.postMessage($1) },
        .init("GET", "api/v1/chat.getMessage", query: [.init("msgId", isRequired: true)]) { $0.getMessage($1) },
        .init(
            "POST", "api/v1/chat.update",
            body: .object(["roomId": .needed(.word), "msgId": .needed(.word), "text": .needed(.text)])
        ) { $0.update($1) },
        .init(
            "POST", "api/v1/chat.delete",
            body: .object(["roomId": .needed(.word), "msgId": .needed(.word), "asUser": .optional(.bool)])
        ) { $0.delete($1) },
    ]

    private static let rooms: [FakeRoute<FakeRocketChat>] = [
        .init(
            "POST", "api/v1/livechat/room.forward",
            body: .object([
                "roomId": .needed(.word), "departmentId": .optional(.word), "userId": .optional(.word),
                "comment": .optional(.text), "clientAction": .optional(.bool),
            ])
        ) { $0.forward($1) },
        .init("POST", "api/v1/livechat/room.closeByUser", body: closeBody) { $0.close($1) },
        .init("POST", "api/v1/livechat/room.saveInfo", body: saveInfoBody) { $0.saveInfo($1) },
        .init("POST", "api/v1/livechat/room.onHold", body: .object(["roomId": .needed(.word)])) { $0.hold($1) },
        .init("POST", "api/v1/livechat/room.resumeOnHold", body: .object(["roomId": .needed(.word)])) { $0.resume($1) },
        .init("GET", "api/v1/livechat/inquiries.getOne", query: [.init("roomId", isRequired: true)]) { $0.inquiry($1) },
        .init(
            "POST", "api/v1/livechat/inquiries.take",
            body: .object(["inquiryId": .needed(.word), "userId": .optional(.word)])
        ) { $0.take($1) },
        .init(
            "POST", "api/v1/livechat/inquiries.returnAsInquiry",
            body: .object(["roomId": .needed(.word), "departmentId": .optional(.word)])
        ) { $0.returnToQueue($1) },
        .init(
            "POST", "api/v1/livechat/transcript/{room}",
            body: .object(["email": .needed(.word), "subject": .needed(.word)])
        ) { $0.requestTranscript($1) },
        .init("DELETE", "api/v1/livechat/transcript/{room}") { $0.cancelTranscript($1) },
        .init("POST", "api/v1/omnichannel/{room}/request-transcript") { $0.requestPDF($1) },
        .init(
            "POST", "api/v1/livechat/messages",
            body: .object([
                "visitor": .needed(.object(["token": .needed(.word)])),
                "messages": .needed(.list(.object(["msg": .needed(.text)]), shortest: 1)),
            ])
        ) { $0.visitorMessages($1) },
    ]

    private static let visitors: [FakeRoute<FakeRocketChat>] = [
        .init(
            "POST", "api/v1/livechat/message",
            body: .object([
                "token": .needed(.word), "rid": .needed(.word), "msg": .needed(.text), "_id": .optional(.word),
                "agent": .optional(.object(["agentId": .needed(.word), "username": .needed(.word)])),
            ]), needsCredentials: false
        ) { $0.visitorMessage($1) },
        .init("GET", "api/v1/livechat/message/{message}", query: [token, rid(true)], needsCredentials: false) {
            $0.ownMessage($1)
        },
        .init(
            "PUT", "api/v1/livechat/message/{message}",
            body: .object(["token": .needed(.word), "rid": .needed(.word), "msg": .needed(.text)]), needsCredentials: false
        ) { $0.changeOwnMessage($1) },
        .init(
            "DELETE", "api/v1/livechat/message/{message}",
            body: .object(["token": .needed(.word), "rid": .needed(.word)]), needsCredentials: false
        ) { $0.deleteOwnMessage($1) },
        .init(
            "GET", "api/v1/livechat/messages.history/{room}",
            query: [token, .init("ls"), .init("end"), .init("limit") { Int($0) != nil }], needsCredentials: false
        ) { $0.ownHistory($1) },
        .init("POST", "api/v1/livechat/visitor", body: visitorBody, needsCredentials: false) { $0.saveVisitor($1) },
        .init(
            "POST", "api/v1/livechat/visitor/department.transfer",
            body: .object(["token": .needed(.word), "rid": .needed(.word), "department": .needed(.word)]),
            needsCredentials: false
        ) { $0.transferOwnRoom($1) },
        .init(
            "GET", "api/v1/livechat/room", query: [token, rid(false), .init("agentId")], needsCredentials: false
        ) { $0.ownRoom($1) },
        .init(
            "POST", "api/v1/livechat/room.close", body: .object(["rid": .needed(.word), "token": .needed(.word)]),
            needsCredentials: false
        ) { $0.closeOwnRoom($1) },
        .init(
            "POST", "api/v1/livechat/transcript",
            body: .object(["token": .needed(.word), "rid": .needed(.word), "email": .needed(.word)]), needsCredentials: false
        ) { $0.mailTranscript($1) },
        .init(
            "POST", "api/v1/livechat/custom.field",
            body: .object([
                "token": .needed(.word), "key": .needed(.word), "value": .needed(.text), "overwrite": .needed(.bool),
            ]), needsCredentials: false
        ) { $0.setField($1) },
        .init(
            "POST", "api/v1/livechat/custom.fields",
            body: .object([
                "token": .needed(.word),
                "customFields": .needed(
                    .list(.object(["key": .needed(.word), "value": .needed(.text), "overwrite": .needed(.bool)]))),
            ]), needsCredentials: false
        ) { $0.setFields($1) },
    ]

    private static let reading: [FakeRoute<FakeRocketChat>] = [
        .init("GET", "api/v1/rooms.info", query: [.init("roomId", isRequired: true)]) { $0.roomInfo($1) },
        .init(
            "GET", "api/v1/livechat/rooms",
            query: [
                .init("open", allows: { ["true", "false"].contains($0) }), .init("agents[]", mayRepeat: true),
                .init("departmentId"), .init("tags"), .init("customFields"), .init("roomName"), .init("onhold"),
                .init("queued"), .init("offset"), .init("count"),
            ]
        ) { $0.roomList($1) },
        .init("GET", "api/v1/livechat/messages/{room}") { $0.history($1) },
        .init("GET", "api/v1/me") { api, _ in .says(.json(200, ["_id": .string(api.userID), "success": true])) },
        .init("GET", "api/v1/livechat/users/agent", query: page) { api, _ in
            let list = api.agents.sorted { $0.key < $1.key }.map { agent in
                FakeJSON.object(["_id": .string(agent.key), "username": .string(agent.value.username)])
            }
            return .says(.json(200, listed("users", list)))
        },
        .init("GET", "api/v1/livechat/department", query: page) { api, _ in
            .says(.json(200, listed("departments", api.departments.sorted().map { ["_id": .string($0)] })))
        },
        .init("GET", "api/v1/livechat/department/{department}") { $0.department($1) },
        .init("GET", "api/v1/livechat/visitors.info", query: [.init("visitorId", isRequired: true)]) { $0.visitorInfo($1) },
        .init("GET", "api/v1/users.info", query: [.init("userId", isRequired: true)]) { $0.userInfo($1) },
        .init("GET", "api/v1/livechat/tags", query: page) { api, _ in
            let tags = Set(api.rooms.values.flatMap(\.tags)).sorted()
            return .says(.json(200, listed("tags", tags.map { ["_id": .string($0), "name": .string($0)] })))
        },
        .init("GET", "api/v1/livechat/custom-fields", query: page) { $0.fieldList($1) },
    ]

    private static let workspace: [FakeRoute<FakeRocketChat>] = [
        .init("POST", "api/v1/omnichannel/integrations", body: integrationsBody) { $0.saveIntegrations($1) },
        .init("GET", "api/v1/livechat/integrations.settings") { $0.integrationList($1) },
        .init("POST", "api/v1/livechat/webhook.test") { _, _ in .says(success) },
        .init(
            "POST", "api/v1/livechat/custom-fields.save",
            body: .object([
                "customFieldId": .optional(.any),
                "customFieldData": .needed(
                    .object([
                        "field": .needed(.word), "label": .needed(.word), "scope": .needed(.oneWord(of: ["visitor", "room"])),
                        "visibility": .optional(.word), "regexp": .optional(.text),
                    ])),
            ])
        ) { $0.saveFieldDefinition($1) },
        .init("GET", "api/v1/canned-responses.get") { $0.cannedResponsesOfUser($1) },
        .init(
            "GET", "api/v1/canned-responses",
            query: page + [.init("shortcut"), .init("text"), .init("scope"), .init("departmentId"), .init("tags")]
        ) { $0.cannedResponseList($1) },
        .init("GET", "api/v1/canned-responses/{response}") { $0.cannedResponse($1) },
        .init(
            "POST", "api/v1/canned-responses",
            body: .object([
                "shortcut": .needed(.word), "text": .needed(.text),
                "scope": .needed(.oneWord(of: ["global", "department", "user"])), "tags": .optional(.list(.word)),
                "departmentId": .optional(.word), "_id": .optional(.word),
            ])
        ) { $0.saveCannedResponse($1) },
    ]

    private static let page: [FakeQueryItem] = [.init("offset") { Int($0) != nil }, .init("count") { Int($0) != nil }]
    private static let token = FakeQueryItem("token", isRequired: true)

    private static func rid(_ isRequired: Bool) -> FakeQueryItem { FakeQueryItem("rid", isRequired: isRequired) }

    /// A list with its length, all of it on one page.
    private static func listed(_ key: String, _ list: [FakeJSON]) -> FakeJSON {
        let count = FakeJSON.integer(Int64(list.count))
        return .object([key: .array(list), "count": count, "offset": 0, "total": count, "success": true])
    }

    private static let visitorBody = FakeShape.object([
        "visitor": .needed(
            .object([
                "token": .needed(.word), "name": .optional(.text), "email": .optional(.text), "phone": .optional(.text),
                "department": .optional(.word),
                "customFields": .optional(
                    .list(.object(["key": .needed(.word), "value": .needed(.text), "overwrite": .needed(.bool)]))),
            ]))
    ])

    private static let integrationsBody = FakeShape.object(
        Dictionary(
            uniqueKeysWithValues: [
                ("LivechatWebhookUrl", FakeMember.optional(.text)), ("LivechatSecretToken", .optional(.text)),
                ("LivechatHttpTimeout", .optional(.integer)),
            ]
                + ["Start", "Close", "ChatTaken", "ChatQueued", "Forward", "OfflineMsg", "VisitorMessage", "AgentMessage"].map {
                    ("LivechatWebhookOn\($0)", FakeMember.optional(.bool))
                }))

    // Members that are not listed are refused: `additionalProperties: false`.

    private static let sendMessageBody = FakeShape.object([
        "message": .needed(
            .object([
                "_id": .optional(.word), "rid": .needed(.word), "msg": .optional(.text), "tmid": .optional(.word),
                "attachments": .optional(.list(.map(.any))), "blocks": .optional(.list(.map(.any))),
                "customFields": .optional(.map(.any)), "alias": .optional(.text), "avatar": .optional(.text),
                "emoji": .optional(.text),
            ])),
        "previewUrls": .optional(.list(.word)),
    ])

    private static let postMessageBody = FakeShape.object([
        "roomId": .optional(.word), "channel": .optional(.word), "text": .needed(.text), "alias": .optional(.text),
        "attachments": .optional(.list(.map(.any))), "tmid": .optional(.word),
    ])

    private static let closeBody = FakeShape.object([
        "rid": .needed(.word), "comment": .optional(.text), "tags": .optional(.list(.word)),
        "generateTranscriptPdf": .optional(.bool), "forceClose": .optional(.bool),
        "transcriptEmail": .optional(
            .object([
                "sendToVisitor": .needed(.bool),
                "requestData": .optional(.object(["email": .needed(.word), "subject": .needed(.word)])),
            ])),
    ])

    private static let saveInfoBody = FakeShape.object([
        "guestData": .needed(
            .object([
                "_id": .needed(.word), "name": .optional(.text), "email": .optional(.text), "phone": .optional(.text),
                "livechatData": .optional(.map(.text)),
            ])),
        "roomData": .needed(
            .object([
                "_id": .needed(.word), "topic": .optional(.text), "tags": .optional(.list(.word)),
                "livechatData": .optional(.map(.text)), "priorityId": .optional(.word), "slaId": .optional(.word),
            ])),
    ])
}

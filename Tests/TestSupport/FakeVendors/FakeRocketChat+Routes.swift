extension FakeRocketChat {
    package static let routes: [FakeRoute<FakeRocketChat>] = chat + rooms + visitors + reading

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
    ]

    private static let visitors: [FakeRoute<FakeRocketChat>] = [
        .init(
            "POST", "api/v1/livechat/message",
            body: .object([
                "token": .needed(.word), "rid": .needed(.word), "msg": .needed(.text), "_id": .optional(.word),
                "agent": .optional(.object(["agentId": .needed(.word), "username": .needed(.word)])),
            ]), needsCredentials: false
        ) { $0.visitorMessage($1) },
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
        .init("GET", "api/v1/livechat/users/agent") { api, _ in
            let list = api.agents.sorted { $0.key < $1.key }.map { agent in
                FakeJSON.object(["_id": .string(agent.key), "username": .string(agent.value.username)])
            }
            return .says(.json(200, ["users": .array(list), "success": true]))
        },
        .init("GET", "api/v1/livechat/department") { api, _ in
            let list = api.departments.sorted().map { FakeJSON.object(["_id": .string($0)]) }
            return .says(.json(200, ["departments": .array(list), "success": true]))
        },
    ]

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

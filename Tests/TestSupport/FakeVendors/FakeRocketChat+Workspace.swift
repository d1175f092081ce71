// What belongs to the workspace and to no room: the webhook's settings, custom fields, canned responses.
extension FakeRocketChat {
    /// Only what is given changes.
    func saveIntegrations(_ call: FakeCall) -> Answer {
        let given = call.body.object ?? [:]
        return .does(Self.success) { $0.integrations.merge(given) { $1 } }
    }

    func integrationList(_ call: FakeCall) -> Answer {
        let list = integrations.sorted { $0.key < $1.key }.map { FakeJSON.object(["_id": .string($0.key), "value": $0.value]) }
        return .says(.json(200, ["settings": .array(list), "success": true]))
    }

    func saveFieldDefinition(_ call: FakeCall) -> Answer {
        let data = call["customFieldData"]
        let field = data?["field"]?.string ?? ""
        let isOfRoom = data?["scope"]?.string == "room"
        return .does(.json(200, ["customField": ["_id": .string(field)], "success": true])) { api in
            if isOfRoom { api.roomFields.insert(field) } else { api.visitorFields.insert(field) }
        }
    }

    /// The user's own, without their number.
    func cannedResponsesOfUser(_ call: FakeCall) -> Answer {
        .says(.json(200, ["responses": .array(sortedResponses.map(\.value)), "success": true]))
    }

    func cannedResponseList(_ call: FakeCall) -> Answer {
        let list = sortedResponses.map(\.value).filter { response in
            ["shortcut", "text", "scope", "departmentId"].allSatisfy { key in
                call.query(key).map { response[key]?.string == $0 } ?? true
            }
        }
        let count = FakeJSON.integer(Int64(list.count))
        return .says(.json(200, ["cannedResponses": .array(list), "count": count, "total": count, "success": true]))
    }

    func cannedResponse(_ call: FakeCall) -> Answer {
        guard let response = cannedResponses[call.capture("response")] else {
            return Self.error("error-canned-response-not-found")
        }
        return .says(.json(200, ["cannedResponse": response, "success": true]))
    }

    func saveCannedResponse(_ call: FakeCall) -> Answer {
        let id = call["_id"]?.string ?? "canned-\(made)"
        let isTaken = cannedResponses.contains { $0.key != id && $0.value["shortcut"] == call["shortcut"] }
        if isTaken { return Self.error("error-invalid-shortcut") }
        let response = FakeJSON.object((call.body.object ?? [:]).merging(["_id": .string(id)]) { $1 })
        return .does(Self.success) { api in
            api.made += 1
            api.cannedResponses[id] = response
        }
    }

    private var sortedResponses: [(key: String, value: FakeJSON)] { cannedResponses.sorted { $0.key < $1.key } }
}

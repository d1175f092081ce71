import JSON
import Model
import Storage

/// One event and the effects of it, in the order in which they were decided.
struct EventGroup: Sendable {
    /// Nil when the event is no longer kept.
    var event: LedgerEvent?
    var entries: [LedgerEntry]

    /// The events of these effects: in the order of the first effect of each.
    static func groups(of entries: [LedgerEntry]) -> [EventGroup] {
        var order: [String] = []
        var groups: [String: EventGroup] = [:]
        for entry in entries {
            if groups[entry.eventID] == nil { order.append(entry.eventID) }
            groups[entry.eventID, default: EventGroup(event: entry.event, entries: [])].entries.append(entry)
        }
        return order.compactMap { id in
            groups[id].map { EventGroup(event: $0.event, entries: $0.entries.sorted { $0.id < $1.id }) }
        }
    }
}

/// What the ledger knows, as objects.
enum LedgerForm {
    /// `{event, webhook, decoded, effects}`
    static func value(_ group: EventGroup, decoded: Event?) -> Value {
        [
            "event": group.event.map(value) ?? .null, "webhook": group.event.map(webhook(of:)) ?? .null,
            "decoded": decoded.map(\.value) ?? .null, "effects": .array(group.entries.map(value)),
        ]
    }

    /// `{id, died_at, message, effect, cancelled, event, webhook, decoded}`
    static func value(_ letter: DeadLetter, decoded: Event?) -> Value {
        [
            "id": .string(letter.id.text), "died_at": .string(letter.diedAt.iso8601), "message": .string(letter.message),
            "effect": letter.effect.map(value) ?? .null, "cancelled": .array(letter.cancelled.map(value)),
            "event": letter.event.map(value) ?? .null, "webhook": letter.event.map(webhook(of:)) ?? .null,
            "decoded": decoded.map(\.value) ?? .null,
        ]
    }

    private static func value(_ event: LedgerEvent) -> Value {
        var object: Value.Object = [
            "id": .string(event.id), "kind": .string(event.kind), "account": .string(event.account),
            "vendor": .string(event.vendor), "conversation": .string(event.conversation.conversation),
            "received_at": .string(event.receivedAt.iso8601), "state": .string(event.state.rawValue),
        ]
        if let error = event.error { object["error"] = .string(error) }
        if let reason = event.reason { object["reason"] = .string(reason.rawValue) }
        return .object(object)
    }

    /// Null for an event that no vendor told.
    private static func webhook(of event: LedgerEvent) -> Value {
        guard !event.isInternal else { return .null }
        return ["id": .integer(event.webhookID), "received_at": .string(event.receivedAt.iso8601)]
    }

    private static func value(_ entry: LedgerEntry) -> Value {
        var object: Value.Object = [
            "id": .string(DeadLetterID.effect(entry.id).text), "rule": .string(entry.rule),
            "at": .optional(entry.effect?.ruleAt.text), "action": .optional(entry.effect?.action.kind.rawValue),
            "account": .string(entry.conversation.account), "conversation": .string(entry.conversation.conversation),
            "event": .string(entry.eventID), "status": .string(entry.status),
        ]
        if let step = entry.effect?.flow { object["step"] = .string(step.text) }
        if entry.isUncertain { object["state"] = .string(entry.state.rawValue) }
        object["reason"] = .optional(entry.reason?.rawValue ?? why(entry))
        object["message"] = .optional(entry.message)
        object["value"] = entry.effect?.action.value ?? .null
        object["rules"] = entry.origin.map(origin) ?? .null
        object["created_at"] = .string(entry.createdAt.iso8601)
        if entry.settledAt == nil { object["not_before"] = .string(entry.notBefore.iso8601) }
        object["settled_at"] = .optional(entry.settledAt?.iso8601)
        object["request"] = entry.request.map(request) ?? .null
        object["attempt_count"] = .integer(Int64(entry.attemptCount))
        object["attempts"] = .array(entry.attempts.map(attempt))
        object["message_id"] = .optional(entry.remoteID)
        if let id = entry.cancelledBy { object["cancelled_by"] = .string(DeadLetterID.effect(id).text) }
        return .object(object)
    }

    /// Why it was never to be sent.
    private static func why(_ entry: LedgerEntry) -> String? {
        switch entry.effect?.status {
        case .suppressed(let reason): reason.rawValue
        case .unsupported(let why): why
        case .planned, nil: nil
        }
    }

    private static func origin(_ origin: EffectOrigin) -> Value {
        var object: Value.Object = [
            "revision": .string(origin.revision), "mode": .string(origin.mode.rawValue),
            "conditions": .array(origin.conditions.map(DecisionForm.condition)),
        ]
        if let handler = origin.handler { object["handler"] = .string(handler.rawValue) }
        if !origin.fetched.isEmpty { object["fetched"] = .array(origin.fetched.map(Value.string)) }
        return .object(object)
    }

    /// The object; text where it was cut and so is none any more.
    private static func request(_ text: String) -> Value { (try? JSONDocument(text).root.value) ?? .string(text) }

    private static func attempt(_ attempt: AttemptRecord) -> Value {
        [
            "number": .integer(Int64(attempt.number)), "at": .string(attempt.at.iso8601),
            "outcome": .string(attempt.outcome.rawValue), "status": attempt.status.map { .integer(Int64($0)) } ?? .null,
            "answer": .optional(attempt.answer), "duration_ms": attempt.durationMilliseconds.map(Value.integer) ?? .null,
        ]
    }
}

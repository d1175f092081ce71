/// Something that no vendor told: a timer came up, or a system of the user's own answered. It goes through the inbox like
/// any event, so it is decided once and in the order of its conversation.
package struct InternalEvent: Sendable, Hashable, Codable {
    package var conversation: ConversationKey
    package var vendor: VendorID
    package var cause: Cause

    package enum Cause: Sendable, Hashable, Codable {
        case timer(ConversationTimer)
        case answer(HTTPAnswer)
    }

    package init(conversation: ConversationKey, vendor: VendorID, cause: Cause) {
        self.conversation = conversation
        self.vendor = vendor
        self.cause = cause
    }

    /// The identity: a timer that comes up twice, or a call that is answered twice, is decided once.
    package var id: String {
        switch cause {
        case .timer(let timer):
            "timer:\(conversation.account):\(conversation.conversation):\(timer.name):\(timer.due.milliseconds)"
        case .answer(let answer): "answer:\(answer.effectKey)"
        }
    }

    /// `conversation.idle` for a silence timer, `other` for what only concerns a flow.
    package var kind: EventKind {
        if case .timer(let timer) = cause, case .idle = timer.kind { .conversationIdle } else { .other }
    }
}

/// What a system of the user's own answered to an `http` action with `save`.
package struct HTTPAnswer: Sendable, Hashable, Codable {
    /// Of the call's effect.
    package var effectKey: String
    package var variable: String
    /// What the variable becomes: `{ status, headers, json | text }`, or `{ status: 0, error }` when there was no answer.
    package var value: Value

    package init(effectKey: String, variable: String, value: Value) {
        self.effectKey = effectKey
        self.variable = variable
        self.value = value
    }

    /// The error of an answer that is longer than is read, or than a conversation may carry.
    package static let tooLarge = "too_large"

    /// The value for a call that was not answered; the error is a word such as `timeout`.
    package static func failure(_ error: String) -> Value { ["status": 0, "error": .string(error)] }
}

/// What is remembered of a conversation for events that no vendor tells: the newest of what its payloads told.
package struct KnownConversation: Sendable, Hashable, Codable {
    package var vendor: VendorID
    /// Without handler and tags, which the state keeps.
    package var conversation: Optional<Conversation>
    package var contact: Optional<Contact>
    package var agent: Optional<Agent>

    package init(vendor: VendorID, conversation: Conversation? = nil, contact: Contact? = nil, agent: Agent? = nil) {
        self.vendor = vendor
        self.conversation = conversation
        self.contact = contact
        self.agent = agent
    }
}

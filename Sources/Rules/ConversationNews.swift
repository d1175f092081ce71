package import Model

/// What is new in a conversation by an event, beside the event itself.
struct ConversationNews {
    /// True when a human has the conversation from this event on: by an own message, or because the payload tells so and it
    /// was not so before.
    private(set) var isTakeover = false
    /// True when the payload tells that the conversation is closed.
    private(set) var isToldClosed = false
    /// True when that is news: it was not closed before.
    private(set) var isClosing = false

    /// Fills in what the payload leaves out from the conversation's state, and writes into that what the payload tells. Counting
    /// the event's own message is left to the end of the decision.
    init(resolving event: inout Event, _ state: inout ConversationState, now: Instant, takeover: Duration) {
        guard event.conversation != nil else { return }
        let before = state.handler(at: now)
        let told = event.conversation?.handler ?? (event.kind == .conversationClosed ? .closed : nil)
        if event.isAgentsOwnMessage { state.humanUntil = now.adding(takeover) }
        if told == .closed { state.humanUntil = nil }
        if let told { state.handler = told }
        // A conversation that begins anew is not the closed one that state remembers.
        if told == nil, event.kind == .conversationStarted, state.handler == .closed { state.handler = nil }
        if let tags = event.conversation?.tags { state.tags = tags }

        // Closed if the payload tells so; else human after an agent's own message; else what the payload tells; else what
        // state remembers.
        let handler = state.handler(at: now)
        event.conversation?.handler = handler
        event.conversation?.tags = state.tags
        isToldClosed = told == .closed
        isClosing = isToldClosed && !state.isClosed
        isTakeover = event.isAgentsOwnMessage || before != .human && handler == .human
    }
}

extension Event {
    /// A human agent wrote to the customer; a note is none.
    package var isAgentsOwnMessage: Bool {
        kind == .messageSent && sender?.role == .agent && message?.type != .note
    }

    /// A message that is taken for somebody else's: whether it is our own must be looked up.
    package var mayBeOwn: Bool {
        (kind == .messageSent || kind == .messageReceived) && sender?.role != .bot
    }

    /// The event when its message turns out to be one that Bellhop sent: a bot's, no sign of a human, and never a customer's
    /// (R4), whatever the payload makes of its author.
    package func markedAsOwn() -> Event {
        guard mayBeOwn else { return self }
        var event = self
        event.kind = .messageSent
        event.sender?.role = .bot
        // Told only by the author, who was taken for a human.
        if event.conversation?.handler == .human { event.conversation?.handler = nil }
        return event
    }
}

package import Model

/// An event with what the payload leaves out filled in from the conversation's state, and that state with what the payload
/// tells written into it. Counting the event's own message is left to the end of the decision.
struct ResolvedEvent {
    private(set) var event: Event
    private(set) var state: ConversationState
    /// True when a human has the conversation from this event on: by an own message, or because the payload tells so and it
    /// was not so before.
    private(set) var isTakeover = false
    /// True when the payload tells that the conversation is closed.
    private(set) var isToldClosed = false
    /// True when that is news: it was not closed before.
    private(set) var isClosing = false

    init(_ event: Event, state: ConversationState, now: Instant, takeover: Duration) {
        self.event = event
        self.state = state
        guard let conversation = event.conversation else { return }

        let before = state.handler(at: now)
        let told = conversation.handler ?? (event.kind == .conversationClosed ? .closed : nil)
        if event.isAgentsOwnMessage { self.state.humanUntil = now.adding(takeover) }
        if told == .closed { self.state.humanUntil = nil }
        if let told { self.state.handler = told }
        // A conversation that begins anew is not the closed one that state remembers.
        if told == nil, event.kind == .conversationStarted, self.state.handler == .closed { self.state.handler = nil }
        if let tags = conversation.tags { self.state.tags = tags }

        // Closed if the payload tells so; else human after an agent's own message; else what the payload tells; else what
        // state remembers.
        self.event.conversation?.handler = self.state.handler(at: now)
        self.event.conversation?.tags = self.state.tags
        isToldClosed = told == .closed
        isClosing = isToldClosed && !state.isClosed
        isTakeover = event.isAgentsOwnMessage || before != .human && self.event.conversation?.handler == .human
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

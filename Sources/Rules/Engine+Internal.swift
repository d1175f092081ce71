package import Model

/// What a decision is about.
enum DecisionCause: Sendable, Hashable {
    /// A vendor told.
    case event
    case timer(ConversationTimer)
    case answer(HTTPAnswer)
    /// A timer that is no longer there: a message overtook it, or the rules changed.
    case overtaken

    /// The silence timer that came up.
    var idleTimer: IdleTimer? {
        if case .timer(let timer) = self, case .idle(let idle) = timer.kind { idle } else { nil }
    }
}

/// Timers that come up and answers of the user's own systems.
extension Engine {
    /// - Parameters:
    ///   - state: of `event.conversation`.
    ///   - now: not before the timer's time.
    ///   - fetched: what was fetched from the vendor for it.
    ///
    /// A timer that is not among those of the state was overtaken: nothing happens, but that timers are recorded which follow
    /// from rules that changed. An answer that no flow waits for only sets its variable. One that makes the conversation larger
    /// than it may be is decided as the failure `too_large`: what an answer brings must not end the event, since a flow waits for
    /// it. The decision's event is made from what is remembered of the conversation.
    package func decide(
        _ event: InternalEvent, state: DecisionState, now: Instant, explaining: Bool = false,
        fetched: FetchedFields = FetchedFields()
    ) -> Decision {
        let decision = decided(event, state: state, now: now, explaining: explaining, fetched: fetched)
        guard decision.fault != nil, case .answer(var answer) = event.cause else { return decision }
        answer.value = HTTPAnswer.failure(HTTPAnswer.tooLarge)
        var refused = event
        refused.cause = .answer(answer)
        return decided(refused, state: state, now: now, explaining: explaining, fetched: fetched)
    }

    private func decided(
        _ event: InternalEvent, state: DecisionState, now: Instant, explaining: Bool, fetched: FetchedFields
    ) -> Decision {
        var before = state.conversation
        let cause: DecisionCause
        switch event.cause {
        case .timer(let timer):
            cause = timers(of: before).contains(timer) ? .timer(timer) : .overtaken
            before.timers.removeAll { $0 == timer }
        case .answer(let answer): cause = .answer(answer)
        }
        return decide(
            shown(event, state: before, now: now).filled(with: fetched), about: cause, from: before, cooldowns: state.cooldowns,
            now: now,
            explaining: explaining)
    }

    /// The cooldowns that deciding this event may ask for.
    /// - Parameter state: of `event.conversation`: it tells whom the event is about.
    package func cooldownKeys(for event: InternalEvent, state: ConversationState) -> [CooldownKey] {
        guard case .timer(let timer) = event.cause, case .idle(let idle) = timer.kind else { return [] }
        let shown = shown(event, state: state, now: timer.due)
        return rules.candidates(for: idle).map { rules.rules[$0] }
            .flatMap { rule in rule.oncePer.keys.map { cooldownKey($0, rule: rule.id, event: shown) } }
    }

    /// The timers that follow from a state, those that come up first in front.
    func timers(of state: ConversationState) -> [ConversationTimer] {
        let timers = flowTimers(of: state) + rules.idleTimers.compactMap { silenceTimer($0, of: state) }
        return timers.sorted(by: ConversationTimer.precedes)
    }

    private func flowTimers(of state: ConversationState) -> [ConversationTimer] {
        guard let standing = state.flow, let flow = rules.flows[standing.flow], let step = flow.steps[standing.step] else {
            return []
        }
        var timers = [ConversationTimer(.expiry, due: standing.answeredAt.adding(flow.expires))]
        if let timeout = step.timeout, standing.call == nil {
            timers.append(ConversationTimer(.timeout, due: standing.waitingSince.adding(timeout.after)))
        }
        return timers
    }

    private func silenceTimer(_ idle: IdleTimer, of state: ConversationState) -> ConversationTimer? {
        guard let silence = state.silence else { return nil }
        let begin: Instant?
        switch idle.since {
        case .any: begin = silence.since
        case .customer, .agent: begin = silence.person.flatMap { $0.side == idle.since ? $0.at : nil }
        }
        guard let begin else { return nil }
        let timer = ConversationTimer(.idle(idle), due: begin.adding(.milliseconds(idle.afterMilliseconds)))
        return silence.fired.contains(timer.name) ? nil : timer
    }

    /// An internal event as rules, templates and people see it.
    private func shown(_ event: InternalEvent, state: ConversationState, now: Instant) -> Event {
        let known = state.known
        var message: Message?
        var details: Value.Object = [:]
        switch event.cause {
        case .timer(let timer):
            switch timer.kind {
            case .timeout: details["reason"] = "timeout"
            case .expiry: details["reason"] = "expired"
            case .idle: details["reason"] = "idle"
            }
            if event.kind != .conversationIdle { details["flow"] = state.flow.map { .string($0.place.text) } }
        case .answer(let answer):
            details["reason"] = "http"
            details["status"] = answer.value["status"]
            if let call = state.flow?.call, call.key == answer.effectKey {
                details["flow"] = state.flow.map { .string($0.place.text) }
                message = call.message
            }
        }
        return Event(
            id: event.id, vendor: known?.vendor ?? event.vendor, account: event.conversation.account, kind: event.kind,
            occurredAt: now, conversation: known?.conversation ?? conversation(of: event, known), message: message,
            contact: known?.contact, agent: known?.agent, details: details)
    }

    /// The conversation of an answer to a rule's call, of which nothing is remembered but its id.
    private func conversation(of event: InternalEvent, _ known: KnownConversation?) -> Conversation? {
        let name = event.conversation.conversation
        let isStandIn = name.hasPrefix("contact:") || name.hasPrefix("event:")
        return known == nil && !isStandIn ? Conversation(id: name) : nil
    }
}

/// Flows that a test begins with.
extension Engine {
    /// A flow that stands on a step, as if it had just come to it; nil when there is no such step. A step that calls a system
    /// of the user's own stands at its first call.
    package func standing(at place: FlowPlace, now: Instant) -> FlowState? {
        guard let step = rules.flows[place.flow]?.steps[place.step] else { return nil }
        var state = FlowState(flow: place.flow, step: place.step, rule: place.flow, answeredAt: now, waitingSince: now)
        for (index, action) in step.actions.enumerated() {
            guard !step.waits, case .http(let call) = action.template.outline, let variable = call.save else { continue }
            state.call = AwaitedCall(key: "given/\(place.text)", variable: variable, nextAction: index + 1)
            break
        }
        return state
    }
}

import Matching
import Model

/// What an action is carried out for: a rule, or a step of the flow that a rule started.
struct ActionOrigin {
    var rule: String
    var flow: FlowPlace?
    /// Of the effects' keys.
    var keyPrefix: String
    var actsBesideHuman: Bool
    /// Why nothing may run, though the rule holds.
    var heldBack: SuppressionReason?
}

/// What became of one action.
enum PlannedAction {
    /// It only changed the conversation's state: nothing is to be sent.
    case inside
    case effect(Effect)
}

extension DecisionPass {
    /// Decides one action, and carries out what stays inside Bellhop.
    /// - Parameter adorning: changes the action after its templates were filled in.
    mutating func carryOut(
        _ action: RuleAction, at place: SourcePosition, key: String, for origin: ActionOrigin,
        adorning: (inout Action) -> Void = { _ in }
    ) -> PlannedAction {
        let rendered = action.template.rendered(subject)
        var filledIn = rendered.action
        adorning(&filledIn)
        let status = status(of: filledIn, heldBack: origin.heldBack ?? rendered.suppression, origin: origin)
        var effect = Effect(
            key: key, eventID: event.id, rule: origin.rule, ruleAt: place, flow: origin.flow, action: filledIn, target: target,
            delayMilliseconds: action.delay?.wholeMilliseconds ?? 0, status: status, actsBesideHuman: origin.actsBesideHuman)
        if status == .planned, !filledIn.leavesBellhop {
            applied.append(AppliedEffect(effect, place: effects.count))
            carryOutInside(filledIn, for: origin)
            return .inside
        }
        guard status == .planned else {
            effects.append(effect)
            return .effect(effect)
        }
        for (index, part) in parts(of: filledIn).enumerated() {
            effect.action = part
            if index > 0 { effect.key = "\(key).\(index + 1)" }
            remember(effect)
            effects.append(effect)
        }
        return .effect(effect)
    }

    /// The action as the vendor takes it: a long reply as several, in order.
    private func parts(of action: Action) -> [Action] {
        if case .parts(let parts)? = profile?.outgoing(action) { parts } else { [action] }
    }

    /// What only changes the conversation's state.
    private mutating func carryOutInside(_ action: Action, for origin: ActionOrigin) {
        switch action {
        case .set(let variables):
            for entry in variables.entries { subject.state.variables[entry.key] = entry.value }
        case .start(let flow): startFlow(flow, for: origin)
        case .stopFlow: endFlow(.stopped)
        case .reply, .note, .route, .tag, .untag, .close, .contact, .http, .call: break
        }
    }

    private var target: EffectTarget {
        EffectTarget(
            account: event.account, vendor: event.vendor, conversationID: event.conversation?.id,
            contactID: event.contact?.id, channel: event.conversation?.channel, tags: subject.state.tags)
    }

    private func status(
        of action: Action, heldBack: SuppressionReason?, origin: ActionOrigin
    ) -> EffectStatus {
        if let heldBack { return .suppressed(heldBack) }
        if event.conversation?.handler == .human, !origin.actsBesideHuman, action.yieldsToHuman {
            return .suppressed(.human)
        }
        if let obstacle = obstacle(to: action) { return .unsupported(obstacle) }
        if action.kind == .reply, !storm.permitsReply { return .suppressed(.storm) }
        return .planned
    }

    private func obstacle(to action: Action) -> String? {
        if action.needsConversation, event.conversation == nil {
            subject.seek([.conversationID])
            return "the event belongs to no conversation"
        }
        if action.needsContact, event.contact?.id == nil {
            subject.seek([.contactID])
            return "the event names no contact"
        }
        if let obstacle = profile?.obstacle(to: action, for: subject.account) { return obstacle }
        if case .tooLong(let why)? = profile?.outgoing(action) { return why }
        return nil
    }

    /// What a planned action changes in what is known of the conversation.
    private mutating func remember(_ effect: Effect) {
        switch effect.action {
        case .reply:
            storm.countReply()
            let at = subject.now.adding(.milliseconds(effect.delayMilliseconds))
            repliedAt = repliedAt.map { max($0, at) } ?? at
        case .tag(let tags, of: .conversation):
            for tag in tags where !subject.state.tags.contains(where: { FoldedText($0) == FoldedText(tag) }) {
                subject.state.tags.append(tag)
            }
        case .untag(let tags, of: .conversation):
            let removed = Set(tags.map { FoldedText($0) })
            subject.state.tags.removeAll { removed.contains(FoldedText($0)) }
        case .close: if effect.delayMilliseconds == 0 { isClosed = true }
        case .tag, .untag, .note, .route, .set, .contact, .start, .stopFlow, .http, .call: break
        }
    }
}

extension RenderedAction {
    var action: Action {
        switch self {
        case .action(let action), .suppressed(_, let action): action
        }
    }

    var suppression: SuppressionReason? {
        if case .suppressed(let reason, _) = self { reason } else { nil }
    }
}

extension Action {
    /// Humans outrank bots: what a human's conversation is spared.
    package var yieldsToHuman: Bool {
        switch self {
        case .reply, .route, .close, .start: true
        case .note, .tag, .untag, .set, .contact, .stopFlow, .http, .call: false
        }
    }

    var needsConversation: Bool {
        switch self {
        case .reply, .note, .route, .close, .tag(_, of: .conversation), .untag(_, of: .conversation), .start, .stopFlow:
            true
        case .tag(_, of: .contact), .untag(_, of: .contact), .set, .contact, .http, .call: false
        }
    }

    var needsContact: Bool {
        switch self {
        case .contact, .tag(_, of: .contact), .untag(_, of: .contact): true
        default: false
        }
    }
}

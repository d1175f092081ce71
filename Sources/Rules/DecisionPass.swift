import Matching
import Model

/// One pass over the rules for one event: tries them in order, runs those that hold, and collects what comes of it.
struct DecisionPass {
    let engine: Engine
    let subject: Subject
    let cooldowns: [CooldownKey: Instant]
    var storm: StormGuard
    let profile: VendorProfile?

    private var matched: [MatchedRule] = []
    private var effects: [Effect] = []
    private var used: [CooldownKey] = []
    private var limited: [String] = []
    private var trace: Trace?
    private var stoppedBy: String?

    init(
        engine: Engine, subject: Subject, cooldowns: [CooldownKey: Instant], storm: StormGuard, profile: VendorProfile?
    ) {
        self.engine = engine
        self.subject = subject
        self.cooldowns = cooldowns
        self.storm = storm
        self.profile = profile
    }

    private var event: Event { subject.event }

    /// Tries the rules that can hold at all, until one stops.
    mutating func run() {
        let text = subject.foldedText(.full)
        for place in engine.rules.candidates(for: event.kind, text: text) {
            let rule = engine.rules.rules[place]
            if holds(rule) { carryOut(rule) }
            if stoppedBy != nil { return }
        }
    }

    /// Tries every rule, and carries out what `run` would.
    mutating func explain() {
        var traces: [RuleTrace] = []
        for rule in engine.rules.rules {
            traces.append(explained(rule))
        }
        trace = Trace(rules: traces)
    }

    func decision(history: MessageHistory) -> Decision {
        var state = subject.state
        if subject.isCustomerMessage {
            state.hasCustomerMessage = true
            if history.count > 0 {
                state.customerMessages = history.kept(state.customerMessages + [subject.now], now: subject.now)
            }
        }
        state.automaticReplies = storm.automaticReplies
        state.repliesSinceCustomer = storm.repliesSinceCustomer
        return Decision(
            event: event, matched: matched, effects: effects, state: state, cooldowns: used, limited: limited, trace: trace)
    }

    // MARK: Trying

    /// Lines are tried in order, and the first that fails decides. Captures of the rule are in `subject` afterwards.
    private mutating func holds(_ rule: Rule) -> Bool {
        begin(rule)
        for condition in rule.when {
            let holds = subject.attempt { condition.holds(subject) }
            if subject.isLimited {
                limited.append(rule.id)
                return false
            }
            if !holds { return false }
        }
        return true
    }

    private func begin(_ rule: Rule) {
        subject.rule = rule.id
        subject.captures = RuleCaptures()
        subject.isLimited = false
    }

    private mutating func explained(_ rule: Rule) -> RuleTrace {
        let lines = tracedLines(of: rule)
        var result = RuleTrace(
            rule: rule.id, at: rule.at, why: rule.why, verdict: .missed,
            missed: lines.filter { !$0.holds }.map(\.trace), held: lines.filter(\.holds).map(\.trace))
        let listens = rule.listens(to: event.kind)
        if !listens { result.missed.insert(rule.listeningTrace(event), at: 0) }
        guard rule.mode != .off else {
            result.verdict = .off
            return result
        }
        guard listens else { return result }
        let limitedBefore = limited.count
        if let stoppedBy {
            begin(rule)
            if result.missed.isEmpty { result.verdict = .stopped(by: stoppedBy) }
        } else if holds(rule) {
            result.verdict = carryOut(rule)
        } else if limited.count > limitedBefore {
            result.verdict = .limited
        }
        return result
    }

    /// Each line tried alone, with the captures of the lines before it.
    private func tracedLines(of rule: Rule) -> [(holds: Bool, trace: ConditionTrace)] {
        begin(rule)
        return rule.when.map { condition in
            let holds = subject.attempt { condition.holds(subject) } && !subject.isLimited
            let trace = condition.trace(subject)
            subject.isLimited = false
            return (holds, trace)
        }
    }

    // MARK: Carrying out

    /// Runs a rule that holds; tells what came of it.
    @discardableResult
    private mutating func carryOut(_ rule: Rule) -> RuleTrace.Verdict {
        let heldBack = suppression(of: rule)
        let first = effects.count
        var ranInside = false
        for (index, action) in rule.actions.enumerated() {
            ranInside = carryOut(action, index: index, of: rule, heldBack: heldBack) || ranInside
        }
        let own = effects[first...]
        let planned = ranInside || own.contains { $0.status == .planned }
        let suppressed = !ranInside && own.allSatisfy(\.isSuppressed)
        matched.append(
            MatchedRule(
                id: rule.id, at: rule.at, mode: rule.mode, then: rule.then, match: subject.captures.shown,
                isWhollySuppressed: suppressed))
        if planned {
            used += rule.oncePer.keys.sorted { $0.rawValue < $1.rawValue }
                .map { engine.cooldownKey($0, rule: rule.id, event: event) }
        }
        if suppressed { return .suppressed(own.first?.suppression ?? .observe) }
        if rule.then == .stop { stoppedBy = rule.id }
        return .ran
    }

    /// Why nothing of the rule may run, though it holds.
    private func suppression(of rule: Rule) -> SuppressionReason? {
        if rule.mode == .observe { return .observe }
        if event.isTest { return .test }
        let isFree = rule.oncePer.allSatisfy { scope, window in
            window.isFree(
                lastUse: cooldowns[engine.cooldownKey(scope, rule: rule.id, event: event)], now: subject.now)
        }
        return isFree ? nil : .oncePer
    }

    /// Decides one action. True when it changed the conversation's state at once, which leaves no effect.
    private mutating func carryOut(
        _ action: RuleAction, index: Int, of rule: Rule, heldBack: SuppressionReason?
    ) -> Bool {
        let rendered = action.template.rendered(subject)
        var effect = Effect(
            key: "\(event.id)/\(rule.id)/\(index)", eventID: event.id, rule: rule.id, ruleAt: rule.at,
            action: rendered.action, target: target, delayMilliseconds: action.delay?.wholeMilliseconds ?? 0,
            actsBesideHuman: rule.actsBesideHuman)
        effect.status = status(of: rendered, rule: rule, heldBack: heldBack)
        if effect.status == .planned, case .set(let variables) = effect.action {
            for entry in variables.entries { subject.state.variables[entry.key] = entry.value }
            return true
        }
        if effect.status == .planned { remember(effect.action) }
        effects.append(effect)
        return false
    }

    private var target: EffectTarget {
        EffectTarget(
            account: event.account, vendor: event.vendor, conversationID: event.conversation?.id,
            contactID: event.contact?.id, channel: event.conversation?.channel, tags: subject.state.tags)
    }

    private func status(
        of rendered: RenderedAction, rule: Rule, heldBack: SuppressionReason?
    ) -> EffectStatus {
        if let heldBack { return .suppressed(heldBack) }
        if case .suppressed(let reason, _) = rendered { return .suppressed(reason) }
        let action = rendered.action
        if event.conversation?.handler == .human, !rule.actsBesideHuman, action.yieldsToHuman {
            return .suppressed(.human)
        }
        if let obstacle = obstacle(to: action) { return .unsupported(obstacle) }
        if action.kind == .reply, !storm.permitsReply { return .suppressed(.storm) }
        return .planned
    }

    private func obstacle(to action: Action) -> String? {
        if action.kind == .start || action.kind == .stopFlow { return "flows are checked but not run by this version" }
        if action.needsConversation, event.conversation == nil {
            return "the event belongs to no conversation"
        }
        if action.needsContact, event.contact?.id == nil {
            return "the event names no contact"
        }
        return profile?.obstacle(to: action)
    }

    /// What a planned action changes in what is known of the conversation.
    private mutating func remember(_ action: Action) {
        switch action {
        case .reply: storm.countReply()
        case .tag(let tags, of: .conversation):
            for tag in tags where !subject.state.tags.contains(where: { FoldedText($0) == FoldedText(tag) }) {
                subject.state.tags.append(tag)
            }
        case .untag(let tags, of: .conversation):
            let removed = Set(tags.map { FoldedText($0) })
            subject.state.tags.removeAll { removed.contains(FoldedText($0)) }
        case .tag, .untag, .note, .route, .close, .set, .contact, .start, .stopFlow, .http, .call: break
        }
    }
}

extension RenderedAction {
    var action: Action {
        switch self {
        case .action(let action), .suppressed(_, let action): action
        }
    }
}

extension Effect {
    var isSuppressed: Bool { suppression != nil }

    var suppression: SuppressionReason? {
        if case .suppressed(let reason) = status { reason } else { nil }
    }
}

extension Action {
    /// Humans outrank bots: what a human's conversation is spared.
    var yieldsToHuman: Bool {
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

extension Rule {
    func listens(to kind: EventKind) -> Bool {
        if case .kinds(let kinds) = trigger { kinds.contains(kind) } else { false }
    }

    /// `on` as if it were the first line of `when`.
    func listeningTrace(_ event: Event) -> ConditionTrace {
        let wanted: Value =
            switch trigger {
            case .kinds(let kinds): .array(kinds.map { .string($0.rawValue) })
            case .idle: "idle"
            }
        return ConditionTrace(
            condition: "on", at: at, wanted: wanted, actual: .string(event.kind.rawValue),
            hint: "the rule listens to another kind of event")
    }
}

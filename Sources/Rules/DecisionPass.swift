import Matching
import Model

/// One pass over the rules for one event: tries them in order, runs those that hold, lets the conversation's flow hear what
/// is for it, and collects what comes of it.
struct DecisionPass {
    let engine: Engine
    let subject: Subject
    let cause: DecisionCause
    let cooldowns: [CooldownKey: Instant]
    let profile: VendorProfile?
    var storm: StormGuard
    var effects: [Effect] = []
    var applied: [AppliedEffect] = []
    var limited: [String] = []
    var flow = FlowReport()
    /// How many effects flows had so far: part of their keys.
    var flowEffects = 0
    /// Steps run without waiting for the customer, of all flows.
    var stepsRun = 0
    /// True once they were too many: no flow goes on.
    var isOverrun = false
    /// True when a flow was started: the message that did so is no answer to it.
    var hasStartedFlow = false
    /// When the customer's last answer was understood, in the flow that ran or runs.
    var answeredAt: Instant?
    /// True once the conversation is closed, by what the payload tells or by a planned `close`.
    var isClosed = false
    /// True when the flow that runs was started after that: a question about the conversation that is over.
    var isFlowAfterClosing = false
    /// When the last planned reply goes out.
    var repliedAt: Instant?
    private var matched: [MatchedRule] = []
    private var used: [CooldownKey] = []
    private var traces: [Int: RuleTrace]?
    private var stoppedBy: RulePlace?
    /// Where the flow stands that took the message from the rules.
    private var takenBy: FlowPlace?

    init(
        engine: Engine, subject: Subject, cause: DecisionCause, cooldowns: [CooldownKey: Instant], storm: StormGuard,
        profile: VendorProfile?
    ) {
        self.engine = engine
        self.subject = subject
        self.cause = cause
        self.cooldowns = cooldowns
        self.storm = storm
        self.profile = profile
    }

    var event: Event { subject.event }
    var isExplaining: Bool { traces != nil }

    /// - Parameter explaining: tries every rule, also those that cannot hold or that an earlier one stops, and tells why each
    ///   held or not. What is carried out is the same.
    mutating func run(_ news: ConversationNews, explaining: Bool) {
        if explaining { traces = [:] }
        subject.isExplaining = explaining
        isClosed = news.isToldClosed
        answeredAt = subject.state.flow?.answeredAt
        if !event.isTest { endFlow(by: news) }
        switch cause {
        case .event: tryRules(at: places)
        case .timer(let timer): comeUp(timer)
        case .answer(let answer): take(answer)
        case .overtaken: break
        }
        if isClosed, !isFlowAfterClosing, news.isClosing || !news.isToldClosed { endFlow(.closed) }
    }

    /// A timer that was not overtaken.
    private mutating func comeUp(_ timer: ConversationTimer) {
        switch timer.kind {
        case .timeout: hearTimeout()
        case .expiry:
            flow.heard = .expiry
            endFlow(.expired)
        case .idle:
            subject.state.silence?.fired.append(timer.name)
            tryRules(at: places)
        }
    }

    private mutating func take(_ answer: HTTPAnswer) {
        subject.state.variables[answer.variable] = answer.value
        hear(answer)
    }

    // MARK: Trying

    /// Places of the rules to try, in order.
    private var places: [Int] {
        if isExplaining { return Array(engine.rules.rules.indices) }
        if engine.isRecording { return engine.rules.rules.indices.filter { isAwake(engine.rules.rules[$0]) } }
        if event.kind == .conversationIdle { return engine.rules.candidates(for: cause.idleTimer) }
        return engine.rules.candidates(for: event.kind, text: subject.foldedText(.full))
    }

    /// While a flow runs, a customer's message is first for the rules that interrupt flows, then for the flow, and for the
    /// others only when the flow's step leaves it to them.
    private mutating func tryRules(at places: [Int]) {
        guard subject.isCustomerMessage, !event.isTest, subject.state.flow != nil else {
            for place in places where goesOn { attempt(place) }
            return
        }
        let others = places.filter { !engine.rules.rules[$0].interruptsFlow }
        for place in places where goesOn && engine.rules.rules[place].interruptsFlow { attempt(place) }
        // A flow that was started just now is not answered by the message that started it.
        if stoppedBy == nil, let standing = subject.state.flow {
            if hasStartedFlow || hearMessage() { takenBy = standing.place }
        }
        for place in others where goesOn { attempt(place) }
    }

    /// Explaining looks at every rule; carrying out is left to those before the one that stops.
    private var goesOn: Bool { isExplaining || !isDecided }
    private var isDecided: Bool { stoppedBy != nil || takenBy != nil }

    private mutating func attempt(_ place: Int) {
        let rule = engine.rules.rules[place]
        if isExplaining {
            let trace = explained(rule)
            traces?[place] = trace
        } else if holds(rule) {
            carryOut(rule)
        }
    }

    /// Captures of the rule are in `subject` afterwards.
    private mutating func holds(_ rule: Rule) -> Bool {
        begin(rule.id)
        subject.evaluations?.rules[rule.id, default: 0] += 1
        return holds(rule.when, of: rule.id)
    }

    /// Lines are tried in order, and the first that fails decides.
    mutating func holds(_ when: [any Condition], of name: String) -> Bool {
        for condition in when {
            let holds = subject.attempt { subject.tried(condition) }
            if subject.isLimited {
                limited.append(name)
                return false
            }
            if !holds { return false }
        }
        return true
    }

    func begin(_ rule: String) {
        subject.rule = rule
        subject.captures = RuleCaptures()
        subject.isLimited = false
    }

    // MARK: Explaining

    private mutating func explained(_ rule: Rule) -> RuleTrace {
        begin(rule.id)
        let lines = tracedLines(of: rule.when)
        var result = RuleTrace(
            rule: rule.id, at: rule.at, why: rule.why, verdict: .missed,
            missed: lines.filter { !$0.holds }.map(\.trace), held: lines.filter(\.holds).map(\.trace))
        let listens = listens(rule)
        if !listens { result.missed.insert(rule.listeningTrace(event, timer: cause.idleTimer), at: 0) }
        guard rule.mode != .off else {
            result.verdict = .off
            return result
        }
        guard listens else { return result }
        let limitedBefore = limited.count
        if isDecided {
            begin(rule.id)
            result.stopped = stoppedBy
            if result.missed.isEmpty {
                result.verdict = stoppedBy.map { .stopped(by: $0.id) } ?? takenBy.map { .takenByFlow($0) } ?? .missed
            }
        } else if holds(rule) {
            let first = effects.count
            result.verdict = carryOut(rule)
            result.holdBacks = holdBacks(of: rule, effects[first...])
            result.unsupported = effects[first...].compactMap { effect in
                guard case .unsupported(let why) = effect.status else { return nil }
                return RuleTrace.UnsupportedAction(effect.action.kind, why: why)
            }
        } else if limited.count > limitedBefore {
            result.verdict = .limited
        }
        return result
    }

    private func isAwake(_ rule: Rule) -> Bool { rule.mode != .off && listens(rule) }

    private func listens(_ rule: Rule) -> Bool {
        switch rule.trigger {
        case .kinds(let kinds): kinds.contains(event.kind)
        case .idle: event.kind == .conversationIdle && (cause.idleTimer == nil || cause.idleTimer == rule.idleTimer)
        }
    }

    /// Each line tried alone, with the captures of the lines before it.
    func tracedLines(of when: [any Condition]) -> [(holds: Bool, trace: ConditionTrace)] {
        when.map { condition in subject.apart { traced(condition) } }
    }

    private func traced(_ condition: any Condition) -> (holds: Bool, trace: ConditionTrace) {
        let holds = subject.attempt { condition.holds(subject) } && !subject.isLimited
        let trace = condition.trace(subject)
        subject.isLimited = false
        return (holds, trace)
    }

    // MARK: Carrying out

    /// Runs a rule that holds; tells what came of it.
    @discardableResult
    private mutating func carryOut(_ rule: Rule) -> RuleTrace.Verdict {
        let origin = ActionOrigin(
            rule: rule.id, keyPrefix: "\(event.id)/\(rule.id)", actsBesideHuman: rule.actsBesideHuman,
            heldBack: suppression(of: rule))
        let captures = subject.captures
        // Before the actions run: a variable that one of them sets is none that a line met.
        let held = heldLines(of: rule)
        let first = effects.count
        var ranInside = false
        for (index, action) in rule.actions.enumerated() {
            let result = carryOut(action, at: rule.at, key: "\(origin.keyPrefix)/\(index)", for: origin)
            if case .inside = result { ranInside = true }
            // A flow that was started on the way has captures of its own.
            subject.captures = captures
            subject.rule = rule.id
        }
        let own = effects[first...]
        let planned = ranInside || own.contains { $0.status == .planned }
        let suppressed = !ranInside && own.allSatisfy(\.isSuppressed)
        matched.append(
            MatchedRule(
                id: rule.id, at: rule.at, mode: rule.mode, then: rule.then, match: captures.shown,
                isWhollySuppressed: suppressed, held: held))
        if planned {
            used += rule.oncePer.keys.sorted { $0.rawValue < $1.rawValue }
                .map { engine.cooldownKey($0, rule: rule.id, event: event) }
        }
        if suppressed { return .suppressed(own.first?.suppression ?? .observe) }
        if rule.then == .stop { stoppedBy = RulePlace(id: rule.id, at: rule.at) }
        return .ran
    }

    /// What its lines met: kept with its effects, so the same whether somebody asks why or not.
    private func heldLines(of rule: Rule) -> [ConditionTrace] {
        guard engine.isTracing else { return [] }
        let isExplaining = subject.isExplaining
        subject.isExplaining = false
        defer { subject.isExplaining = isExplaining }
        return rule.when.map { line in subject.apart { line.trace(subject) } }
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

    // MARK: The decision

    /// What came of it. The subject is empty afterwards.
    /// - Parameter timersBefore: those that were recorded.
    consuming func decision(timersBefore: [ConversationTimer]) -> Decision {
        let absent = subject.absentFields
        var (event, state) = subject.handOver()
        finish(&state, event)
        let timers = engine.timers(of: state)
        state.timers = timers
        state.known = timers.isEmpty && state.flow == nil ? nil : KnownConversation(event, before: state.known)
        flow.at = state.flow?.place
        flow.awaitsCall = state.flow?.call != nil
        let trace = traces.map { traces in
            Trace(rules: traces.sorted { $0.key < $1.key }.map(\.value))
        }
        let fault = fault(of: state)
        return Decision(
            event: event, matched: matched, effects: effects, applied: applied, state: state, evaluations: subject.evaluations,
            cooldowns: used, limited: limited, absent: absent, trace: trace, flow: flow.isEmpty ? nil : flow,
            timers: timers == timersBefore ? nil : timers, fault: fault)
    }

    /// The state as the event leaves it.
    private func finish(_ state: inout ConversationState, _ event: Event) {
        let history = engine.rules.history
        if event.kind == .messageReceived {
            state.hasCustomerMessage = true
            if history.count > 0 {
                state.customerMessages = history.kept(state.customerMessages + [subject.now], now: subject.now)
            }
        }
        state.automaticReplies = storm.automaticReplies
        state.repliesSinceCustomer = storm.repliesSinceCustomer
        state.isClosed = isClosed || (state.isClosed && !event.opensConversation)
        state.silence =
            engine.rules.idleTimers.isEmpty || state.isClosed
            ? nil : Silence(after: event, before: state.silence, now: subject.now, repliedAt: repliedAt)
    }
}

extension Effect {
    var isSuppressed: Bool { suppression != nil }

    var suppression: SuppressionReason? {
        if case .suppressed(let reason) = status { reason } else { nil }
    }
}

extension Rule {
    /// `on` as if it were the first line of `when`.
    /// - Parameter timer: the silence timer that the event is of.
    func listeningTrace(_ event: Event, timer: IdleTimer?) -> ConditionTrace {
        let wanted: Value =
            switch trigger {
            case .kinds(let kinds): .array(kinds.map { .string($0.rawValue) })
            case .idle(let after, let since): .string(IdleTimer(after: after, since: since).words)
            }
        return ConditionTrace(
            condition: "on", at: at, wanted: wanted, actual: .string(timer?.words ?? event.kind.rawValue),
            hint: "the rule listens to something else")
    }
}

extension IdleTimer {
    fileprivate var words: String { "idle for \(afterMilliseconds / 1000) s since \(since.rawValue)" }
}

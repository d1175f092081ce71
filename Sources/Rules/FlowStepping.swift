import Matching
import Model

/// The conversation's flow within one decision: starting, hearing, stepping, ending.
extension DecisionPass {
    /// More steps than this without waiting for the customer is a ring.
    private static let stepLimit = 100

    // MARK: Starting and ending

    /// Ends the flow when the event ends it whatever the rules say.
    mutating func endFlow(by news: ConversationNews) {
        guard let standing = subject.state.flow else { return }
        if engine.rules.flows[standing.flow]?.steps[standing.step] == nil { return endFlow(.gone) }
        if news.isClosing { return endFlow(.closed) }
        if isExpired(standing) { return endFlow(.expired) }
        let isHuman = standing.actsBesideHuman ? news.isTakeover : event.conversation?.handler == .human
        if isHuman { endFlow(.human) }
    }

    /// Its timer may come late, or be lost with a change of the rules: an old question is not answered all the same. What
    /// comes up or is answered at our own time does not tell how old the question is by the vendor's.
    private func isExpired(_ standing: FlowState) -> Bool {
        guard cause == .event else { return false }
        return engine.rules.flows[standing.flow].map { standing.answeredAt.adding($0.expires) <= subject.now } ?? false
    }

    mutating func endFlow(_ reason: FlowEndReason) {
        guard let standing = subject.state.flow else { return }
        flow.ended.append(FlowEnd(at: standing.place, reason: reason))
        subject.state.flow = nil
    }

    mutating func startFlow(_ id: String, for origin: ActionOrigin) {
        guard let definition = engine.rules.flows[id] else { return }
        endFlow(.replaced)
        // A flow that a step starts without anybody's answer is as old as the one before it: a ring of timeouts ends.
        let begin = origin.flow == nil ? subject.now : answeredAt ?? subject.now
        subject.state.flow = FlowState(
            flow: id, step: definition.start, rule: origin.rule, actsBesideHuman: origin.actsBesideHuman, answeredAt: begin,
            waitingSince: subject.now)
        hasStartedFlow = true
        isFlowAfterClosing = isClosed
        run(from: definition.start)
    }

    // MARK: Hearing

    /// A customer's message, while the flow waits. False when the step leaves it to the rules.
    mutating func hearMessage() -> Bool {
        guard let standing = subject.state.flow, let step = step(of: standing) else { return false }
        guard standing.call == nil else {
            // It goes on in a moment, and a rule that starts something else now would throw the answer away.
            flow.heard = .busy
            if step.waits { subject.state.flow?.call?.earlyAnswer = event.message?.remembered }
            return true
        }
        guard step.waits else {
            flow.heard = .unheard
            return false
        }
        begin(standing.rule)
        if let choice = chosen(of: step, labels: standing.labels) {
            flow.heard = .choice(choice.label)
            flow.held = [
                ConditionTrace(
                    condition: "choice", at: step.at, wanted: .string(choice.label),
                    actual: .optional(event.message?.text))
            ]
            subject.goes(by: choice.choice.at)
            answered(choice.choice.set, next: choice.choice.next)
            return true
        }
        if let expectation = expected(of: step) {
            flow.heard = .expectation(expectation.at)
            flow.held = expectation.when.map { line in subject.apart { line.trace(subject) } }
            subject.goes(by: expectation.at)
            answered(expectation.set, next: expectation.next)
            return true
        }
        return miss(step)
    }

    private mutating func answered(_ set: (any ActionTemplate)?, next: String) {
        subject.state.flow?.answeredAt = subject.now
        answeredAt = subject.now
        if case .set(let variables)? = set?.rendered(subject).action {
            for entry in variables.entries { subject.state.variables[entry.key] = entry.value }
        }
        run(from: next)
    }

    /// By its number alone, else by its whole label, else by a keyword anywhere.
    private func chosen(of step: FlowStep, labels: [String]) -> (choice: FlowChoice, label: String)? {
        guard !step.choices.isEmpty, let text = subject.foldedText(.full) else { return nil }
        // As they were offered: a variable may have changed since, and what was captured is gone.
        let offered = labels.count == step.choices.count ? labels : step.choices.map { $0.label.rendered(subject) }
        let choices = Array(zip(step.choices, offered))
        if let number = ChoiceNumber(text.string), choices.indices.contains(number.index) { return choices[number.index] }
        return choices.first { !$0.1.isEmpty && FoldedText($0.1) == text }
            ?? choices.first { choice, _ in choice.keywords.contains { $0.occurs(in: text) } }
    }

    /// The first whose `when` holds; its captures are in `subject` then.
    private mutating func expected(of step: FlowStep) -> FlowExpectation? {
        for expectation in step.expectations {
            subject.captures = RuleCaptures()
            subject.isLimited = false
            if holds(expectation.when, of: subject.rule) { return expectation }
            subject.isLimited = false
            if isExplaining {
                subject.captures = RuleCaptures()
                flow.missed += tracedLines(of: expectation.when).filter { !$0.holds }.prefix(1).map(\.trace)
            }
        }
        subject.captures = RuleCaptures()
        return nil
    }

    /// What was not understood.
    private mutating func miss(_ step: FlowStep) -> Bool {
        subject.state.flow?.waitingSince = subject.now
        guard let otherwise = step.otherwise, let standing = subject.state.flow else {
            flow.heard = .unheard
            return false
        }
        let misses = standing.misses + 1
        if misses <= otherwise.times, let say = otherwise.say {
            subject.state.flow?.misses = misses
            flow.heard = .miss(misses)
            subject.goes(by: otherwise.at)
            plan(say)
            return true
        }
        guard let next = otherwise.next else {
            flow.heard = .unheard
            return false
        }
        flow.heard = .miss(misses)
        subject.goes(by: otherwise.nextAt ?? otherwise.at)
        run(from: next)
        return true
    }

    mutating func hearTimeout() {
        guard let standing = subject.state.flow, let timeout = step(of: standing)?.timeout else { return }
        begin(standing.rule)
        flow.heard = .timeout
        subject.goes(by: timeout.at)
        run(from: timeout.next)
    }

    /// The answer of the call that the flow waits for; another one is none of its business.
    mutating func hear(_ answer: HTTPAnswer) {
        guard let standing = subject.state.flow, let call = standing.call, call.key == answer.effectKey,
            let step = step(of: standing)
        else { return }
        begin(standing.rule)
        subject.captures = RuleCaptures(call.captures)
        flow.heard = .answer
        stepsRun = standing.stepsRun
        subject.state.flow?.call = nil
        guard runActions(of: step, from: call.nextAction) else {
            // Another call of the same step: what the customer wrote waits on.
            if subject.state.flow?.place == standing.place { subject.state.flow?.call?.earlyAnswer = call.earlyAnswer }
            return
        }
        if let next = leave(step) { return run(from: next) }
        guard let early = call.earlyAnswer, subject.state.flow?.place == standing.place else { return }
        subject.hear(early)
        _ = hearMessage()
    }

    private func step(of standing: FlowState) -> FlowStep? {
        engine.rules.flows[standing.flow]?.steps[standing.step]
    }

    // MARK: Stepping

    /// Runs steps until one waits or the flow ends.
    private mutating func run(from first: String) {
        var next: String? = first
        while let name = next {
            guard let standing = subject.state.flow else { return }
            guard stepsRun < Self.stepLimit else {
                isOverrun = true
                return endFlow(.steps)
            }
            guard let step = engine.rules.flows[standing.flow]?.steps[name] else { return endFlow(.gone) }
            stepsRun += 1
            let labels = step.choices.map { $0.label.rendered(subject) }
            enter(step, offering: labels)
            if let say = step.say { plan(say, labels: labels) }
            guard runActions(of: step, from: 0) else { return }
            next = leave(step)
        }
    }

    private mutating func enter(_ step: FlowStep, offering labels: [String]) {
        guard var standing = subject.state.flow else { return }
        standing.step = step.name
        standing.misses = 0
        standing.waitingSince = subject.now
        standing.labels = labels.map { $0.cut(to: Self.labelLength) }
        subject.state.flow = standing
        flow.entered.append(standing.place)
    }

    /// A longer label is offered in full, and answered by its number or a keyword.
    private static let labelLength = 256

    /// False when the step goes no further now: it waits for an answer, or the flow was ended or replaced by an action.
    private mutating func runActions(of step: FlowStep, from first: Int) -> Bool {
        for index in step.actions.indices.dropFirst(first) {
            let before = subject.state.flow?.place
            let endsBefore = flow.ended.count
            let captures = subject.captures
            let planned = plan(step.actions[index], at: before)
            subject.captures = captures
            guard flow.ended.count == endsBefore else {
                // The flow is over, but what the step says still happens.
                for rest in step.actions.indices.dropFirst(index + 1) where !isOverrun {
                    plan(step.actions[rest], at: before)
                }
                return false
            }
            if wait(for: planned, next: index + 1) { return false }
        }
        return true
    }

    /// True when the flow waits for the answer of this action from now on.
    private mutating func wait(for planned: PlannedAction, next: Int) -> Bool {
        guard case .effect(let effect) = planned, case .http(let call) = effect.action, let variable = call.save else {
            return false
        }
        guard effect.status == .planned else {
            // It will never be answered: the flow goes on as after any failure.
            subject.state.variables[variable] = HTTPAnswer.failure(effect.suppression?.rawValue ?? "unsupported")
            return false
        }
        subject.state.flow?.stepsRun = stepsRun
        subject.state.flow?.call = AwaitedCall(
            key: effect.key, variable: variable, nextAction: next, captures: subject.captures.values.remembered,
            message: event.message?.remembered)
        return true
    }

    /// The step to go on with; nil when this one waits, or the flow has ended.
    private mutating func leave(_ step: FlowStep) -> String? {
        if step.waits {
            subject.state.flow?.waitingSince = subject.now
            return nil
        }
        for branch in step.next {
            let captures = subject.captures
            subject.isLimited = false
            let isTaken = holds(branch.when, of: subject.rule)
            subject.captures = captures
            if isTaken {
                subject.goes(by: branch.at)
                return branch.step
            }
        }
        endFlow(step.isEnd ? .end : .stuck)
        return nil
    }

    @discardableResult
    private mutating func plan(_ action: RuleAction, at place: FlowPlace? = nil, labels: [String] = []) -> PlannedAction {
        let standing = subject.state.flow
        let place = place ?? standing?.place
        let origin = ActionOrigin(
            rule: standing?.rule ?? subject.rule, flow: place, keyPrefix: "\(event.id)/flow:\(place?.flow ?? "")",
            actsBesideHuman: standing?.actsBesideHuman ?? false, heldBack: nil)
        flowEffects += 1
        return carryOut(action, at: action.at, key: "\(origin.keyPrefix)/\(flowEffects)", for: origin) { action in
            guard case .reply(var reply) = action, !labels.isEmpty else { return }
            // The choices come first: their numbers are those that a customer answers with.
            reply.buttons = labels + reply.buttons
            action = .reply(reply)
        }
    }
}

/// How much of a text is kept while a flow waits for an answer, in code points.
private let rememberedLength = 4096

extension Message {
    private static let rememberedAttachments = 10

    /// As much of it as is kept.
    fileprivate var remembered: Message {
        var message = self
        message.text = text.cut(to: rememberedLength)
        message.attachments = Array(attachments.prefix(Self.rememberedAttachments))
        return message
    }
}

extension Value.Object {
    fileprivate var remembered: Value.Object {
        Value.Object(entries.map { ($0.key, $0.value.string.map { .string($0.cut(to: rememberedLength)) } ?? $0.value) })
    }
}

extension String {
    fileprivate func cut(to length: Int) -> String {
        utf8.count <= length ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(length)))
    }
}

/// The number of a choice, alone in a message: `2`, `2.`, full width too.
struct ChoiceNumber: Sendable, Hashable {
    /// From 0.
    let index: Int

    /// - Parameter text: folded, so that full-width digits are plain ones.
    init?(_ text: String) {
        var digits = Substring(text)
        if let last = digits.last, last == "." || last == ")" { digits = digits.dropLast() }
        guard !digits.isEmpty, digits.utf8.count <= 4, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            digits.first != "0", let number = Int(digits)
        else { return nil }
        index = number - 1
    }
}

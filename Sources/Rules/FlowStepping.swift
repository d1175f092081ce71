import Matching
import Model

/// The conversation's flow within one decision: starting, hearing, stepping, ending.
extension DecisionPass {
    /// More steps than this without waiting for the customer is a ring.
    private static let stepLimit = 100

    // MARK: Starting and ending

    /// Ends the flow when the event ends it whatever the rules say.
    mutating func endFlow(by resolved: ResolvedEvent) {
        guard let standing = subject.state.flow else { return }
        if engine.rules.flows[standing.flow]?.steps[standing.step] == nil { return endFlow(.gone) }
        if resolved.isClosing { return endFlow(.closed) }
        let isHuman = standing.actsBesideHuman ? resolved.isTakeover : event.conversation?.handler == .human
        if isHuman { endFlow(.human) }
    }

    mutating func endFlow(_ reason: FlowEndReason) {
        guard let standing = subject.state.flow else { return }
        flow.ended.append(FlowEnd(at: standing.place, reason: reason))
        subject.state.flow = nil
    }

    mutating func startFlow(_ id: String, for origin: ActionOrigin) {
        guard let definition = engine.rules.flows[id] else { return }
        // A flow that starts itself again from one of its steps is still one run of steps.
        let stepsRun = origin.flow == nil ? 0 : subject.state.flow?.stepsRun ?? 0
        endFlow(.replaced)
        subject.state.flow = FlowState(
            flow: id, step: definition.start, rule: origin.rule, actsBesideHuman: origin.actsBesideHuman,
            answeredAt: subject.now, waitingSince: subject.now, stepsRun: stepsRun)
        run(from: definition.start)
    }

    // MARK: Hearing

    /// A customer's message, while the flow waits. False when the step leaves it to the rules.
    mutating func hearMessage() -> Bool {
        guard let standing = subject.state.flow, let step = step(of: standing) else { return false }
        guard standing.call == nil else {
            // It goes on in a moment, and a rule that starts something else now would throw the answer away.
            flow.heard = .busy
            return true
        }
        guard step.waits else {
            flow.heard = .unheard
            return false
        }
        begin(standing.rule)
        if let choice = chosen(of: step) {
            flow.heard = .choice(choice.label.rendered(subject))
            answered(choice.set, next: choice.next)
            return true
        }
        if let expectation = expected(of: step) {
            flow.heard = .expectation(expectation.at)
            answered(expectation.set, next: expectation.next)
            return true
        }
        return miss(step)
    }

    private mutating func answered(_ set: (any ActionTemplate)?, next: String) {
        subject.state.flow?.answeredAt = subject.now
        subject.state.flow?.stepsRun = 0
        if case .set(let variables)? = set?.rendered(subject).action {
            for entry in variables.entries { subject.state.variables[entry.key] = entry.value }
        }
        run(from: next)
    }

    /// By its number alone, else by its whole label, else by a keyword anywhere.
    private func chosen(of step: FlowStep) -> FlowChoice? {
        guard !step.choices.isEmpty, let text = subject.foldedText(.full) else { return nil }
        if let number = ChoiceNumber(text.string), step.choices.indices.contains(number.index) {
            return step.choices[number.index]
        }
        return step.choices.first { FoldedText($0.label.rendered(subject)) == text }
            ?? step.choices.first { choice in choice.keywords.contains { $0.occurs(in: text) } }
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
            subject.state.flow?.stepsRun = 0
            flow.heard = .miss(misses)
            plan(say)
            return true
        }
        guard let next = otherwise.next else {
            flow.heard = .unheard
            return false
        }
        flow.heard = .miss(misses)
        subject.state.flow?.stepsRun = 0
        run(from: next)
        return true
    }

    mutating func hearTimeout() {
        guard let standing = subject.state.flow, let timeout = step(of: standing)?.timeout else { return }
        begin(standing.rule)
        flow.heard = .timeout
        subject.state.flow?.stepsRun = 0
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
        subject.state.flow?.call = nil
        if runActions(of: step, from: call.nextAction), let next = leave(step) { run(from: next) }
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
            guard standing.stepsRun < Self.stepLimit else { return endFlow(.steps) }
            guard let step = engine.rules.flows[standing.flow]?.steps[name] else { return endFlow(.gone) }
            subject.state.flow?.step = name
            subject.state.flow?.stepsRun += 1
            subject.state.flow?.misses = 0
            subject.state.flow?.waitingSince = subject.now
            flow.entered.append(FlowPlace(flow: standing.flow, step: name))
            if let say = step.say { plan(say, choices: step.choices) }
            guard runActions(of: step, from: 0) else { return }
            next = leave(step)
        }
    }

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
                for rest in step.actions.indices.dropFirst(index + 1) { plan(step.actions[rest], at: before) }
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
        subject.state.flow?.call = AwaitedCall(
            key: effect.key, variable: variable, nextAction: next, captures: subject.captures.values,
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
            if isTaken { return branch.step }
        }
        endFlow(step.isEnd ? .end : .stuck)
        return nil
    }

    @discardableResult
    private mutating func plan(_ action: RuleAction, at place: FlowPlace? = nil, choices: [FlowChoice] = []) -> PlannedAction {
        let standing = subject.state.flow
        let place = place ?? standing?.place
        let origin = ActionOrigin(
            rule: standing?.rule ?? subject.rule, flow: place, keyPrefix: "\(event.id)/flow:\(place?.flow ?? "")",
            actsBesideHuman: standing?.actsBesideHuman ?? false, heldBack: nil)
        flowEffects += 1
        let labels = choices.map { $0.label.rendered(subject) }
        return carryOut(action, at: action.at, key: "\(origin.keyPrefix)/\(flowEffects)", for: origin) { action in
            guard case .reply(var reply) = action, !labels.isEmpty else { return }
            // The choices come first: their numbers are those that a customer answers with.
            reply.buttons = labels + reply.buttons
            action = .reply(reply)
        }
    }
}

extension Message {
    private static let rememberedCharacters = 4096
    private static let rememberedAttachments = 10

    /// As much of it as is kept while a flow waits for an answer.
    fileprivate var remembered: Message {
        var message = self
        message.text = String(text.prefix(Self.rememberedCharacters))
        message.attachments = Array(attachments.prefix(Self.rememberedAttachments))
        return message
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

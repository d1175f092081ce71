import Daemon
import JSON
import Model
import RuleFiles
import Rules
import VendorKit

/// One line that a chat shows.
struct ChatOutput: Sendable, Hashable {
    enum Style: Sendable, Hashable {
        /// What the bot says to the customer.
        case speech
        /// What the program tells about it.
        case note
    }

    var text: String
    var style: Style

    static func note(_ text: String) -> ChatOutput { ChatOutput(text: text, style: .note) }
    static func speech(_ text: String) -> ChatOutput { ChatOutput(text: text, style: .speech) }

    /// Without anything that would move the cursor, change colours or turn the line around; bold for speech.
    func shown(isColored: Bool) -> String {
        let visible = Self.visible(text)
        return isColored && style == .speech ? "\u{1B}[1m\(visible)\u{1B}[0m" : visible
    }

    static func visible(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnseen) else { return text }
        return text.unicodeScalars.reduce(into: "") { shown, scalar in
            if isUnseen(scalar) {
                shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                shown.unicodeScalars.append(scalar)
            }
        }
    }

    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x08, 0x0A...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

/// What the rules did, as a chat shows it.
struct ChatText {
    let engine: Engine
    let showsRequests: Bool

    /// - Parameter isTimed: also says when: for what comes up while time passes.
    func lines(_ occurrence: Session.Occurrence, isTimed: Bool) -> [ChatOutput] {
        let decision = occurrence.decision
        var lines: [ChatOutput] = isTimed ? [.note(heading(occurrence))] : []
        if decision.matched.isEmpty, decision.flow?.heard == nil {
            let isAnswer = decision.event.isInternal && !isTimed
            lines.append(.note(isAnswer ? "  no flow waits for the answer: it is kept in its variable" : "  no rule holds"))
        }
        lines += decision.matched.map { .note("  \(DecisionText.ruleLine($0))") }
        lines += decision.effects.flatMap(effectLines)
        if let flow = decision.flow { lines += FlowText.lines(flow).map { .note("  → \($0)") } }
        lines += decision.limited.map { .note("  rule \($0): a regular expression ran into its limits") }
        if let fault = decision.fault { lines.append(.note("  " + DecisionText.overLimit(fault))) }
        return lines
    }

    /// `  2026-01-05T12:10:00Z  timer timeout  flow=order-status/ask`
    private func heading(_ occurrence: Session.Occurrence) -> String {
        let event = occurrence.decision.event
        var parts = [event.occurredAt.iso8601, "timer \(event.details["reason"]?.text ?? event.kind.rawValue)"]
        if let flow = event.details["flow"]?.text { parts.append("flow=\(flow)") }
        parts.append("conversation=\(occurrence.conversation.conversation)")
        return "  " + parts.joined(separator: "  ")
    }

    // MARK: Effects

    /// What the bot says as a person reads it, everything else as `dry-run` tells it. A long reply comes as the messages into
    /// which the vendor's limit cuts it.
    private func effectLines(_ effect: Effect) -> [ChatOutput] {
        guard effect.status == .planned, case .reply(let reply) = effect.action else { return plainLines(effect) }
        let speech = speech(reply, delayMilliseconds: effect.delayMilliseconds)
        switch showsRequests ? EffectRequest.request(for: effect, account: account(effect)) : nil {
        case nil: return speech
        case .failure(let error): return speech + [.note("    unsupported: \(error.message)")]
        case .success(let request): return speech + RequestText.lines(request).map { .note("    \($0)") }
        }
    }

    /// Two blanks are enough where no event stands above.
    private func plainLines(_ effect: Effect) -> [ChatOutput] {
        DecisionText.effectLines(effect, account: account(effect), showsRequest: showsRequests)
            .map { .note($0.hasPrefix("    ") ? String($0.dropFirst(2)) : $0) }
    }

    private func account(_ effect: Effect) -> Account {
        engine.accounts[effect.target.account] ?? .unconfigured(effect.target.account, effect.target.vendor)
    }

    /// The text, line under line, then the buttons with the numbers that answer them.
    private func speech(_ reply: Reply, delayMilliseconds: Int64) -> [ChatOutput] {
        var text = reply.text(listingButtons: false, linkingFile: false).split(omittingEmptySubsequences: false) { $0.isNewline }
            .map(String.init)
        if let file = reply.file { text.append("[file] \(file)") }
        text += reply.buttons.enumerated().map { "\($0.offset + 1). \($0.element)" }
        if text.first?.isEmpty == true, text.count > 1 { text.removeFirst() }
        let delay = delayMilliseconds > 0 ? "  (after \(Duration.milliseconds(delayMilliseconds).ruleText))" : ""
        return text.enumerated().map { index, line in
            .speech(index == 0 ? "  bot: \(line)\(delay)" : "       \(line)")
        }
    }

    // MARK: Calls

    /// That a call waits, and how it is answered.
    func waitingLines(_ call: Session.PendingCall) -> [ChatOutput] {
        let what = call.call.map { "\($0.method) \($0.url)" } ?? "a call"
        return [
            .note("  … \(what) waits for its answer, which becomes vars.\(call.variable)"),
            .note(#"    type /http 200 {"some":"json"}, or /http timeout"#),
        ]
    }

    // MARK: State

    func stateLines(_ simulation: Simulation) -> [ChatOutput] {
        let state = simulation.state
        let now = simulation.now
        var lines = ["time          \(now.iso8601)", "conversation  \(simulation.conversation.conversation)"]
        let until = state.humanUntil.flatMap { now < $0 ? "  (until \($0.iso8601))" : nil } ?? ""
        lines.append("handler       \(state.handler(at: now).rawValue)\(until)")
        lines.append("tags          \(state.tags.isEmpty ? "–" : state.tags.joined(separator: ", "))")
        lines += state.variables.entries.map { "variable      \($0.key) = \(JSONWriter.string($0.value))" }
        if let flow = state.flow {
            lines.append("flow          \(flow.place.text)\(flow.misses > 0 ? "  (not understood: \(flow.misses))" : "")")
        }
        lines += timerLines(state, now: now)
        lines += simulation.pendingCalls.map { call in
            "call          \(call.call.map { "\($0.method) \($0.url)" } ?? "a call") → vars.\(call.variable)"
        }
        lines.append(
            "replies       \(state.repliesSinceCustomer) since the customer wrote, \(state.automaticReplies.count) in the last minute"
        )
        return lines.map { .note("  \($0)") }
    }

    private func timerLines(_ state: ConversationState, now: Instant) -> [String] {
        state.timers.map { timer in
            "timer         \(Self.name(timer, flow: state.flow?.flow))  \(timer.due.iso8601)  (in \(timer.due.since(now).ruleText))"
        }
    }

    private static func name(_ timer: ConversationTimer, flow: String?) -> String {
        switch timer.kind {
        case .timeout: "timeout of the step"
        case .expiry: "end of the flow \(flow ?? "")"
        case .idle(let idle):
            "idle \(Duration.milliseconds(idle.afterMilliseconds).ruleText) since \(idle.since.rawValue)"
        }
    }

    // MARK: Why

    /// - Parameters:
    ///   - outcome: explained.
    ///   - rule: only this one.
    func whyLines(_ outcome: Simulation.Outcome, now: Instant, rule: String?) -> [ChatOutput] {
        var lines: [String] = []
        for occurrence in outcome.occurrences {
            let decision = occurrence.decision
            lines.append(EventLine.text(decision.event))
            lines += decision.flow.map(FlowText.lines) ?? []
            let traces = (decision.trace?.nearestFirst ?? []).filter { rule == nil || $0.rule == rule }
            lines += traces.flatMap { ExplanationText.lines($0) }
        }
        if outcome.occurrences.isEmpty { lines.append("nothing came up") }
        return (lines + timerLines(outcome.state, now: now)).map { .note("  \($0)") }
    }

    // MARK: Help

    static var helpLines: [ChatOutput] {
        let forms = ChatCommands.all.map { command in
            (form: [command.name, command.shownArgument].compactMap(\.self).joined(separator: " "), does: command.does)
        }
        let width = forms.map(\.form.count).max() ?? 0
        return [.note("  What you type is what the customer writes. A line that begins with / is a command:")]
            + forms.map { form in
                .note("  " + form.form + String(repeating: " ", count: width - form.form.count) + "  " + form.does)
            }
            + [.note("  A message that begins with / is typed with //.")]
    }
}

package import Model
package import Rules

/// One captured webhook of a conversation, as a test is made of it.
package struct CapturedTurn: Sendable {
    /// Those of the conversation, as decoded, in order; own messages are marked.
    package var events: [Event]
    /// The payload as it came.
    package var body: [UInt8]
    /// Where a test can read the payload, as the test's file names it; nil where it is in no file of its own.
    package var payloadPath: String?

    package init(events: [Event], body: [UInt8], payloadPath: String?) {
        self.events = events
        self.body = body
        self.payloadPath = payloadPath
    }
}

/// Makes a rule test of what happened to the last of some webhooks of one conversation: with a frozen clock, with the state
/// that those before it left, and with as little as leads to the same decision.
///
/// Forms are tried from the shortest on: an event in short form on `given` state, the same with the payload as `raw`, the
/// payload's own file, and each of these with the earlier webhooks as steps. What is told is the first that passes; a test that
/// does not pass is never given.
package struct CapturedConversation: Sendable {
    private let turns: [CapturedTurn]
    private let engine: Engine
    private let payloads: PayloadReader
    private let folder: String

    /// A payload longer than this stands in no test; in bytes.
    private static let inlineLimit = 4096

    /// More steps before the last are left as they are; each is tried without, so the time for it grows with the square.
    private static let shrunkSteps = 60

    /// - Parameters:
    ///   - turns: not empty; in the order of arrival.
    ///   - folder: of the test's file.
    package init(_ turns: [CapturedTurn], engine: Engine, payloads: PayloadReader, folder: String) {
        self.turns = turns
        self.engine = engine
        self.payloads = payloads
        self.folder = folder
    }

    /// What the rules say about the last webhook, after those before it.
    package struct Truth: Sendable {
        /// By event of the last webhook; a repeated one has none.
        package var decisions: [Decision]
        /// The conversation's, before the last webhook.
        var before: ConversationState
        var flowAfter: FlowPlace?
        /// Of the last webhook.
        var at: Instant
    }

    private enum Form: CaseIterable {
        case short, inline, file
    }

    /// Nil for a webhook of which nothing is decided: it brings no event, or all of them are known.
    package func truth() -> Truth? {
        guard let last = turns.last, let first = last.events.first else { return nil }
        var session = Session(engine: engine)
        for event in turns.dropLast().flatMap(\.events) {
            _ = session.timers(until: event.occurredAt)
            _ = session.decide(event)
        }
        _ = session.timers(until: first.occurredAt)
        let before = session.state(of: first.conversationKey)
        let decisions = last.events.compactMap { session.decide($0) }
        guard !decisions.isEmpty else { return nil }
        return Truth(
            decisions: decisions, before: before, flowAfter: session.state(of: first.conversationKey).flow?.place,
            at: first.occurredAt)
    }

    /// A test that passes, or why there is none.
    package func test(named name: String, of truth: Truth) -> Result<WrittenTest, CapturedTestError> {
        var problem: String?
        var candidates = Form.allCases.map { test(name, truth, $0, hasSteps: false) }
        if turns.count > 1 { candidates += Form.allCases.map { test(name, truth, $0, hasSteps: true) } }
        for candidate in candidates.compactMap(\.self) {
            guard let found = self.problem(candidate) else { return .success(shrunk(candidate)) }
            problem = problem ?? found
        }
        return .failure(CapturedTestError(problem: problem ?? "its payload is in no file of its own"))
    }

    // MARK: Candidates

    private func test(_ name: String, _ truth: Truth, _ form: Form, hasSteps: Bool) -> WrittenTest? {
        guard var last = turns.last.flatMap({ stimuli(of: $0, form) }) else { return nil }
        let expectations =
            last.count == truth.decisions.count && last.count > 1
            ? truth.decisions.map { WrittenExpectation.lines([$0], flow: $0.state.flow?.place) }
            : [WrittenExpectation.lines(truth.decisions, flow: truth.flowAfter)]
        let final = last.removeLast()
        // Where one step stands for several events, or for one of them that nothing is decided of, the last is asked for all.
        let isEach = expectations.count == last.count + 1
        var steps = last.enumerated().map { WrittenTest.Step($0.element, expectation: isEach ? expectations[$0.offset] : []) }
        steps.append(WrittenTest.Step(final, expectation: expectations.last ?? []))
        guard hasSteps else { return WrittenTest(name: name, startsAt: truth.at, given: given(truth), steps: steps) }
        guard let earlier = earlierSteps(form, until: truth.at) else { return nil }
        return WrittenTest(
            name: name, startsAt: turns.first?.events.first?.occurredAt ?? truth.at, given: GivenState.asInDaemon,
            steps: earlier + steps)
    }

    private func given(_ truth: Truth) -> GivenState {
        var given = GivenState()
        given.variables = truth.before.variables
        given.tags = truth.before.tags
        let handler = truth.before.handler(at: truth.at)
        given.handler = handler == .bot ? nil : handler
        given.flow = truth.before.flow?.place
        return given
    }

    /// Nil where the form cannot be had.
    private func earlierSteps(_ form: Form, until end: Instant) -> [WrittenTest.Step]? {
        var steps: [WrittenTest.Step] = []
        guard var clock = turns.first?.events.first?.occurredAt else { return nil }
        func wait(until time: Instant) {
            let seconds = time.since(clock).wholeMilliseconds / 1000
            guard seconds > 0 else { return }
            steps.append(WrittenTest.Step(.wait(.seconds(seconds))))
            clock = clock.adding(.seconds(seconds))
        }
        for turn in turns.dropLast() {
            guard let first = turn.events.first, let stimuli = stimuli(of: turn, form) else { return nil }
            wait(until: first.occurredAt)
            steps += stimuli.map { WrittenTest.Step($0) }
        }
        wait(until: end)
        return steps
    }

    private func stimuli(of turn: CapturedTurn, _ form: Form) -> [WrittenTest.Stimulus]? {
        switch form {
        case .short: return turn.events.map { .event(EventDraft($0, payload: nil)) }
        case .inline:
            guard turn.body.count <= Self.inlineLimit, let payload = RawText.value(of: turn.body) else { return nil }
            return turn.events.map { .event(EventDraft($0, payload: payload)) }
        case .file:
            guard let path = turn.payloadPath, let event = turn.events.first else { return nil }
            return [.payload(path: path, vendor: event.vendor, account: event.account)]
        }
    }

    // MARK: Shrinking

    private func problem(_ test: WrittenTest) -> String? { test.problem(engine: engine, payloads: payloads, folder: folder) }

    /// The test without everything that makes no difference to its passing.
    private func shrunk(_ test: WrittenTest) -> WrittenTest {
        var test = test
        func keep(_ change: (inout WrittenTest) -> Void) {
            var tried = test
            change(&tried)
            if problem(tried) == nil { test = tried }
        }
        keep { $0.given = GivenState() }
        for entry in test.given.variables.entries { keep { $0.given.variables[entry.key] = nil } }
        keep { $0.given.tags = [] }
        keep { $0.given.handler = nil }
        keep { $0.given.flow = nil }
        let lastIndex = test.steps.count - 1
        if lastIndex <= Self.shrunkSteps {
            // From the latest on, so that waits are taken with what they wait for.
            for index in stride(from: lastIndex - 1, through: 0, by: -1) {
                guard test.steps[index].expectation.isEmpty else { continue }
                if case .wait = test.steps[index].stimulus { continue }
                keep { $0.steps.remove(at: index) }
            }
            keep { $0.mergeWaits() }
        }
        for change in Self.simplifications {
            // What makes the steps one conversation can only be left out of all.
            keep { test in for index in test.steps.indices { test.simplify(index, change) } }
            for index in test.steps.indices { keep { $0.simplify(index, change) } }
        }
        return test
    }

    private static let simplifications: [@Sendable (inout EventDraft) -> Void] = [
        { $0.account = nil }, { $0.conversation = nil }, { $0.contact = nil }, { $0.contact?.attributes = [:] },
        { $0.contact?.email = nil }, { $0.contact?.phone = nil }, { $0.contact?.id = nil }, { $0.contact?.name = nil },
        { $0.sender = $0.sender.flatMap { $0.role == .customer ? nil : Sender(role: $0.role) } }, { $0.agent = nil },
        { $0.handler = nil }, { $0.department = nil }, { $0.team = nil }, { $0.tags = nil }, { $0.message = nil },
        { $0.message?.id = nil }, { $0.message?.attachments = [] }, { $0.details = [:] },
    ]
}

/// Why no test was made.
package struct CapturedTestError: Error, Sendable, Hashable {
    /// What the shortest form of a test met; a line or more.
    package let problem: String
}

extension GivenState {
    /// A conversation of which nothing is known yet.
    fileprivate static var asInDaemon: GivenState {
        var given = GivenState()
        given.handler = .unknown
        return given
    }
}

extension WrittenTest {
    fileprivate mutating func simplify(_ index: Int, _ change: (inout EventDraft) -> Void) {
        guard steps.indices.contains(index), case .event(var draft) = steps[index].stimulus else { return }
        change(&draft)
        steps[index].stimulus = .event(draft)
    }

    /// Waits in a row are one; those before anything happens move the start.
    fileprivate mutating func mergeWaits() {
        var merged: [Step] = []
        for step in steps {
            guard case .wait(let duration) = step.stimulus else {
                merged.append(step)
                continue
            }
            if merged.isEmpty {
                startsAt = startsAt.adding(duration)
            } else if case .wait(let before)? = merged.last?.stimulus {
                merged[merged.count - 1].stimulus = .wait(before + duration)
            } else {
                merged.append(step)
            }
        }
        steps = merged
    }
}

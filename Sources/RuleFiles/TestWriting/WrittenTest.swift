package import Model
package import Rules

/// A rule test that is to be written into a file.
package struct WrittenTest: Sendable {
    package enum Stimulus: Sendable {
        case event(EventDraft)
        /// - Parameter path: as the test's file names it.
        case payload(path: String, vendor: VendorID, account: String)
        case wait(Duration)
    }

    package struct Step: Sendable {
        package var stimulus: Stimulus
        /// Lines of YAML; none where nothing is expected.
        package var expectation: [String]

        package init(_ stimulus: Stimulus, expectation: [String] = []) {
            self.stimulus = stimulus
            self.expectation = expectation
        }
    }

    package var name: String
    package var startsAt: Instant
    package var given: GivenState
    package var steps: [Step]

    package init(name: String, startsAt: Instant, given: GivenState = GivenState(), steps: [Step]) {
        self.name = name
        self.startsAt = startsAt
        self.given = given
        self.steps = steps
    }

    /// The test as an element of `tests:`, each line with so many blanks before it.
    package func lines(indent: Int) -> [String] {
        var lines = ["- name: \(WrittenYAML.text(name).line)", "  at: \(startsAt.iso8601)"]
        if let given = writtenGiven { lines.append("  given: \(given.line)") }
        if steps.count == 1, let step = steps.first, case .wait = step.stimulus {
            lines.append("  steps:")
            lines += step.lines.enumerated().map { ($0.offset == 0 ? "    - " : "      ") + $0.element }
        } else if steps.count == 1, let step = steps.first {
            lines += step.lines.map { "  " + $0 }
        } else {
            lines.append("  steps:")
            for step in steps { lines += step.lines.enumerated().map { ($0.offset == 0 ? "    - " : "      ") + $0.element } }
        }
        return lines.map { String(repeating: " ", count: indent) + $0 }
    }

    /// A test file of its own.
    package var text: String { (["version: 1", "tests:"] + lines(indent: 2)).joined(separator: "\n") + "\n" }

    private var writtenGiven: WrittenYAML? {
        var members: [WrittenYAML.Member] = []
        if !given.variables.isEmpty { members.append(WrittenYAML.Member("vars", WrittenYAML(.object(given.variables)))) }
        if !given.tags.isEmpty { members.append(WrittenYAML.Member("tags", .list(given.tags.map(WrittenYAML.word)))) }
        if let handler = given.handler { members.append(WrittenYAML.Member("handler", .word(handler.rawValue))) }
        if let flow = given.flow { members.append(WrittenYAML.Member("flow", .word(flow.text))) }
        return members.isEmpty ? nil : .mapping(members)
    }

    // MARK: Trying

    /// What keeps the test from passing; nil when it passes.
    /// - Parameter folder: where its file is to be: paths of payloads are below it.
    package func problem(engine: Engine, payloads: PayloadReader, folder: String) -> String? {
        let loaded = LoadedTests(
            RuleFolder(test: text, path: folder + "/written.test.yaml"), flows: Array(engine.rules.flows.values), vendors: nil)
        if let error = loaded.diagnostics.first(where: { $0.severity == .error }) { return error.message }
        guard let test = loaded.tests.first, loaded.tests.count == 1 else { return "it holds no test" }
        return RuleTestRunner(engine: engine, payloads: payloads).run(test, explaining: false).failures.first?.message
    }
}

extension WrittenTest.Step {
    fileprivate var lines: [String] {
        let stimulus =
            switch stimulus {
            case .event(let draft): "event: \(draft.written.line)"
            case .payload(let path, let vendor, let account):
                "event: "
                    + WrittenYAML.mapping([
                        WrittenYAML.Member("payload", .word(path)), WrittenYAML.Member("vendor", .word(vendor.rawValue)),
                        WrittenYAML.Member("account", .word(account)),
                    ]).line
            case .wait(let duration): "wait: \(duration.ruleText)"
            }
        return [stimulus] + (expectation.isEmpty ? [] : ["expect:"] + expectation.map { "  " + $0 })
    }
}

extension EventDraft {
    /// Everything that an event says, besides its own ids and time.
    /// - Parameter payload: what `raw.*` reads; nil leaves it out.
    package init(_ event: Event, payload: Value?) {
        self.init()
        if event.kind != .messageReceived { kind = event.kind }
        vendor = event.vendor
        account = event.account
        if var conversation = event.conversation {
            (channel, handler, department) = (conversation.channel, conversation.handler, conversation.department)
            (team, tags) = (conversation.team, conversation.tags)
            (conversation.channel, conversation.handler, conversation.department) = (nil, nil, nil)
            (conversation.team, conversation.tags) = (nil, nil)
            self.conversation = conversation
        }
        text = event.message?.text
        if var message = event.message {
            message.text = ""
            message.clientID = nil
            self.message = message
        }
        sender = event.sender
        contact = event.contact
        agent = event.agent
        details = event.details
        raw = payload
    }
}

extension WrittenTest {
    /// As its file names them.
    package var payloadPaths: [String] {
        steps.compactMap { if case .payload(let path, _, _) = $0.stimulus { path } else { nil } }
    }
}

package import Model
package import Rules

/// What happened, written as a test that expects it to happen again.
package struct TestRecording: Sendable {
    private let startsAt: Instant
    private var steps: [[String]] = []

    package init(startsAt: Instant) {
        self.startsAt = startsAt
    }

    /// How many steps there are.
    package var count: Int { steps.count }

    package mutating func add(_ outcome: Simulation.Outcome) {
        steps.append(
            Self.stimulus(outcome) + ["expect:"]
                + WrittenExpectation.lines(outcome.decisions, flow: outcome.state.flow?.place).map { "  " + $0 })
    }

    /// A test file with one test.
    package func text(name: String) -> String {
        var lines = [
            "version: 1", "tests:", "  - name: \(WrittenYAML.text(name).line)", "    at: \(startsAt.iso8601)", "    steps:",
        ]
        for step in steps {
            for (index, line) in step.enumerated() { lines.append((index == 0 ? "      - " : "        ") + line) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Why the file that would be written is none that passes: with the rules that it was recorded with, this can only be
    /// what a test has no words for, or a size that is too much for a file. Nil when it is as it should be.
    package func problem(name: String, engine: Engine) -> String? {
        let folder = RuleFolder(root: "", texts: ["recorded.test.yaml": text(name: name)])
        let loaded = LoadedTests(folder, flows: Array(engine.rules.flows.values), vendors: nil)
        if let error = loaded.diagnostics.first(where: { $0.severity == .error }) {
            return "line \(error.at.line): \(error.message)"
        }
        guard let test = loaded.tests.first, loaded.tests.count == 1 else { return "it holds no test" }
        let failures = RuleTestRunner(engine: engine, payloads: .none).run(test).failures
        return failures.first.map { "line \($0.at.line): \($0.message)" }
    }

    // MARK: Steps

    private static func stimulus(_ outcome: Simulation.Outcome) -> [String] {
        let conversation =
            outcome.namesConversation ? ["conversation: \(WrittenYAML.word(outcome.conversation.conversation).line)"] : []
        switch outcome.step {
        case .event(let draft): return ["event: \(draft.written.line)"]
        case .wait(let duration): return ["wait: \(duration.ruleText)"] + conversation
        case .answer(let written): return ["http: \(WrittenYAML(.object(written)).line)"] + conversation
        }
    }
}

extension PayloadReader {
    /// For tests without payloads.
    fileprivate static let none = PayloadReader { _, _, _, _ throws(PayloadError) in
        throw PayloadError(code: "unreadable", message: "there are no payloads here")
    }
}

import Model
import Rules

/// A step of a test that is made to happen at other times, with the steps before it as long before it as the test says.
struct EdgeReplay: Sendable {
    let test: RuleTest
    /// Of the step's beginning, after the test's.
    private let elapsed: Duration
    private let runner: RuleTestRunner

    struct Outcome: Sendable, Hashable {
        var runs: [String]
        var flow: String?
    }

    /// - Parameter index: of the last step that is replayed.
    fileprivate init(_ test: RuleTest, upTo index: Int, _ runner: RuleTestRunner) {
        var test = test
        test.steps = Array(test.steps.prefix(index + 1))
        self.test = test
        self.runner = runner
        elapsed = test.steps.reduce(.zero) { sum, step in
            if case .wait(let duration) = step.stimulus { sum + duration } else { sum }
        }
    }

    /// Nothing happens before the step.
    var isLone: Bool { test.steps.count == 1 }

    func outcome(at time: Instant) -> Outcome {
        var moved = test
        moved.startsAt = time.adding(.zero - elapsed)
        let decisions = runner.recorded(moved).last ?? []
        let runs = decisions.flatMap(\.matched).filter { $0.mode == .observe || !$0.isWhollySuppressed }.map(\.id)
        let report = decisions.compactMap(\.flow).last
        return Outcome(
            runs: runs, flow: report?.at?.text ?? report?.ended.last.map { "\($0.at.text) ended: \($0.reason.rawValue)" })
    }
}

/// The tests of a rules root, by what they make happen.
struct EdgeReplays: Sendable {
    private let steps: [Step]
    private let runner: RuleTestRunner

    private struct Step: Sendable {
        var test: RuleTest
        var index: Int
        var decisions: [Decision]
    }

    init(_ tests: [RuleTest], _ runner: RuleTestRunner) {
        self.runner = runner
        steps = tests.flatMap { test in
            runner.recorded(test).enumerated().compactMap { index, decisions -> Step? in
                // What comes up during a wait cannot be put at another time: the wait's end is not when it happens.
                if case .wait? = test.steps[index].stimulus { return nil }
                return Step(test: test, index: index, decisions: decisions)
            }
        }
    }

    /// Of the first test in which the rule runs. For a flow, in which the condition held, else was tried.
    func replay(of use: EdgeTimeline.Use) -> EdgeReplay? {
        func first(_ isIt: (Decision) -> Bool) -> EdgeReplay? {
            steps.first { $0.decisions.contains(where: isIt) }.map { EdgeReplay($0.test, upTo: $0.index, runner) }
        }
        guard use.isFlow else {
            return first { decision in
                decision.matched.contains { $0.id == use.owner && ($0.mode == .observe || !$0.isWhollySuppressed) }
            }
        }
        return first { ($0.evaluations?.lines[use.at]?.held ?? 0) > 0 } ?? first { $0.evaluations?.lines[use.at] != nil }
    }
}

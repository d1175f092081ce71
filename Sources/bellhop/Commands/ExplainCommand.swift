import ArgumentParser
import Daemon
import JSON
import Model
import RuleFiles
import Rules

/// `explain`: why each rule did or did not hold, nearest miss first.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell why each rule did or did not hold, nearest miss first.",
        discussion: """
            EXAMPLES
              bellhop explain payload.json
              bellhop explain payload.json --rule refund
            """)

    @Argument(help: "Payloads, capture files, folders, or -.")
    var inputs: [String]

    @Option(name: .long, help: ArgumentHelp("Only this rule.", valueName: "id"))
    var rule: String?

    @OptionGroup var replayOptions: ReplayOptions

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @OptionGroup var common: CommonOptions

    func run() throws {
        let settings = try common.settings()
        let (_, ruleSet, _) = try common.usableRules(at: common.rulesRoot(settings))
        if let rule, !ruleSet.rules.contains(where: { $0.id == rule }) {
            throw Exit(.usage, "bellhop: there is no rule '\(rule)'")
        }
        var replay = try replayOptions.replay(ruleSet, settings, isStateless: false)
        replay.command = "explain"
        var unreadable = 0
        try CapturedInput.read(inputs) { webhook in
            do throws(PayloadError) {
                for outcome in try replay.outcomes(of: webhook, explaining: true) { explain(outcome, webhook) }
            } catch {
                unreadable += 1
                Output.complain("\(webhook.source):\(webhook.line): \(error.message)")
            }
        }
        if unreadable > 0 { throw Exit(.negative) }
    }

    private func explain(_ outcome: Replay.Outcome, _ webhook: CapturedWebhook) {
        let traces = outcome.decision?.trace?.nearestFirst ?? []
        let sorted = traces.filter { rule == nil || $0.rule == rule }
        switch format {
        case .json:
            var object: Value.Object = [
                "schema": 1, "source": .string(webhook.source), "line": .integer(Int64(webhook.line)),
                "event": outcome.event.value, "duplicate": .bool(outcome.decision == nil),
                "flow": outcome.decision?.flow.map(DecisionForm.flow) ?? .null,
                "rules": .array(sorted.map(ExplanationText.json)),
            ]
            if let fault = outcome.decision?.fault { object["fault"] = .string(fault) }
            if let enriched = outcome.decision.flatMap(DecisionForm.enriched) { object["enriched"] = enriched }
            Output.print(JSONWriter.string(.object(object)))
        case .text:
            Output.print(Console.clean(EventLine.text(outcome.event)))
            if outcome.decision == nil { Output.print("  seen before: nothing happens") }
            for line in outcome.decision?.flow.map(FlowText.lines) ?? [] { Output.print("  " + Console.clean(line)) }
            for note in outcome.decision?.event.fetched.notes ?? [] { Output.print("  " + Console.clean(note.text)) }
            if let fault = outcome.decision?.fault { Output.print("  " + Console.clean(DecisionText.overLimit(fault))) }
            for trace in sorted { for line in ExplanationText.lines(trace) { Output.print("  " + Console.clean(line)) } }
            Output.print("")
        }
    }
}

/// One rule's trace for people and for programs.
enum ExplanationText {
    static func lines(_ trace: RuleTrace) -> [String] {
        let why = trace.why.map { "  – \($0)" } ?? ""
        return ["\(trace.rule)  \(trace.at.text)  \(verdict(trace))\(why)"]
            + trace.missed.map { "    ✗ \(ConditionText.line($0))" }
            + trace.held.map { "    ✓ \(ConditionText.line($0))" }
    }

    static func json(_ trace: RuleTrace) -> Value {
        [
            "rule": .string(trace.rule), "at": .string(trace.at.text), "why": .optional(trace.why),
            "verdict": .string(verdict(trace)), "missed": .array(trace.missed.map(DecisionForm.condition)),
            "held": .array(trace.held.map(DecisionForm.condition)),
        ]
    }

    private static func verdict(_ trace: RuleTrace) -> String {
        switch trace.verdict {
        case .ran: "ran"
        case .missed: trace.missed.count == 1 ? "missed one condition" : "missed \(trace.missed.count) conditions"
        case .stopped, .takenByFlow, .limited, .suppressed, .off: trace.verdict.reason ?? ""
        }
    }
}

extension Trace {
    /// Rules that held first, then by how little was missing; equally near ones stay in the order tried. Those that listen to
    /// something else are never near.
    var nearestFirst: [RuleTrace] {
        rules.enumerated()
            .sorted { left, right in
                (left.element.isDeaf ? 1 : 0, left.element.missed.count, left.offset)
                    < (right.element.isDeaf ? 1 : 0, right.element.missed.count, right.offset)
            }
            .map(\.element)
    }
}

extension RuleTrace {
    /// True for a rule that does not listen to the event.
    fileprivate var isDeaf: Bool { missed.first?.condition == "on" }
}

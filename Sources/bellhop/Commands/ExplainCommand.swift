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
              bellhop explain --format json payload.json | jq '.rules[] | {rule, reason, first}'

            For each rule: which conditions did not hold (✗) and which did (✓), what each wanted and what it met, and what held the
            rule back. Rules that listen to other events come last.
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
        Output.endWithReader()
        let settings = try common.settings()
        let (_, ruleSet, _) = try common.usableRules(at: common.rulesRoot(settings))
        if let rule, !ruleSet.rules.contains(where: { $0.id == rule }) {
            let near = nearest(to: rule, among: ruleSet.rules.map(\.id)).map { "; did you mean '\($0)'?" } ?? ""
            throw Exit(.usage, "bellhop: there is no rule '\(rule)'\(near)")
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
                "rules": .array(sorted.map(ExplanationForm.value)),
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

import ArgumentParser
import Daemon
import JSON
import Model
import RuleFiles
import Rules

/// `coverage`: which rules captured traffic runs.
struct CoverageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: "Show which rules captured traffic runs, and which it never does.",
        discussion: """
            EXAMPLES
              bellhop coverage captures/
              bellhop coverage --since 7d captures/
              bellhop coverage --format json captures/ | jq -r '.rules[] | select(.verdict == "never_candidate") | .rule'

            Of each rule: how often it ran, was observed, or held and was suppressed, and when it ran last. Then the rules that did
            not run for the time of --since, back from the newest event; those that never ran; those for which there was no event
            of their kind with a text that could match; and those that always run together. How much of the rules their tests
            run is told by `bellhop test --coverage`.
            """)

    @Argument(help: "Payloads, capture files, folders, or -.")
    var inputs: [String]

    @Option(name: .long, help: ArgumentHelp("How long a rule may be quiet, such as 12h or 30d.", valueName: "duration"))
    var since: RulePause = RulePause(.seconds(30 * 86400), text: "30d")

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @OptionGroup var traffic: TrafficOptions

    @OptionGroup var common: CommonOptions

    func run() throws {
        let settings = try common.settings()
        let (_, ruleSet, _) = try common.usableRules(at: common.rulesRoot(settings))
        let run = try traffic.run(settings, coupling: ruleSet.coupling, isQuiet: common.quiet)
        let lane = ActivityLane(engine: .configured(ruleSet, settings), clock: traffic.replay.at, ownID: Replay.ownID)
        let result = run.run(inputs) { lane }
        var activity = RuleActivity()
        for lane in result.lanes { activity.merge(lane.activity) }
        let report = ActivityReport(
            ruleSet, activity, traffic: result.count, since: since.duration, isInterrupted: result.isInterrupted)
        switch format {
        case .text: Output.print(TerminalText.cleaned(report.text))
        case .json: Output.print(JSONWriter.string(report.value))
        }
        try result.endTelling(isQuiet: common.quiet)
    }
}

/// A duration as rules write it: `12h`, `30d`.
struct RulePause: ExpressibleByArgument {
    let duration: Duration
    private let text: String

    init(_ duration: Duration, text: String) {
        self.duration = duration
        self.text = text
    }

    init?(argument: String) {
        guard let duration = Duration(ruleText: argument) else { return nil }
        self.init(duration, text: argument)
    }

    var defaultValueDescription: String { text }
}

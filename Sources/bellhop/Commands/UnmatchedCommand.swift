import ArgumentParser
import Daemon
import JSON
import Model
import RuleFiles
import Rules

/// `unmatched`: what customers write that nobody answers.
struct UnmatchedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmatched",
        abstract: "Show what customers write that no rule or flow answers.",
        discussion: """
            EXAMPLES
              bellhop unmatched captures/
              bellhop unmatched --top 5 --without-human captures/
              bellhop unmatched --format json captures/ | jq -r '.phrases[0].stub' > new.yaml && mv new.yaml rules/

            The commonest words and phrases in customers' messages for which no live rule or flow plans a reply, route, close or
            call; tags, notes and variables alone are no answer. Each comes with a rule to begin with, in mode observe, and with
            what that rule would match in this same traffic.
            """)

    @Argument(help: "Payloads, capture files, folders, or -.")
    var inputs: [String]

    @Option(name: .long, help: ArgumentHelp("How many phrases.", valueName: "n"))
    var top = 20

    @Option(
        name: .customLong("min-count"),
        help: ArgumentHelp("Tell phrases of at least so many messages (default: 2, or one in 2000).", valueName: "n"))
    var minCount: Int?

    @Option(name: .long, help: ArgumentHelp("How many examples of each phrase.", valueName: "n"))
    var examples = 3

    @Flag(name: .customLong("without-human"), help: "Leave out messages of conversations that a human has.")
    var withoutHuman = false

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @OptionGroup var traffic: TrafficOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if !(1...1000).contains(top) { throw ValidationError("--top: write a number from 1 to 1000") }
        if !(0...1000).contains(examples) { throw ValidationError("--examples: write a number from 0 to 1000") }
        if let minCount, minCount < 1 { throw ValidationError("--min-count: write a number from 1 on") }
    }

    func run() throws {
        let settings = try common.settings()
        let (_, ruleSet, _) = try common.usableRules(at: common.rulesRoot(settings))
        let run = try traffic.run(settings, coupling: ruleSet.coupling, isQuiet: common.quiet)
        let lane = UnmatchedLane(
            engine: .configured(ruleSet, settings), clock: traffic.replay.at, leavesOutHumans: withoutHuman,
            ownID: Replay.ownID)
        let result = run.run(inputs) { lane }
        var book = MessageBook()
        for lane in result.lanes { book.merge(lane.book) }
        let report = UnmatchedReport(
            book, traffic: result.count, top: top, minCount: minCount, exampleLimit: examples,
            ruleIDs: Set(ruleSet.rules.map(\.id)), isInterrupted: result.isInterrupted)
        switch format {
        case .text: Output.print(TerminalText.cleaned(report.text))
        case .json: Output.print(JSONWriter.string(report.value))
        }
        try result.endTelling(isQuiet: common.quiet)
    }
}

extension TrafficRun.Result {
    /// Ends the command with 1 when not all inputs were read.
    func endTelling(isQuiet: Bool) throws {
        if isInterrupted { throw Exit(.negative, "bellhop: interrupted after \(count.events) events") }
        guard count.unreadable > 0 else { return }
        throw Exit(.negative, isQuiet ? nil : "bellhop: \(count.unreadable) of the inputs could not be read")
    }
}

import ArgumentParser
import Daemon
import Foundation
import JSON
import Model
import RuleFiles
import Rules
import VendorKit

/// `impact`: what a change of rules would change on captured traffic.
struct ImpactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "impact",
        abstract: "Compare two rule sets on captured traffic.",
        discussion: """
            EXAMPLES
              bellhop impact HEAD:rules rules captures/
              bellhop impact main:rules rules --max-changed 1% --forbid close,route captures/
              bellhop impact main:rules HEAD:rules --format markdown captures/ >> "$GITHUB_STEP_SUMMARY"
              zcat old/*.gz | bellhop impact rules new-rules -

            OLD and NEW are folders, or folders of a git revision as git names them: REV:PATH, the path from the top of the
            repository, or from here with ./ in front. Each side decides the same payloads with the state of conversations that
            comes of its own decisions; nothing is sent.

            An event is decided differently when its effects are not the same: rule, action, value, delay, and whether it is
            planned, suppressed or unsupported, and why. Where a rule stands does not matter. With --max-changed or --forbid the
            exit code is 1 when more is different than they allow.
            """)

    @Argument(help: "The rules as they are: a folder, or REV:PATH.")
    var old: String

    @Argument(help: "The rules as they would be: a folder, or REV:PATH.")
    var new: String

    @Argument(help: "Payloads, capture files, folders, or -.")
    var inputs: [String]

    @Option(
        name: .customLong("max-changed"),
        help: ArgumentHelp("How many events may be decided differently: a number, or a share such as 1%.", valueName: "n"))
    var maxChanged: ImpactBudget.Limit?

    @Option(
        name: .long,
        help: ArgumentHelp("Actions of which none may be newly planned, with commas between.", valueName: "actions"))
    var forbid: [ActionKinds] = []

    @Option(name: .long, help: "text, json or markdown.")
    var format: Format = .text

    @Option(name: .long, help: ArgumentHelp("How many examples of each sort.", valueName: "n"))
    var examples = 3

    @OptionGroup var traffic: TrafficOptions

    @OptionGroup var common: CommonOptions

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, markdown
    }

    func validate() throws {
        if !(0...1000).contains(examples) { throw ValidationError("--examples: write a number from 0 to 1000") }
        if common.rules != nil { throw ValidationError("--rules: the rules are OLD and NEW") }
    }

    func run() throws {
        let settings = try common.settings()
        let oldRules = try RuleSource(name: old).rules(common)
        let newRules = try RuleSource(name: new).rules(common)
        let coupling: TrafficLanes.Coupling =
            [oldRules, newRules].contains { $0.coupling == .account } ? .account : .conversation
        let run = try traffic.run(settings, coupling: coupling, isQuiet: common.quiet)
        let (oldEngine, newEngine) = (Engine.configured(oldRules, settings), Engine.configured(newRules, settings))
        let lane = ImpactLane(
            old: oldEngine, new: newEngine, clock: traffic.replay.at, exampleLimit: examples, ownID: Replay.ownID)
        let result = run.run(inputs) { lane }
        var tally = ImpactTally(exampleLimit: examples)
        for lane in result.lanes { tally.merge(lane.tally) }
        let report = ImpactReport(
            old: ImpactReport.Side(name: old, ruleSet: oldRules), new: ImpactReport.Side(name: new, ruleSet: newRules),
            traffic: result.count, tally: tally,
            budget: ImpactBudget(maxChanged: maxChanged, forbidden: forbid.flatMap(\.kinds)),
            isInterrupted: result.isInterrupted)
        switch format {
        case .text: Output.print(TerminalText.cleaned(report.text))
        case .json: Output.print(JSONWriter.string(report.value))
        case .markdown: Output.print(report.markdown)
        }
        try end(report, result.hasMissedInput)
    }

    private func end(_ report: ImpactReport, _ hasMissedInput: Bool) throws {
        if report.isInterrupted { throw Exit(.negative, "bellhop: interrupted after \(report.traffic.events) events") }
        // A comparison with traffic that is not there would be within every budget.
        if hasMissedInput { throw Exit(.environment, "bellhop: an input could not be read: the comparison is not complete") }
        if !report.excesses.isEmpty {
            throw Exit(.negative, common.quiet ? nil : "bellhop: over budget: \(report.excesses.joined(separator: "; "))")
        }
        guard report.traffic.events == 0 else { return }
        if maxChanged != nil || !forbid.isEmpty {
            throw Exit(.environment, "bellhop: there was no event to compare, so nothing is known of the budget")
        }
        if !common.quiet { Output.complain("bellhop: there was no event to compare") }
    }
}

extension ImpactBudget.Limit: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// `close,route`
struct ActionKinds: ExpressibleByArgument {
    let kinds: [ActionKind]

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false)
        let kinds = words.compactMap { ActionKind(rawValue: $0.trimmingCharacters(in: .whitespaces)) }
        guard !kinds.isEmpty, kinds.count == words.count else { return nil }
        self.kinds = kinds
    }

    static var allValueStrings: [String] { ActionKind.allCases.map(\.rawValue) }
}

/// Reports of many lines, with words of strangers in them.
enum TerminalText {
    /// Without what would move a terminal's cursor.
    static func cleaned(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { Console.clean(String($0)) }.joined(separator: "\n")
    }
}

/// Options of the commands that look at much captured traffic at once.
struct TrafficOptions: ParsableArguments {
    @OptionGroup var replay: ReplayOptions

    @Option(name: .long, help: ArgumentHelp("How many cores may be used.", valueName: "n"))
    var jobs: Int?

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs: write a number from 1 on") }
    }

    func run(
        _ settings: Settings?, coupling: TrafficLanes.Coupling, isQuiet: Bool
    ) throws -> TrafficRun {
        TrafficRun(
            decoder: try replay.decoder(settings), coupling: coupling, hasTimers: replay.at == nil,
            jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount, isQuiet: isQuiet)
    }
}

import ArgumentParser
import Daemon
import JSON
import Model
import RuleFiles
import Rules

/// `observe`: what a rule in `mode: observe` would have done.
struct ObserveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "observe",
        abstract: "Tell what a rule in mode observe would have done.",
        discussion: """
            EXAMPLES
              bellhop observe follow-closing --since 7d
              bellhop observe refund --since 2026-11-01T00:00:00Z --within 10m
              bellhop observe refund --captures captures/*.jsonl
              bellhop observe refund --format json | jq '{events, would_run, human_handling}'

            Asks the running daemon what it recorded, or, with --captures, decides captured webhooks by the rules as they are in the
            folder now. A human who had the conversation and `once_per` are counted as if the rule had been live. Shows customers'
            words.
            """)

    @Argument(help: "The rule's id.")
    var rule: String

    @Option(
        name: .long,
        help: ArgumentHelp("From then on: a time, or how long ago (default: 7d; of captures all).", valueName: "time"))
    var since: Moment?

    @Option(
        name: .long, parsing: .upToNextOption,
        help: ArgumentHelp("Captured webhooks to decide, in place of the daemon's records.", valueName: "input"))
    var captures: [String] = []

    @Option(name: .long, help: ArgumentHelp("How soon after it an agent's message counts as an answer.", valueName: "duration"))
    var within: String = "30m"

    @Option(name: .long, help: ArgumentHelp("How many of each action to show.", valueName: "n"))
    var examples = 3

    @OptionGroup var replayOptions: ReplayOptions

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if Duration(ruleText: within) == nil { throw ValidationError("--within: write a duration such as 30m") }
        if examples < 0 { throw ValidationError("--examples: write a number from 0 on") }
    }

    private var answerWindow: Duration { Duration(ruleText: within) ?? .seconds(1800) }

    func run() throws {
        let report = captures.isEmpty ? try askDaemon() : try replayed()
        switch format {
        case .json: Output.print(JSONWriter.string(report))
        case .text: for line in ObservationText.lines(report) { Output.print(Console.clean(line)) }
        }
    }

    private func askDaemon() throws -> Value {
        let since = (since ?? .ago(.seconds(7 * 86_400))).time(at: .now)
        return try common.controlClient().ask(
            .observe(ObservationQuery(rule: rule, since: since, answerWindow: answerWindow, examples: examples)))
    }

    // MARK: Captures

    private func replayed() throws -> Value {
        let settings = try common.settings()
        let (_, ruleSet, _) = try common.usableRules(at: common.rulesRoot(settings))
        guard let found = ruleSet.rules.first(where: { $0.id == rule }) else {
            let near = nearest(to: rule, among: ruleSet.rules.map(\.id)).map { "; did you mean '\($0)'?" } ?? ""
            throw Exit(.usage, "bellhop: there is no rule '\(rule)'\(near)")
        }
        let begin = since?.time(at: .now)
        var replay = try replayOptions.replay(ruleSet, settings, isStateless: false)
        replay.command = "observe"
        var observations: [Observation] = []
        var agents: [ConversationKey: [Instant]] = [:]
        var unreadable = 0
        try CapturedInput.read(captures) { webhook in
            do throws(PayloadError) {
                for outcome in try replay.outcomes(of: webhook, explaining: false) {
                    guard let decision = outcome.decision else { continue }
                    let event = decision.event
                    if event.isAgentsOwnMessage { agents[event.conversationKey, default: []].append(event.occurredAt) }
                    if let begin, event.occurredAt < begin { continue }
                    if let observation = Observation(decision, of: rule) { observations.append(observation) }
                }
            } catch {
                unreadable += 1
                Output.complain("\(webhook.source):\(webhook.line): \(error.message)")
            }
        }
        observations.noteAnswers(agents, within: answerWindow)
        let report = ObservationReport(observations, of: found, since: begin, answerWindow: answerWindow)
            .value(examples: examples)
        guard unreadable == 0 else {
            if format == .json { Output.print(JSONWriter.string(report)) }
            if format == .text { for line in ObservationText.lines(report) { Output.print(Console.clean(line)) } }
            throw Exit(.negative, common.quiet ? nil : "bellhop: \(unreadable) of the inputs could not be read")
        }
        return report
    }
}

extension Observation {
    /// Nil for a decision in which the rule did not hold.
    fileprivate init?(_ decision: Decision, of rule: String) {
        guard decision.matched.contains(where: { $0.id == rule }) else { return nil }
        let event = decision.event
        self.init(
            at: event.occurredAt, eventID: event.id, account: event.account, conversation: event.conversationKey.conversation,
            contact: event.contact?.id, channel: event.conversation?.channel, text: event.message?.text,
            handler: event.conversation?.handler, actions: decision.allEffects.filter { $0.rule == rule }.map(\.action))
    }
}

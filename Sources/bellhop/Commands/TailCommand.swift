import ArgumentParser
import Daemon
import JSON
import Model

/// `tail`: shows decisions as the running daemon makes them.
struct TailCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Show decisions as the running daemon makes them.",
        discussion: """
            EXAMPLES
              bellhop tail
              bellhop tail --account shop --rule refund
              bellhop tail --why --rule refund        why it did or did not hold, event by event
              bellhop tail --format json | jq -c '[.event.id, .rules[].id]'

            Shows customers' words. It never slows the daemon: who reads too slowly misses decisions, and is told how many.
            """)

    @Option(name: .long, help: ArgumentHelp("Only events of this account.", valueName: "account"))
    var account: String?

    @Option(name: .long, help: ArgumentHelp("Only events that this rule matched, or with an effect of it.", valueName: "id"))
    var rule: String?

    @Option(name: .long, help: ArgumentHelp("Only events of this conversation.", valueName: "id"))
    var conversation: String?

    @Flag(name: .long, help: "Also tell why each rule held or not; with --rule, of every event that the rule listens to.")
    var why = false

    @Option(name: .long, help: ArgumentHelp("End after so many (default: never).", valueName: "n"))
    var count: Int?

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count: write a number from 1 on") }
    }

    /// Ends the reading.
    private struct Enough: Error {}

    func run() throws {
        Output.endWithReader()
        let filter = DecisionFilter(account: account, rule: rule, conversation: conversation, isExplained: why)
        var shown = 0
        do {
            _ = try common.controlClient().ask(.tail(filter)) { reply in
                switch reply {
                case .item(let decision):
                    show(decision)
                    shown += 1
                case .lost(let count): tellLost(count)
                case .alive, .done, .refused, .failed: break
                }
                if let count, shown >= count { throw Enough() }
            }
        } catch is Enough {}
    }

    private func show(_ decision: Value) {
        switch format {
        case .json: Output.print(JSONWriter.string(decision))
        case .text:
            let lines = DecisionText.lines(decision.object ?? [:])
            let reasons = (decision["why"]?.array ?? []).flatMap { ExplanationText.lines($0) }.map { "  " + $0 }
            Output.print((lines + reasons).map(Console.clean).joined(separator: "\n") + "\n")
        }
        Output.flush()
    }

    private func tellLost(_ count: Int) {
        if format == .json {
            Output.print(JSONWriter.string(["schema": 1, "lost": .integer(Int64(count))]))
            Output.flush()
        } else {
            Output.complain("bellhop: \(count) decisions were left out here: they came faster than they were read")
        }
    }
}

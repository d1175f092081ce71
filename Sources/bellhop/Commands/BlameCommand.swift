import ArgumentParser
import Daemon
import JSON
import Model

/// `blame`: from a message that was sent back to the event, the rule and the call.
struct BlameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blame",
        abstract: "From a message that was sent back to its event, rule and call.",
        discussion: """
            EXAMPLES
              bellhop blame 66fa9ec66ea9eba859b650b3
              bellhop blame huggy:shop:message:51917884
              bellhop blame 2932424 --account shop
              bellhop blame 66fa9ec66ea9eba859b650b3 --as-test --output rules/refund.test.yaml

            ID is what the vendor calls a message, an event's id, a conversation, or an effect as `dead-letters` names it. Prints
            the chain: webhook, event, rule with the revision of the rules, what its conditions met, request, attempts, answers.
            An effect of which nobody knows whether it was carried out is `uncertain`.

            With --as-test: a rule test of the event instead, which passes with the rules in --rules. The conversation's webhooks
            of the week before decide its state.
            """)

    @Argument(help: "A message, an event, a conversation or an effect.")
    var id: String

    @Option(name: .long, help: ArgumentHelp("Only in this account.", valueName: "account"))
    var account: String?

    @Option(name: .long, help: ArgumentHelp("At most so many effects, the newest.", valueName: "n"))
    var limit = 50

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @Flag(name: .customLong("as-test"), help: "Write a rule test of the event, which passes now.")
    var asTest = false

    @OptionGroup var written: WrittenTestOptions

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if !asTest, written.output != nil || written.name != nil {
            throw ValidationError("--output and --name belong to --as-test")
        }
        guard (1...1000).contains(limit) else { throw ValidationError("--limit: write a number from 1 to 1000") }
        guard !id.isEmpty else { throw ValidationError("ID is empty") }
    }

    func run() throws {
        var groups: [Value] = []
        let end = try common.controlClient().ask(.blame(id, account: account, limit: limit)) { reply in
            if case .item(let group) = reply { groups.append(group) }
        }
        if asTest { return try BlamedTest(common: common, options: written).write(groups) }
        for group in groups {
            switch format {
            case .json: Output.print(JSONWriter.string(group))
            case .text:
                let lines = LedgerText.lines(ofEvent: group, revision: end["revision"]?.text)
                Output.print(lines.map(Console.clean).joined(separator: "\n") + "\n")
            }
        }
        if end["more"] == true, !common.quiet { Output.complain("bellhop: only the newest \(limit) effects are shown (--limit)") }
    }
}

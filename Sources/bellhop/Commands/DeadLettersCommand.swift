import ArgumentParser
import Daemon
import JSON
import Model
import Storage

/// `dead-letters`: effects and events that failed for good.
struct DeadLettersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Effects and events that failed for good.",
        discussion: """
            EXAMPLES
              bellhop dead-letters list
              bellhop dead-letters show effect-12
              bellhop dead-letters retry effect-12
              bellhop dead-letters retry --all --reason unauthorized
              bellhop dead-letters discard event-7
            """,
        subcommands: [List.self, Show.self, Retry.self, Discard.self], defaultSubcommand: List.self)

    /// Which of them.
    struct Filter: ParsableArguments {
        @Option(name: .long, help: ArgumentHelp("Only of this account.", valueName: "account"))
        var account: String?

        @Option(name: .long, help: ArgumentHelp("Only of this conversation.", valueName: "id"))
        var conversation: String?

        @Option(name: .long, help: ArgumentHelp("Only effects of this rule.", valueName: "id"))
        var rule: String?

        @Option(name: .long, help: "Only what failed for this reason.")
        var reason: DeadLetterReason?

        var value: DeadLetterFilter {
            DeadLetterFilter(account: account, conversation: conversation, rule: rule, reason: reason)
        }

        var isEmpty: Bool { value == DeadLetterFilter() }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List them, the newest first.")

        @OptionGroup var filter: Filter

        @Option(name: .long, help: ArgumentHelp("At most so many.", valueName: "n"))
        var limit = 100

        @Option(name: .long, help: "text or json.")
        var format: ResultFormat = .text

        @OptionGroup var common: CommonOptions

        func validate() throws {
            guard (1...1000).contains(limit) else { throw ValidationError("--limit: write a number from 1 to 1000") }
        }

        func run() throws {
            var count = 0
            let end = try common.controlClient().ask(.deadLetters(filter.value, limit: limit)) { reply in
                guard case .item(let letter) = reply else { return }
                count += 1
                Output.print(format == .json ? JSONWriter.string(letter) : Console.clean(LedgerText.line(letter)))
            }
            guard !common.quiet else { return }
            if count == 0 { Output.complain("bellhop: no dead letters") }
            if end["more"] == true { Output.complain("bellhop: there are more (--limit)") }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Show one with its request, every attempt and answer, and what was cancelled with it.")

        @Argument(help: "As `list` names it: effect-12, event-7.")
        var id: DeadLetterID

        @Option(name: .long, help: "text or json.")
        var format: ResultFormat = .text

        @OptionGroup var common: CommonOptions

        func run() throws {
            let letter = try common.controlClient().ask(.showDeadLetter(id))
            switch format {
            case .json: Output.print(JSONWriter.string(letter))
            case .text: for line in LedgerText.lines(ofDeadLetter: letter) { Output.print(Console.clean(line)) }
            }
        }
    }

    /// Those that are named, or all of a filter.
    struct Choice: ParsableArguments {
        @Argument(help: "As `list` names them: effect-12, event-7.")
        var ids: [DeadLetterID] = []

        @Flag(name: .long, help: "All of them, or all that the options name.")
        var all = false

        @OptionGroup var filter: Filter

        func validate() throws {
            if all, !ids.isEmpty { throw ValidationError("name dead letters, or give --all") }
            if !all, ids.isEmpty {
                throw ValidationError("name dead letters, as `bellhop dead-letters list` shows them, or give --all")
            }
            if !all, !filter.isEmpty { throw ValidationError("--account, --conversation, --rule and --reason go with --all") }
        }

        /// With whether there are more.
        func resolved(_ client: ControlClient) throws -> (ids: [DeadLetterID], areMore: Bool) {
            guard all else { return (ids, false) }
            var found: [DeadLetterID] = []
            let end = try client.ask(.deadLetters(filter.value, limit: 1000)) { reply in
                if case .item(let letter) = reply, let id = letter["id"]?.text.flatMap({ DeadLetterID($0) }) { found.append(id) }
            }
            // Oldest first, so that effects of a conversation go out in the order in which they were meant to.
            return (found.reversed(), end["more"] == true)
        }

        /// Every one, also after one that is not there.
        func run(_ client: ControlClient, _ request: (DeadLetterID) -> ControlRequest, done: (Value) -> Void) throws {
            var missing = 0
            let (ids, areMore) = try resolved(client)
            for id in ids {
                switch try client.answer(request(id)) {
                case .done(let result): done(result)
                case .refused(let message, _):
                    missing += 1
                    Output.complain("bellhop: \(message)")
                case .failed(let message): throw Exit(.environment, "bellhop: \(message)")
                case .item, .lost, .alive: throw Exit(.environment, "bellhop: the daemon did not finish its answer")
                }
            }
            if ids.isEmpty { Output.complain("bellhop: no dead letters") }
            if areMore { Output.complain("bellhop: there are older ones: run it again") }
            if missing > 0 || areMore { throw Exit(.negative) }
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry",
            abstract: "Try again, with what was cancelled with it, in order.",
            discussion: "What may have been carried out is carried out again: look with `show` first. At most 1000 with --all.")

        @OptionGroup var choice: Choice
        @OptionGroup var common: CommonOptions

        func run() throws {
            try choice.run(try common.controlClient(), ControlRequest.retryDeadLetter) { result in
                let isEvent = result["id"]?.text?.hasPrefix("event") == true
                let what = isEvent ? "decided again" : StatusText.counted(result["retried"], "effect") + " in line again"
                if !common.quiet { Output.print("\(result["id"]?.text ?? "")  \(what)") }
            }
        }
    }

    struct Discard: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard", abstract: "Give up for good; `blame` still shows it. At most 1000 with --all.")

        @OptionGroup var choice: Choice
        @OptionGroup var common: CommonOptions

        func run() throws {
            try choice.run(try common.controlClient(), ControlRequest.discardDeadLetter) { result in
                if !common.quiet { Output.print("\(result["id"]?.text ?? "")  discarded") }
            }
        }
    }
}

extension DeadLetterID: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension DeadLetterReason: ExpressibleByArgument {}

import ArgumentParser
import Daemon
import Foundation
import Model
import RuleFiles
import Rules
import Vendors

/// Options of the commands that decide captured payloads.
struct ReplayOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The account that the payloads belong to.", valueName: "account"))
    var account: String?

    @Option(name: .long, help: "The vendor that sent them: \(VendorID.configurableList) (default: recognised).")
    var vendor: VendorID?

    @Option(
        name: .long,
        help: ArgumentHelp("The time of every event, such as 2026-11-20T22:10:00-03:00 (default: its own).", valueName: "time"))
    var at: Instant?

    func validate() throws {
        if account != nil, vendor != nil { throw ValidationError("give --account or --vendor, not both") }
        if vendor == .any { throw ValidationError("--vendor: name a real vendor") }
    }

    func replay(
        _ ruleSet: RuleSet, _ settings: Settings?, isStateless: Bool, isTracing: Bool = true, stubs: HTTPStubs? = nil
    ) throws -> Replay {
        var engine = Engine.configured(ruleSet, settings)
        engine.isTracing = isTracing
        return Replay(engine: engine, decoder: try decoder(settings), isStateless: isStateless, stubs: stubs)
    }

    func decoder(_ settings: Settings?) throws -> CaptureDecoder {
        if let account, let settings, settings.accountsByID[account] == nil {
            throw Exit(
                .usage,
                "bellhop: the configuration has no account '\(account)'; it has "
                    + settings.accountsByID.keys.sorted().joined(separator: ", "))
        }
        return CaptureDecoder(
            intake: PayloadIntake(settings: settings), origin: PayloadIntake.Origin(vendor: vendor, account: account),
            clock: at, readAt: .now)
    }
}

extension VendorID: ExpressibleByArgument {
    public init?(argument: String) {
        guard let id = argument == VendorID.any.rawValue ? .any : VendorCatalog.id(argument) else { return nil }
        self = id
    }

    public static var allValueStrings: [String] { (VendorCatalog.ids + [.any]).map(\.rawValue) }

    /// What an account's `vendor:` may say, for people, in the catalogue's order.
    static let configurableList = VendorCatalog.ids.map(\.rawValue).joined(separator: ", ")
}

extension Instant: ExpressibleByArgument {
    public init?(argument: String) { self.init(iso8601: argument) }
}

enum ResultFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// `dry-run`: decides captured payloads; nothing is sent.
struct DryRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dry-run",
        abstract: "Decide captured payloads; nothing is sent.",
        discussion: """
            EXAMPLES
              bellhop dry-run payload.json
              bellhop dry-run --format json captures/ | jq .effects
              bellhop dry-run --at 2026-12-25T10:00:00-03:00 payload.json
              bellhop dry-run --http answers.yaml captures/
              curl -s https://example.org/payload | bellhop dry-run -

            An input is a vendor's payload as it came, a capture file (JSON Lines), a folder of these, or `-` for stdin; `.gz` is read.
            Timers come up in the time between one payload and the next. Calls of your own systems are shown and not made; --http
            gives their answers: a list of `{ url, method, status, headers, json | text }` or `{ url, error }`.
            """)

    @Argument(help: "Payloads, capture files, folders, or -.")
    var inputs: [String]

    @OptionGroup var replayOptions: ReplayOptions

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @Flag(name: .long, help: "Also tell why rules did not hold.")
    var explain = false

    @Flag(name: .long, help: "Forget everything between payloads.")
    var stateless = false

    @Option(
        name: .customLong("http"),
        help: ArgumentHelp("Answers for http actions, in place of the systems that they call.", valueName: "file"))
    var answers: String?

    @Option(name: .long, help: ArgumentHelp("How many cores may be used.", valueName: "n"))
    var jobs: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs: write a number from 1 on") }
    }

    private func stubs() throws -> HTTPStubs? {
        guard let answers else { return nil }
        guard let data = FileManager.default.contents(atPath: answers) else {
            throw Exit(.usage, "bellhop: --http: cannot read \(answers)")
        }
        let stubs = HTTPStubs([UInt8](data), file: answers)
        guard !stubs.hasErrors else {
            let printer = DiagnosticPrinter(sources: [answers: stubs.lines], isColored: common.isColored)
            Output.complain(printer.text(stubs.diagnostics))
            throw Exit(.unusable, "bellhop: the answers in \(answers) cannot be used")
        }
        return stubs
    }

    func run() throws {
        Output.endWithReader()
        let settings = try common.settings()
        let (_, ruleSet, _) = try common.usableRules(at: common.rulesRoot(settings))
        let run = DryRun(
            replay: try replayOptions.replay(ruleSet, settings, isStateless: stateless, isTracing: explain, stubs: try stubs()),
            format: format, isExplained: explain,
            jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount)
        let counts = run.decide(inputs, isQuiet: common.quiet)
        if Interruption.isAsked { throw Exit(.negative, "bellhop: interrupted after \(counts.decided) events") }
        let unreadable = counts.unreadable
        if unreadable > 0 {
            throw Exit(.negative, common.quiet ? nil : "bellhop: \(unreadable) of the inputs could not be read")
        }
    }
}

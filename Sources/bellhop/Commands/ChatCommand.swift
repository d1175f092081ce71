import ArgumentParser
import Daemon
import Foundation
import Model
import RuleFiles
import Rules

/// `chat`: a person types as the customer and sees what the bot would do.
struct ChatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Type as the customer, and see what the rules would do; nothing is sent.",
        discussion: """
            EXAMPLES
              bellhop chat
              bellhop chat --rules rules --channel whatsapp --name 'Ana Souza'
              bellhop chat --vendor huggy --show-requests
              bellhop chat --at 2026-12-25T10:00:00-03:00
              bellhop chat < script.txt

            Every line is a message of the customer; /help lists the commands, and /save writes what happened as a rule test.
            The clock stands still but for /wait. From a pipe it prints a transcript; a line that cannot be carried out is told
            on stderr, and the exit code is 2 then, or 1 when only a file could not be saved.
            """)

    @Option(
        name: .long,
        help: "Whose limits hold: \(VendorID.configurableList), or any, which can do everything (default: any).")
    var vendor: VendorID?

    @Option(
        name: .long,
        help: ArgumentHelp("An account of the configuration: its vendor, names and time zone.", valueName: "account"))
    var account: String?

    @Option(name: .long, help: ArgumentHelp("The channel (default: webchat).", valueName: "channel"))
    var channel: String?

    @Option(name: .long, help: ArgumentHelp("The customer's name.", valueName: "name"))
    var name: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The time at the start, such as 2026-11-20T22:10:00-03:00 (default: now).", valueName: "time"))
    var at: Instant?

    @Flag(name: .customLong("show-requests"), help: "Also show the exact request of each effect.")
    var showRequests = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if account != nil, vendor != nil { throw ValidationError("give --account or --vendor, not both") }
    }

    func run() throws {
        let settings = try common.settings()
        let root = common.rulesRoot(settings)
        let (_, ruleSet, _) = try common.usableRules(at: root)
        let engine = Engine.configured(ruleSet, settings)
        let vendor = try self.vendor ?? accountsVendor(engine) ?? .any
        let startsAt = at ?? Self.wholeSecond(Date().timeIntervalSince1970)
        let isInteractive = isatty(STDIN_FILENO) == 1 && Output.isTerminal
        if !common.quiet { Output.print(heading(startsAt, vendor, isInteractive: isInteractive)) }
        let defaults = EventDraft.common(
            vendor: vendor == .any ? nil : vendor, account: account, channel: channel,
            contact: name.map { Contact(id: nil, name: $0) })
        var loop = ChatLoop(
            isColored: common.isColored, isInteractive: isInteractive,
            session: ChatSession(
                engine: engine, root: root, startsAt: startsAt, defaults: defaults, showsRequests: showRequests))
        let report = loop.run()
        guard !isInteractive, report.failed > 0 else { return }
        throw Exit(
            report.status,
            common.quiet ? nil : "bellhop: \(report.failed) \(report.failed == 1 ? "line" : "lines") could not be carried out")
    }

    private func accountsVendor(_ engine: Engine) throws -> VendorID? {
        guard let account else { return nil }
        guard let known = engine.accounts[account] else {
            let names = engine.accounts.keys.sorted().joined(separator: ", ")
            throw Exit(
                .usage,
                "bellhop: there is no account '\(account)'; the configuration has \(names.isEmpty ? "none" : names)")
        }
        return known.vendor
    }

    private func heading(_ startsAt: Instant, _ vendor: VendorID, isInteractive: Bool) -> String {
        let line = "\(startsAt.iso8601)  vendor \(vendor.rawValue)  channel \(channel ?? "webchat")"
        return isInteractive ? line + "\nType as the customer; /help lists the commands, /quit ends." : line
    }

    /// A test's clock counts whole seconds as well as a person does.
    private static func wholeSecond(_ seconds: Double) -> Instant { Instant(seconds: Int64(seconds)) }
}

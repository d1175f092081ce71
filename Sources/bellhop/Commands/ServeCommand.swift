import ArgumentParser
import Daemon
import Delivery
import Foundation
import Logging
import Model
import RuleFiles

/// `serve`: the daemon, in the foreground.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the daemon in the foreground.",
        discussion: """
            EXAMPLES
              bellhop serve
              bellhop serve --config /etc/bellhop/bellhop.yaml
              kill -HUP $(pidof bellhop)      read the rules again; a bad set leaves the old one
            """)

    @Option(name: .long, help: ArgumentHelp("Where webhooks arrive (default: the configuration's).", valueName: "host:port"))
    var listen: ListenAddress?

    @Option(
        name: .long,
        help: ArgumentHelp("Where health and metrics are served (default: the configuration's).", valueName: "host:port"))
    var admin: ListenAddress?

    @Option(name: .customLong("log-level"), help: "trace, debug, info, warning or error.")
    var logLevel: LogLevel = .info

    @OptionGroup var common: CommonOptions

    enum LogLevel: String, ExpressibleByArgument, CaseIterable {
        case trace, debug, info, warning, error
    }

    func run() async throws {
        ProcessHardening.apply()
        guard var settings = try common.settings() else {
            throw Exit(.unusable, "bellhop: there is no configuration; write one with `bellhop init`, or name it with --config")
        }
        settings.listen = listen ?? settings.listen
        settings.admin = admin ?? settings.admin
        settings.rules = common.rulesRoot(settings)
        let accounts = try accounts(of: settings)
        let level = Logger.Level(rawValue: logLevel.rawValue) ?? .info
        let redactor = accounts.redactor
        let logger = Logger(label: "bellhop") { label in
            LogfmtHandler(label: label, level: level) { Output.complain(redactor.redacted($0)) }
        }
        let daemon = Daemon(
            settings: settings, accounts: accounts,
            surroundings: .live(logger: logger) { block in Output.printNow(redactor.redacted(block)) },
            options: Daemon.Options(
                version: Version.text, notifySocket: ProcessInfo.processInfo.environment["NOTIFY_SOCKET"]))
        do {
            try await daemon.run()
        } catch let error as StartError {
            throw Exit(.environment, "bellhop: \(error.message)")
        }
    }

    /// Reads the secrets; all that cannot be had are told at once.
    private func accounts(of settings: Settings) throws -> AccountDirectory {
        do throws(UnreadableSecrets) {
            return try AccountDirectory(settings, reader: SecretReader(environment: ProcessInfo.processInfo.environment))
        } catch {
            for problem in error.errors { Output.complain("\(problem.at.text): \(problem.message)") }
            throw Exit(.unusable, "bellhop: the configuration's secrets cannot be read")
        }
    }
}

extension ListenAddress: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

import ArgumentParser
import Daemon
import Delivery
import Foundation
import Logging
import Model
import RuleFiles
import Synchronization

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
        let level = Logger.Level(rawValue: logLevel.rawValue) ?? .info
        let veil = LogVeil()
        let logger = Logger(label: "bellhop") { label in
            LogfmtHandler(label: label, level: level) { Output.complain(veil.redacted($0)) }
        }
        let environment = ProcessInfo.processInfo.environment
        AllocatorArenas.limit()
        let sockets: PassedSockets
        do { sockets = try .ofThisProcess() } catch { throw Exit(.environment, "bellhop: \(error.message)") }
        try checkAdmin(settings)
        let accounts = try accounts(of: settings, logger)
        veil.drop(over: accounts)
        let daemon = Daemon(
            settings: settings, accounts: accounts,
            surroundings: .live(logger: logger) { block in Output.printNow(veil.redacted(block)) },
            options: Daemon.Options(
                version: Version.text, notifySocket: environment["NOTIFY_SOCKET"], sockets: sockets,
                watchdog: Watchdog.timeout(in: environment, process: ProcessInfo.processInfo.processIdentifier),
                configuration: try configuration()))
        do {
            try await daemon.run()
        } catch let error as StartError {
            throw Exit(.environment, "bellhop: \(error.message)")
        } catch let error as StoreFailure {
            throw Exit(.environment, "bellhop: \(error.message)")
        }
    }

    /// Reads the same file again.
    private func configuration() throws -> (@Sendable () -> LoadedSettings)? {
        guard let path = try common.configurationPath() else { return nil }
        return { Settings.load(path: path, environment: ProcessInfo.processInfo.environment) }
    }

    /// The flag goes before what the configuration was checked with.
    private func checkAdmin(_ settings: Settings) throws {
        guard !settings.exposesAdmin else { throw Exit(.unusable, "bellhop: \(Settings.exposedAdmin(settings.admin))") }
    }

    /// Reads the secrets; all that cannot be had are told at once.
    private func accounts(of settings: Settings, _ logger: Logger) throws -> AccountDirectory {
        let names = settings.environmentSecrets
        if !names.isEmpty {
            logger.warning(
                "secrets come from environment variables, which other processes of the user can read",
                metadata: ["names": "\(names.joined(separator: " "))", "help": "use a credential or a file"])
        }
        let reader = SecretReader(environment: ProcessInfo.processInfo.environment) { path, why in
            logger.warning("secret file", metadata: ["file": "\(path)", "error": "\(why)"])
        }
        do throws(UnreadableSecrets) {
            return try AccountDirectory(settings, reader: reader)
        } catch {
            for problem in error.errors { Output.complain("\(problem.at.text): \(problem.message)") }
            throw Exit(.unusable, "bellhop: the configuration's secrets cannot be read")
        }
    }
}

extension ListenAddress: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// Takes the secrets out of what is logged and printed, those too that a reload brings. Before they are read there are none.
private final class LogVeil: Sendable {
    private let accounts = Mutex<AccountDirectory?>(nil)

    func drop(over accounts: AccountDirectory) { self.accounts.withLock { $0 = accounts } }

    func redacted(_ text: String) -> String {
        accounts.withLock { $0 }?.redactor.redacted(text) ?? text
    }
}

import Logging
import Model
import Rules

/// The part of a reload that reads secrets again, so that one can be changed without a restart (S9). Reload and start read them
/// by the same code, so that neither takes what the other refuses.
struct SecretRenewal: Sendable {
    let accounts: AccountDirectory
    /// What the configuration says now. Only where secrets are is taken from it.
    let configuration: @Sendable () -> LoadedSettings
    let logger: Logger

    /// What stands against the secrets, which then stay as they were.
    struct Refusal: Error {
        var diagnostics: [Diagnostic]
        var sources: [String: [String]]
    }

    func run() throws(Refusal) {
        let loaded = configuration()
        do throws(UnreadableSecrets) {
            guard let settings = loaded.settings else {
                throw UnreadableSecrets(errors: [])
            }
            for account in try accounts.renew(settings) {
                logger.info("secrets read again", metadata: [Telemetry.account: "\(account)"])
            }
        } catch {
            let missing = error.errors.map { Diagnostic(.error, .badValue, $0.message, at: $0.at) }
            let diagnostics = (loaded.diagnostics.filter { $0.severity == .error } + missing).sorted { $0.at < $1.at }
            for diagnostic in diagnostics {
                logger.error(
                    "error in the configuration, reload refused",
                    metadata: [Telemetry.diagnostic: "\(diagnostic.at.text)", Telemetry.error: "\(diagnostic.message)"])
            }
            throw Refusal(diagnostics: diagnostics, sources: loaded.sources)
        }
    }
}

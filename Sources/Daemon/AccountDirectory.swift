package import Delivery
package import Model
import VendorKit
import Vendors

/// The configured accounts with their vendors and secrets, as the running daemon uses them.
package struct AccountDirectory: Sendable, Destinations {
    package let httpAllowList: HTTPAllowList
    /// Takes the secrets of all accounts out of what is written anywhere: logs, answers, the console, what is stored of webhooks.
    package let redactor: Redactor
    private let entries: [String: Entry]

    /// In bytes: what is shorter is part of many words.
    private static let shortestSecret = 6

    private struct Entry: Sendable {
        var destination: Destination
        var webhookSecrets: [[UInt8]]
        var enriches: Bool

        var allSecrets: [String] {
            webhookSecrets.map { String(decoding: $0, as: UTF8.self) } + destination.secrets.values.sorted()
        }
    }

    /// Reads every secret that is needed: those of all webhooks, and of the APIs that are really called.
    /// - Throws: everything that is missing, in the order of the configuration.
    package init(_ settings: Settings, reader: SecretReader) throws(UnreadableSecrets) {
        var errors: [SecretError] = []
        var entries: [String: Entry] = [:]
        func read<Secret>(_ body: () throws(SecretError) -> Secret) -> Secret? {
            do { return try body() } catch {
                errors.append(error)
                return nil
            }
        }
        for configured in settings.accounts {
            guard let vendor = VendorCatalog.vendor(configured.account.vendor) else { continue }
            let webhook = configured.webhookSecrets.compactMap { reference in
                read { () throws(SecretError) in try reader.secret(reference, minimum: SecretReader.shortestWebhookSecret) }
            }
            var secrets: [String: String] = [:]
            if configured.delivery == .live {
                for (name, reference) in configured.apiSecrets.sorted(by: { $0.value.at < $1.value.at }) {
                    secrets[name] = read { () throws(SecretError) in try reader.text(reference) }
                }
            }
            entries[configured.account.id] = Entry(
                destination: Destination(
                    account: configured.account, vendor: vendor, secrets: secrets, mode: configured.delivery),
                webhookSecrets: webhook, enriches: configured.enriches)
        }
        guard errors.isEmpty else { throw UnreadableSecrets(errors: errors) }
        httpAllowList = settings.httpAllowList
        let secrets = Set(entries.values.flatMap(\.allSecrets).filter { $0.utf8.count >= Self.shortestSecret }).sorted()
        redactor = Redactor(secrets)
        // An answer may hold the secret of another account too.
        self.entries = entries.mapValues { entry in
            var entry = entry
            entry.destination.otherSecrets = secrets
            return entry
        }
    }

    package func destination(of account: String) -> Destination? { entries[account]?.destination }

    package func account(_ id: String) -> Account? { entries[id]?.destination.account }

    func accounts(of vendor: VendorID) -> [Account] {
        entries.values.map(\.destination.account).filter { $0.vendor == vendor }
    }

    /// Empty for an account that takes no webhooks.
    func webhookSecrets(of account: String) -> [[UInt8]] { entries[account]?.webhookSecrets ?? [] }

    /// Everything of an account that must not be shown, as text.
    func allSecrets(of account: String) -> [String] {
        entries[account]?.allSecrets ?? []
    }

    func isPrinted(_ account: String) -> Bool { entries[account]?.destination.mode == .print }

    /// Whether what webhooks lack may be fetched for an account; nil for one that is not configured.
    func lookupAccess(of account: String) -> LookupAccess? {
        guard let entry = entries[account] else { return nil }
        let obstacle: String? =
            if !entry.enriches {
                "the account says `enrich: false`"
            } else if entry.destination.mode == .print {
                "the account only prints"
            } else if entry.destination.secrets.isEmpty {
                "the account has no credentials of the API"
            } else {
                nil
            }
        return LookupAccess(destination: entry.destination, obstacle: obstacle)
    }

    func vendor(of account: String) -> VendorID? { entries[account]?.destination.account.vendor }

    /// Of all accounts, by id.
    var vendors: [String: VendorID] { entries.mapValues(\.destination.account.vendor) }

    /// Accounts whose webhooks are all refused because the configuration names no secret.
    var accountsWithoutSecret: [String] {
        entries.filter { $0.value.webhookSecrets.isEmpty }.keys.sorted()
    }
}

/// Secrets that the configuration names and that cannot be had.
package struct UnreadableSecrets: Error, Sendable, Hashable {
    package let errors: [SecretError]
}

/// What holds secrets describes itself without them: a description ends up in logs.
extension AccountDirectory: CustomStringConvertible, CustomReflectable {
    package var description: String { "accounts \(entries.keys.sorted().joined(separator: ", "))" }

    package var customMirror: Mirror { Mirror(self, children: [] as [Mirror.Child]) }
}

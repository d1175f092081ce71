package import Delivery
package import Model
import Synchronization
import VendorKit
import Vendors

/// The configured accounts with their vendors and secrets, as the running daemon uses them. Copies share the secrets: what
/// `renew` reads holds for all of them, from the next look on.
package struct AccountDirectory: Sendable, Destinations {
    package let httpAllowList: HTTPAllowList
    private let reader: SecretReader
    private let shared: Shared

    /// In bytes: what is shorter is part of many words.
    private static let shortestSecret = 6

    private struct Entry: Sendable {
        var destination: Destination
        var webhookSecrets: [[UInt8]] {
            didSet { expectedSecrets = ExpectedSecrets(webhookSecrets) }
        }
        private(set) var expectedSecrets: ExpectedSecrets
        var enriches: Bool
        /// That were in use before: still not to be shown.
        var retired: Set<String> = []

        init(destination: Destination, webhookSecrets: [[UInt8]], enriches: Bool) {
            self.destination = destination
            self.webhookSecrets = webhookSecrets
            expectedSecrets = ExpectedSecrets(webhookSecrets)
            self.enriches = enriches
        }

        var secrets: Set<String> {
            Set(webhookSecrets.map { String(decoding: $0, as: UTF8.self) }).union(destination.secrets.values)
        }
    }

    private struct Book: Sendable {
        private(set) var entries: [String: Entry] = [:]
        private(set) var redactor = Redactor([String]())

        init(_ entries: [String: Entry]) { replace(with: entries) }

        mutating func replace(with entries: [String: Entry]) {
            let all = entries.values.reduce(into: Set<String>()) { $0.formUnion($1.secrets.union($1.retired)) }
            let secrets = all.filter { $0.utf8.count >= shortestSecret }.sorted()
            redactor = Redactor(secrets)
            // An answer may hold the secret of another account too.
            self.entries = entries.mapValues { entry in
                var entry = entry
                entry.destination.otherSecrets = secrets
                return entry
            }
        }
    }

    private final class Shared: Sendable {
        let book: Mutex<Book>

        init(_ entries: [String: Entry]) { book = Mutex(Book(entries)) }
    }

    /// Takes the secrets of all accounts out of what is written anywhere: logs, answers, the console, what is stored of
    /// webhooks. Those that were in use before a reload too.
    package var redactor: Redactor { shared.book.withLock { $0.redactor } }

    private var entries: [String: Entry] { shared.book.withLock { $0.entries } }

    private func entry(_ account: String) -> Entry? { shared.book.withLock { $0.entries[account] } }

    /// Reads every secret that is needed: those of all webhooks, and of the APIs that are really called.
    /// - Throws: everything that is missing, in the order of the configuration.
    package init(_ settings: Settings, reader: SecretReader) throws(UnreadableSecrets) {
        httpAllowList = settings.httpAllowList
        self.reader = reader
        shared = Shared(try Self.entries(settings.accounts, reader))
    }

    /// Reads the secrets of the accounts again, from where `settings` say that they are: all of them or, when one cannot be
    /// had, none. Nothing else of an account changes, and no account comes or goes: that takes a restart.
    /// - Returns: the ids of accounts whose secrets are others now, sorted.
    package func renew(_ settings: Settings) throws(UnreadableSecrets) -> [String] {
        let known = entries
        let fresh = try Self.entries(
            settings.accounts.compactMap { told in
                guard let entry = known[told.account.id], entry.destination.account.vendor == told.account.vendor else {
                    return nil
                }
                var told = told
                told.delivery = entry.destination.mode
                return told
            }, reader)
        return shared.book.withLock { book in
            var entries = book.entries
            var changed: [String] = []
            for (id, new) in fresh {
                guard var entry = entries[id],
                    entry.webhookSecrets != new.webhookSecrets || entry.destination.secrets != new.destination.secrets
                else { continue }
                entry.retired = entry.retired.union(entry.secrets).subtracting(new.secrets)
                entry.webhookSecrets = new.webhookSecrets
                entry.destination.secrets = new.destination.secrets
                entries[id] = entry
                changed.append(id)
            }
            book.replace(with: entries)
            return changed.sorted()
        }
    }

    private static func entries(
        _ accounts: [AccountSettings], _ reader: SecretReader
    ) throws(UnreadableSecrets) -> [String: Entry] {
        var errors: [SecretError] = []
        var entries: [String: Entry] = [:]
        func read<Secret>(_ body: () throws(SecretError) -> Secret) -> Secret? {
            do { return try body() } catch {
                errors.append(error)
                return nil
            }
        }
        for configured in accounts {
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
        return entries
    }

    package func destination(of account: String) -> Destination? { entry(account)?.destination }

    package func account(_ id: String) -> Account? { entry(id)?.destination.account }

    func accounts(of vendor: VendorID) -> [Account] {
        entries.values.map(\.destination.account).filter { $0.vendor == vendor }
    }

    /// Empty for an account that takes no webhooks.
    func webhookSecrets(of account: String) -> ExpectedSecrets { entry(account)?.expectedSecrets ?? [] }

    /// Everything of an account that must not be shown, as text: also what was in use before a reload.
    func allSecrets(of account: String) -> [String] {
        entry(account).map { $0.secrets.union($0.retired).sorted() } ?? []
    }

    func isPrinted(_ account: String) -> Bool { entry(account)?.destination.mode == .print }

    /// Whether what webhooks lack may be fetched for an account; nil for one that is not configured.
    func lookupAccess(of account: String) -> LookupAccess? {
        guard let entry = entry(account) else { return nil }
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

    func vendor(of account: String) -> VendorID? { entry(account)?.destination.account.vendor }

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

import Delivery
import Model
import RuleFiles
import Rules
import Storage
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What `status` tells.
struct StatusSource: Sendable {
    let settings: Settings
    let version: String
    let startedAt: Instant
    let addresses: KnownAddresses
    let health: Health
    let box: EngineBox
    let reloader: RuleReloader
    let watcher: RuleWatcher?
    /// The run before this one ended without being stopped.
    let hasCrashedBefore: Bool
    let feed: DecisionFeed
    let counter: StoreCounter
    let disk: DiskWatch
    let clock: @Sendable () -> Instant

    /// Of the rules in use; nil when there are none.
    var revision: String? { box.current?.rules.revision }

    func value() async throws(StoreError) -> Value {
        let now = clock()
        let obstacle = await health.obstacle()
        let counts = try await counter.counts()
        return [
            "version": .string(version), "pid": .integer(Int64(getpid())), "started_at": .string(startedAt.iso8601),
            "uptime_s": .integer(max(now.since(startedAt).wholeMilliseconds, 0) / 1000),
            "ready": .bool(obstacle == nil), "obstacle": .optional(obstacle?.rawValue),
            "accept_only": .optional(box.acceptOnly?.rawValue), "last_run_crashed": .bool(hasCrashedBefore),
            "listen": .optional(addresses.current?.listen.text), "admin": .optional(addresses.current?.admin.text),
            "store": .string(settings.store.text), "disk": room, "rules": rules,
            "inbox": [
                "undecided": .integer(Int64(counts.undecided)),
                "oldest_age_s": counts.oldestUndecided
                    .map { .integer(max(now.since($0).wholeMilliseconds, 0) / 1000) } ?? .null,
            ],
            "outbox": .object(
                Value.Object(counts.open.sorted { $0.key < $1.key }.map { ($0.key, .integer(Int64($0.value))) })),
            "dead_letters": .integer(Int64(counts.dead)), "crashed_events": .integer(Int64(counts.crashed)),
            "watchers": .integer(Int64(feed.watcherCount)),
            "accounts": .array(settings.accounts.map(account)),
        ]
    }

    private var room: Value {
        guard let condition = disk.condition else { return .null }
        return [
            "free_bytes": condition.freeBytes.map { .integer($0) } ?? .null,
            "stops_below_bytes": .integer(condition.stopsBelowBytes), "full": .bool(condition.isFull),
            "log_bytes": .integer(condition.logBytes), "log_large": .bool(condition.isLogLarge),
        ]
    }

    private var rules: Value {
        let standing = reloader.standing
        let rules = box.current?.rules
        return [
            "path": .string(settings.rules), "revision": .optional(rules?.revision),
            "rules": rules.map { .integer(Int64($0.rules.count)) } ?? .null,
            "flows": rules.map { .integer(Int64($0.flows.count)) } ?? .null,
            "loaded_at": .optional(standing.loadedAt?.iso8601), "last_load_refused": .bool(standing.isRefused),
            "refusal": standing.refusal.map(Self.refusal) ?? .null, "requires_tests": .bool(settings.reload.requiresTests),
            "watch": .string(watch),
        ]
    }

    private static func refusal(_ refusal: RuleReloader.Refusal) -> Value {
        [
            "at": .string(refusal.at.iso8601), "errors": .integer(Int64(refusal.errors)),
            "first": DiagnosticPrinter.json(refusal.first),
        ]
    }

    private var watch: String {
        switch watcher?.mode {
        case .events: "events"
        case .polling: "polling"
        case nil: watcher == nil ? "off" : "starting"
        }
    }

    private func account(_ settings: AccountSettings) -> Value {
        [
            "id": .string(settings.account.id), "vendor": .string(settings.account.vendor.rawValue),
            "delivery": .string(settings.delivery.rawValue), "takes_webhooks": .bool(!settings.webhookSecrets.isEmpty),
        ]
    }
}

/// Where the daemon listens, from when it does.
final class KnownAddresses: Sendable {
    private let state = Mutex<Daemon.Addresses?>(nil)

    var current: Daemon.Addresses? { state.withLock { $0 } }

    func note(_ addresses: Daemon.Addresses) { state.withLock { $0 = addresses } }
}

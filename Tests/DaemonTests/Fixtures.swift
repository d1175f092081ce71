import Daemon
import Delivery
import Foundation
import Logging
import Model
import RuleFiles
import Rules
import Storage
import StorageSQLite
import Synchronization
import Vendors

/// Keeps what it is given.
final class Lines: Sendable {
    private struct State {
        var lines: [String] = []
        var expected: (count: Int, waiting: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    var all: [String] { state.withLock { $0.lines } }

    func add(_ line: String) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.lines.append(line)
            guard let expected = state.expected, state.lines.count >= expected.count else { return nil }
            state.expected = nil
            return expected.waiting
        }
        waiting?.resume()
    }

    /// Returns when there are that many, or when the task is cancelled.
    func reach(_ count: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.lines.count >= count || Task.isCancelled { return true }
                    state.expected = (count, continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                defer { state.expected = nil }
                return state.expected?.waiting
            }
            waiting?.resume()
        }
    }

    /// Returns when it holds, which is looked at now and after each line: it must not come to hold without one behind it.
    func until(_ holds: ([String]) -> Bool) async {
        while true {
            // Counted before the look: a line that comes meanwhile is not missed.
            let lines = all
            if holds(lines) || Task.isCancelled { return }
            await reach(lines.count + 1)
        }
    }
}

/// Keeps the decisions that it is given.
final class Decisions: Sendable {
    private let decisions = Mutex<[Decision]>([])

    var all: [Decision] { decisions.withLock { $0 } }

    func add(_ decision: Decision) { decisions.withLock { $0.append(decision) } }
}

/// Time stands still, chance is zero, and a pause ends only by cancellation.
func surroundings(
    console: Lines = Lines(), log: Lines = Lines(), level: Logger.Level = .debug, clock: ManualClock = ManualClock()
) -> Surroundings {
    Surroundings(
        clocks: { clock.reading }, uptime: { .milliseconds(clock.reading.sinceBoot) }, random: { 0 },
        pause: { _ in for await _ in AsyncStream<Never>.makeStream().stream {} },
        console: { console.add($0) },
        logger: Logger(label: "bellhop") { LogfmtHandler(label: $0, level: level) { log.add($0) } })
}

/// The clocks of a machine that stand still until they are moved.
final class ManualClock: Sendable {
    private let state = Mutex(
        ClockReading(wall: Instant(seconds: 1_700_000_000), bootID: "boot-1", sinceBoot: 1_000_000))

    var reading: ClockReading { state.withLock { $0 } }

    func advance(by duration: Duration) {
        state.withLock { reading in
            reading.wall = reading.wall.adding(duration)
            reading.sinceBoot += duration.wholeMilliseconds
        }
    }

    /// Somebody sets the wall clock.
    func jump(by duration: Duration) { state.withLock { $0.wall = $0.wall.adding(duration) } }

    /// The machine was off for that long.
    func reboot(after duration: Duration) {
        state.withLock { reading in
            reading = ClockReading(wall: reading.wall.adding(duration), bootID: reading.bootID + "+", sinceBoot: 5_000)
        }
    }
}

extension ClockReading {
    static let startOfTime = ClockReading(wall: Instant(milliseconds: 0), bootID: "boot-1", sinceBoot: 0)
    static let endOfTime = ClockReading(wall: Instant(milliseconds: .max), bootID: "boot-1", sinceBoot: .max)
}

/// An account of each vendor, `closed` without a secret, and all of them printing.
func exampleSettings(rules: String = "rules", limits: Settings.Limits = Settings.Limits()) -> Settings {
    let at = SourcePosition(file: "bellhop.yaml", line: 1, column: 1)
    let secret = SecretReference(.environment("SECRET"), at: at)
    let old = SecretReference(.environment("OLD_SECRET"), at: at)
    func account(_ id: String, _ vendor: VendorID, _ secrets: [SecretReference]) -> AccountSettings {
        AccountSettings(account: Account(id: id, vendor: vendor), delivery: .print, webhookSecrets: secrets)
    }
    return Settings(
        listen: ListenAddress(host: "127.0.0.1", port: 0), admin: ListenAddress(host: "127.0.0.1", port: 0), rules: rules,
        accounts: [
            account("rc", .rocketchat, [secret, old]), account("hg", .huggy, [secret, old]),
            account("oc", .omnichat, [secret, old]),
            account("ct", .channeltalk, [secret, old]), account("closed", .huggy, []),
        ],
        limits: limits)
}

let secret = "0123456789abcdef-secret"
let oldSecret = "fedcba9876543210-secret"

func exampleAccounts(_ settings: Settings = exampleSettings()) throws -> AccountDirectory {
    try AccountDirectory(settings, reader: SecretReader(environment: ["SECRET": secret, "OLD_SECRET": oldSecret]))
}

/// A customer's message, or an agent's with `from: "agent"`.
func huggyMessage(
    _ id: String, _ text: String, chat: Int = 7, from: String = "customer", token: String = secret, second: Int = 0
) -> String {
    let isAgent = from == "agent"
    let sender = isAgent ? #"{"id": 99, "name": "Amanda"}"# : #"{"id": 5, "name": "Carlos Silva"}"#
    let event = isAgent ? "sendedAllMessage" : "receivedAllMessage"
    return """
        {"time": \(1_600_000_000 + second), "token": "\(token)", "messages": {"\(event)": [{
        "id": "\(id)", "body": "\(text)", "is_internal": false, "sender": \(sender), "senderType": "\(isAgent ? "agent" : "widget")",
        "customer": {"id": 5, "name": "Carlos Silva"}, "channel": "widget",
        "chat": {"id": \(chat), "channel": "widget", "situation": "auto", "department": false}}]}}
        """
}

let rocketChatMessage = """
    {"_id": "room1", "type": "Message", "visitor": {"_id": "v1", "token": "t", "name": "Ana"}, "messages": [
    {"_id": "m1", "u": {"_id": "v1", "username": "guest-1"}, "msg": "hi", "ts": "2024-01-01T10:00:00.000Z"}]}
    """
let omniChatMessage = """
    {"objectId": "m1", "resource": "Message", "event": "CREATE", "timestamp": 1700000000000, "payload": {"objectId": "m1",
    "type": "TEXT", "content": "oi", "direction": "INCOMING_RECEIVED", "chat": {"objectId": "c1"}}}
    """
let channelTalkMessage = """
    {"event": "push", "type": "message", "entity": {"id": "m1", "chatId": "c1", "chatType": "userChat", "personType": "user",
    "personId": "p1", "plainText": "hi", "createdAt": 1700000000000}, "refers": {}}
    """

/// An engine over the rules in a YAML text, with `version: 1` in front.
func engine(_ rules: String, settings: Settings = exampleSettings()) async throws -> Engine {
    try await withTemporaryFolder { folder in
        try "version: 1\n\(rules)\n".write(toFile: folder + "/a.yaml", atomically: true, encoding: .utf8)
        let loaded = RuleLoader.load(RuleFolder(folder), vendors: VendorCatalog.ids)
        guard let set = loaded.ruleSet else { throw BadRules(diagnostics: loaded.diagnostics) }
        return Engine(rules: set, accounts: settings.accountsByID, limits: settings.limits.decision)
    }
}

struct BadRules: Error {
    var diagnostics: [Diagnostic]
}

/// Runs `body` with the path of an empty folder, and removes the folder.
func withTemporaryFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bellhop-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

enum StoreKind: String, CaseIterable, Sendable {
    case memory, sqlite

    /// Runs `body` with an empty store and closes it.
    func withStore<Value>(_ body: (any Store) async throws -> Value) async throws -> Value {
        switch self {
        case .memory: return try await body(MemoryStore())
        case .sqlite:
            return try await withTemporaryFolder { folder in
                let store = try SQLiteStore.open(path: folder + "/bellhop.db")
                let value = try await body(store)
                try await store.close()
                return value
            }
        }
    }
}

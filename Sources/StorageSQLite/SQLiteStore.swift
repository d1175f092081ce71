import Dispatch
import Foundation
import GRDB
package import Model
package import Storage

/// A store in one SQLite file.
///
/// One connection writes: every write waits for its turn in `GroupCommit` and returns after its commit is on the disk
/// (write-ahead log, `synchronous = FULL`). Other connections read, beside the writer, what was committed last. No SQLite call
/// runs on Swift's cooperative threads.
///
/// `Inbox.swift`, `Conversations.swift`, `Timers.swift` and `Outbox.swift` with `Claims.swift`, `Turns.swift`,
/// `Settlements.swift` and `HeldRows.swift` hold the SQL, `Migrations.swift` the tables; what is told afterwards is in
/// `SQLiteLedger.swift`. Only one process may have the file open.
package struct SQLiteStore: Store {
    /// What the writing connection read back of its settings.
    package let durability: Durability

    let commits: GroupCommit

    /// Opens the file, or creates it readable and writable for its owner only, and brings its tables up to date.
    ///
    /// Blocks until that is done. `.unavailable` says what is wrong with the path, the file or its settings.
    package static func open(path: String, limits: WriteLimits = WriteLimits()) throws(StoreError) -> SQLiteStore {
        try createFile(at: path)
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            let durability = try pool.writeWithoutTransaction { db in
                let durability = try Durability.demand(of: db)
                try Migrations.run(on: db)
                return durability
            }
            return SQLiteStore(durability: durability, commits: GroupCommit(pool: pool, limits: limits))
        } catch {
            throw StoreError(describing: error, doing: "cannot open \(path)")
        }
    }

    package func accept(_ webhook: IncomingWebhook) async throws(StoreError) -> AcceptResult {
        guard !webhook.events.isEmpty else { return AcceptResult(accepted: 0, duplicates: 0) }
        return try await commits.write(bytes: webhook.body.count) { db in try Inbox.accept(webhook, in: db) }
    }

    package func undecided(limit: Int) async throws(StoreError) -> [InboxEntry] {
        let rows = try await commits.read { db in try Inbox.undecided(limit: limit, in: db) }
        let unreadable = rows.filter { $0.entry == nil }.map(\.id)
        if !unreadable.isEmpty {
            try await commits.write { db in try Inbox.bury(unreadable, in: db) }
        }
        return rows.compactMap(\.entry)
    }

    package func state(
        of conversation: ConversationKey, cooldowns: [CooldownKey]
    ) async throws(StoreError) -> StoredState {
        let row = try await commits.read { db in
            try Conversations.read(conversation, cooldowns: cooldowns, in: db)
        }
        let state = try StateJSON.decoded(row.state)
        return StoredState(state: DecisionState(conversation: state, cooldowns: row.cooldowns), version: row.version)
    }

    package func commit(_ evaluations: [Evaluation]) async throws(StoreError) {
        guard !evaluations.isEmpty else { return }
        // JSON is made here, on the caller's thread: the one thread that writes only binds and steps.
        var rows: [EvaluationRow] = []
        for evaluation in evaluations { rows.append(try EvaluationRow(evaluation)) }
        let prepared = rows
        try await commits.write { db in try Conversations.commit(prepared, in: db) }
    }

    package func fireTimers(at now: ClockReading, limits: TimerLimits) async throws(StoreError) -> TimerSweep {
        try await commits.write { db in try Timers.fire(at: now, limits: limits, in: db) }
    }

    package func claimEffects(at now: ClockReading, limit: Int) async throws(StoreError) -> [OutboxEntry] {
        try await claim(at: now, limit: limit, limits: nil)
    }

    package func claimEffects(
        at now: ClockReading, limit: Int, accountLimits: AccountLimits
    ) async throws(StoreError) -> [OutboxEntry] {
        try await claim(at: now, limit: limit, limits: accountLimits)
    }

    private func claim(
        at now: ClockReading, limit: Int, limits: AccountLimits?
    ) async throws(StoreError) -> [OutboxEntry] {
        guard limit > 0 else { return [] }
        let rows = try await commits.write { db in try Claims.claim(at: now, limit: limit, limits: limits, in: db) }
        var entries: [OutboxEntry] = []
        for row in rows {
            if let entry = row.entry {
                entries.append(entry)
            } else {
                // It would come back for ever, and hold up its conversation.
                let unreadable = Settlement.dead(.unbuildable, message: "the stored effect cannot be read")
                try await settle(row.id, as: unreadable, answer: nil, at: now.wall)
            }
        }
        return entries
    }

    package func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, at now: Instant
    ) async throws(StoreError) {
        try await settle(id, as: settlement, answer: answer, attempt: nil, at: now)
    }

    package func settle(
        _ id: Int64, as settlement: Settlement, answer: HTTPAnswer?, attempt: AttemptReport?, at now: Instant
    ) async throws(StoreError) {
        try await commits.write { db in
            try Settlements.settle(id, as: settlement, answer: answer, attempt: attempt, at: now, in: db)
        }
    }

    package func nextEffectDue(at now: ClockReading) async throws(StoreError) -> Instant? {
        try await commits.read { db in try Outbox.nextDue(at: now, limits: nil, in: db) }
    }

    package func nextEffectDue(
        at now: ClockReading, accountLimits: AccountLimits
    ) async throws(StoreError) -> Instant? {
        try await commits.read { db in try Outbox.nextDue(at: now, limits: accountLimits, in: db) }
    }

    package func recover() async throws(StoreError) -> Int {
        try await commits.write { db in try Outbox.recover(in: db) }
    }

    package func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool {
        guard !ids.isEmpty else { return false }
        return try await commits.read { db in try Outbox.isOwnMessage(account: account, ids: ids, in: db) }
    }

    package func counts() async throws(StoreError) -> StoreCounts {
        try await commits.read { db in
            let inbox = try Inbox.counts(in: db)
            let outbox = try Outbox.counts(in: db)
            return StoreCounts(
                undecided: inbox.undecided, oldestUndecided: inbox.oldestUndecided, open: outbox.open,
                oldestOpen: outbox.oldest, dead: inbox.dead + outbox.dead)
        }
    }

    package func probe() async throws(StoreError) {
        try await commits.write { db in
            let sql = "INSERT INTO meta(key, value) VALUES ('probe', 1) ON CONFLICT(key) DO UPDATE SET value = value + 1"
            try db.cachedStatement(sql: sql).execute()
        }
    }

    /// Finishes the writes that wait and the reads that run, moves the log into the database and closes every connection.
    package func close() async throws(StoreError) {
        try await commits.close()
    }
}

extension SQLiteStore {
    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "bellhop.store"
        configuration.maximumReaderCount = 4
        configuration.persistentReadOnlyConnections = true
        // Only this process writes, by one connection, so nobody is ever busy. Should an operator's shell hold the file for a
        // moment, waiting beats failing.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            guard !db.configuration.readonly else { return }
            // Of the two jobs that moving the log into the database has, this is the second: `GroupCommit` does it when
            // nothing is being written, and this only keeps the log bounded when that never happens.
            try db.execute(
                sql: """
                    PRAGMA wal_autocheckpoint = 4000;
                    PRAGMA journal_size_limit = 67108864;
                    PRAGMA secure_delete = ON;
                    """)
        }
        return configuration
    }

    /// Creates an empty file with mode 0600 where there is none; SQLite gives the log next to it the same mode.
    private static func createFile(at path: String) throws(StoreError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
            throw .unavailable("cannot open \(path): its folder \(folder) does not exist")
        }
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            guard !isFolder.boolValue else { throw .unavailable("cannot open \(path): it is a folder") }
            return
        }
        // A link that leads nowhere yet is not followed: what it names may be anybody's.
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .unavailable("cannot create \(path): check that its folder can be written")
        }
        Foundation.close(descriptor)
    }
}

/// How safely commits reach the disk, as SQLite itself reports it.
package struct Durability: Sendable, Hashable {
    /// `wal`.
    package let journalMode: String
    /// 2, which is FULL: each commit waits for the disk.
    package let synchronous: Int

    /// Sets `synchronous = FULL` and reads it back. GRDB sets NORMAL by itself when it opens a pool, and with NORMAL a power
    /// cut may take back commits that were already answered 200.
    static func demand(of db: Database) throws -> Durability {
        try db.execute(sql: "PRAGMA synchronous = FULL")
        let journalMode = try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
        let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0
        guard journalMode == "wal", synchronous == 2 else {
            throw StoreError.unavailable("journal mode \(journalMode), synchronous \(synchronous) instead of wal and 2")
        }
        return Durability(journalMode: journalMode, synchronous: synchronous)
    }
}

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
    let disk: DiskSpace
    private let written = RecentWrites()

    /// Opens the file, or creates it readable and writable for its owner only, and brings its tables up to date.
    ///
    /// Blocks until that is done. `.unavailable` says what is wrong with the path, the file or its settings.
    /// - Parameters:
    ///   - space: what of the disk is left alone; with `.none` the disk is not looked at.
    ///   - failed: called once when what is on the disk is no longer known, after a failed sync or damage: everything is refused
    ///     as `.closed` from then on, and only a new process can go on.
    package static func open(
        path: String, limits: WriteLimits = WriteLimits(), space: SpaceLimits = .none,
        failed: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws(StoreError) -> SQLiteStore {
        let disk = DiskSpace(path: path, limits: space)
        try createFile(at: path)
        disk.look()
        do {
            let (pool, durability): (DatabasePool, Durability)
            do { (pool, durability) = try connections(path, disk) } catch  where FailureScope(error) == .transaction {
                // The files that SQLite needs beside the database need room too.
                guard disk.giveUpReserve() else { throw error }
                (pool, durability) = try connections(path, disk)
            }
            let commits = try GroupCommit(pool: pool, limits: limits, disk: disk, failed: failed)
            return SQLiteStore(durability: durability, commits: commits, disk: disk)
        } catch {
            throw StoreError(describing: error, doing: "cannot open \(path)")
        }
    }

    private static func connections(_ path: String, _ disk: DiskSpace) throws -> (DatabasePool, Durability) {
        let pool = try DatabasePool(path: path, configuration: configuration)
        do {
            let durability = try pool.writeWithoutTransaction { db in
                let durability = try Durability.demand(of: db)
                try Migrations.run(on: db)
                try limitFile(to: disk.fileLimit, in: db)
                try settleLog(of: db)
                return durability
            }
            return (pool, durability)
        } catch {
            if FailureScope(error) == .store { GroupCommit.abandon(pool) }
            throw error
        }
    }

    /// What an earlier run left in the log is written anew, into the database, and waits for the disk. After a sync that failed
    /// the kernel may show pages that are on no disk: a repeated webhook must not be answered 200 for one of those.
    private static func settleLog(of db: Database) throws {
        do { try GroupCommit.moveLog(of: db, .truncate) } catch  where FailureScope(error) != .store {
            // A reader, or no room: it is done when that has passed.
        }
    }

    private static func limitFile(to limit: Int64?, in db: Database) throws {
        guard let limit, let page = try Int64.fetchOne(db, sql: "PRAGMA page_size"), page > 0 else { return }
        try db.execute(sql: "PRAGMA max_page_count = \(max(limit / page, 1))")
    }

    package func accept(_ webhook: IncomingWebhook) async throws(StoreError) -> AcceptResult {
        guard !webhook.events.isEmpty else { return AcceptResult(accepted: 0, duplicates: 0) }
        return try await commits.write(bytes: webhook.body.count, isNew: true) { db in try Inbox.accept(webhook, in: db) }
    }

    package func undecided(limit: Int) async throws(StoreError) -> [InboxEntry] {
        let rows = try await commits.read { db in try Inbox.undecided(limit: limit, in: db) }
        let unreadable = rows.filter { $0.entry == nil }.map(\.id)
        if !unreadable.isEmpty {
            try await commits.write { db in try Inbox.bury(unreadable, in: db) }
        }
        return rows.compactMap(\.entry)
    }

    package func undecided(
        after place: Int64, size: PageSize, passing: Set<ConversationKey>
    ) async throws(StoreError) -> UndecidedPage {
        let (page, unreadable) = try await commits.read { db in
            try Inbox.page(after: place, size: size, passing: passing, in: db)
        }
        if !unreadable.isEmpty {
            try await commits.write { db in try Inbox.bury(unreadable, in: db) }
        }
        return page
    }

    package func undecidedCount() async throws(StoreError) -> Int {
        try await commits.read { db in try Inbox.undecidedCount(in: db) }
    }

    package func state(
        of conversation: ConversationKey, cooldowns: [CooldownKey]
    ) async throws(StoreError) -> StoredState {
        let (row, begun) = try await commits.read { db in
            var begun: [CooldownKey: Instant] = [:]
            for key in cooldowns { begun[key] = try Conversations.read(key, in: db) }
            return (try Conversations.read(conversation, in: db), begun)
        }
        return StoredState(
            state: DecisionState(conversation: try written.state(row.state), cooldowns: begun), version: row.version)
    }

    package func facts(
        for reads: DecisionReads, read tell: @Sendable () -> Void
    ) async throws(StoreError) -> DecisionFacts {
        guard !reads.isEmpty else { return DecisionFacts() }
        let (rows, read) = try await commits.read { db in
            var facts = DecisionFacts()
            facts.cooldowns = try reads.cooldowns.map { try Conversations.read($0, in: db) }
            facts.isOwn = try reads.messages.map { try Outbox.isOwnMessage(account: $0.account, ids: [$0.id], in: db) }
            return (try reads.conversations.map { try Conversations.read($0, in: db) }, facts)
        }
        tell()
        var facts = read
        for row in rows {
            facts.conversations.append(StoredConversation(state: try written.state(row.state), version: row.version))
        }
        return facts
    }

    package func commit(_ evaluations: [Evaluation]) async throws(StoreError) {
        try await commit(evaluations, prepared: {})
    }

    package func commit(_ evaluations: [Evaluation], prepared tell: @Sendable () -> Void) async throws(StoreError) {
        guard !evaluations.isEmpty else { return }
        // JSON is made here, on the caller's thread: the one thread that writes only binds and steps.
        var rows: [EvaluationRow] = []
        for evaluation in evaluations { rows.append(try EvaluationRow(evaluation)) }
        let prepared = rows
        tell()
        try await commits.write(isNew: true) { db in try Conversations.commit(prepared, in: db) }
        written.note(prepared)
    }

    package func fireTimers(at now: ClockReading, limits: TimerLimits) async throws(StoreError) -> TimerSweep {
        try await commits.write(isNew: true) { db in try Timers.fire(at: now, limits: limits, in: db) }
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
            if let entry = row.entry(written) {
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

    package func followWallClock(setBy change: Duration, to now: Instant) async throws(StoreError) {
        try await commits.write { db in try Outbox.followWallClock(setBy: change, to: now, in: db) }
    }

    package func countCrash(of inboxIDs: [Int64], upTo most: Int) async throws(StoreError) -> [Int64: Int] {
        guard !inboxIDs.isEmpty else { return [:] }
        return try await commits.write { db in try Inbox.countCrash(of: inboxIDs, upTo: most, in: db) }
    }

    package func isOwnMessage(account: String, ids: [String]) async throws(StoreError) -> Bool {
        guard !ids.isEmpty else { return false }
        return try await commits.read { db in try Outbox.isOwnMessage(account: account, ids: ids, in: db) }
    }

    package func counts() async throws(StoreError) -> StoreCounts {
        try await commits.read { db in try Self.counts(in: db) }
    }

    static func counts(in db: Database) throws -> StoreCounts {
        let inbox = try Inbox.counts(in: db)
        let outbox = try Outbox.counts(in: db)
        return StoreCounts(
            undecided: inbox.undecided, oldestUndecided: inbox.oldestUndecided, open: outbox.open, oldestOpen: outbox.oldest,
            dead: inbox.dead + outbox.dead, crashed: inbox.crashed)
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
        configuration.busyMode = .timeout(TimeInterval(GroupCommit.busyTimeout))
        configuration.prepareDatabase { db in
            // A page that cannot be read is an error then, and no signal that ends the process.
            try db.execute(sql: "PRAGMA mmap_size = 0")
            // `GroupCommit` moves the log when nobody waits for it. A connection that only reads cannot, also not when it is
            // closed: it has the file open for reading alone.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
            guard !db.configuration.readonly else { return try db.execute(sql: "PRAGMA query_only = ON") }
            try db.execute(
                sql: """
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

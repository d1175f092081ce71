import Dispatch
import GRDB
import Storage
import Synchronization

/// How much may wait to be written.
package struct WriteLimits: Sendable, Hashable {
    /// Webhooks that are not committed yet; one more is `.overloaded`.
    package var webhooks: Int
    /// Their bodies together.
    package var bytes: Int
    /// Writes that share a transaction at most: more would make the first of them wait too long.
    package var batch: Int

    package init(webhooks: Int = 1024, bytes: Int = 32 << 20, batch: Int = 128) {
        self.webhooks = webhooks
        self.bytes = bytes
        self.batch = max(1, batch)
    }
}

/// Every write, in order of arrival, on the one connection that writes; and the gate that reads and writes pass.
///
/// A commit waits for the disk, some 200 µs whatever its size. So whoever comes while a transaction is being committed waits,
/// and the next transaction takes all that wait: one wait for the disk for up to 128 writes. Nobody is delayed on purpose to
/// make a group larger.
final class GroupCommit: Sendable {
    private let pool: DatabasePool
    private let limits: WriteLimits
    private let disk: DiskSpace
    private let log: LogLength
    /// Called once, when what is on the disk is no longer known.
    private let failed: @Sendable (StoreError) -> Void
    private let state = Mutex(State())
    /// Entered by every read that runs.
    private let reads = DispatchGroup()

    private struct State {
        var waiting: [Write] = []
        var webhooks = 0
        var bytes = 0
        var isDraining = false
        /// Counts transactions since the store was opened.
        var transactions = 0
        var isIdleTimerSet = false
        var isClosed = false
        /// Set once what is on the disk is no longer known.
        var failure: StoreError?
        var busyTransactions: UInt64 = 0
        /// A log longer than this is moved although writes wait; nil for the usual length.
        var nextMove: Int64?
        /// Of the log, at the last look.
        var logLength: Int64 = 0
        /// What was removed may be in the file of the log.
        var hasRemoved = false
        /// It is to be cut for that.
        var isLogUnclean = false

        var refusal: StoreError? { isClosed || failure != nil ? .closed : nil }
    }

    /// One caller that waits.
    private struct Write: Sendable {
        /// Bytes of a webhook's body; nil for what is written for Bellhop itself, which is never refused for its size.
        let bytes: Int?
        /// It makes the store grow for something new, and is refused while there is no room for that.
        let isNew: Bool
        /// Writes, and returns what tells the caller so after the commit. A `StoreError` thrown from it promises that nothing
        /// was written.
        let perform: @Sendable (Database) throws -> @Sendable () -> Void
        let fail: @Sendable (StoreError) -> Void
    }

    init(
        pool: DatabasePool, limits: WriteLimits, disk: DiskSpace, failed: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws {
        self.pool = pool
        self.limits = limits
        self.disk = disk
        self.failed = failed
        log = try pool.writeWithoutTransaction { try LogLength(of: $0) }
    }

    /// Transactions that found the database locked.
    var busyTransactions: UInt64 { state.withLock { $0.busyTransactions } }

    /// Runs `body` in a transaction that it may share with others, and returns once that is committed.
    ///
    /// `body` runs again, in a transaction of its own, when somebody else's row spoiled the shared one. It throws
    /// a `StoreError` only before it wrote anything.
    func write<Value: Sendable>(
        bytes: Int? = nil, isNew: Bool = false, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            let write = Write(
                bytes: bytes, isNew: isNew,
                perform: { db in
                    let value = try body(db)
                    return { continuation.resume(returning: .success(value)) }
                },
                fail: { continuation.resume(returning: .failure($0)) })
            if let refusal = enqueue(write) { write.fail(refusal) }
        }
        return try result.get()
    }

    /// Runs `body` on a connection that sees one committed state, beside the writer.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            let refusal = state.withLock { state in
                if let refusal = state.refusal { return refusal as StoreError? }
                // Within the lock, so that `close` sees this read. It only enqueues: the read itself runs elsewhere.
                reads.enter()
                pool.asyncRead { connection in
                    let result = Result { try body(connection.get()) }.mapError { self.noted($0) }
                    self.reads.leave()
                    continuation.resume(returning: result)
                }
                return nil
            }
            if let refusal { continuation.resume(returning: .failure(refusal)) }
        }
        return try result.get()
    }

    /// Refuses whoever comes from now on, lets what waits and what reads finish, and closes all connections.
    func close() async throws(StoreError) {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        guard !wasClosed else { throw .closed }
        let failure: StoreError? = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: self.closeConnections()) }
        }
        if let failure { throw failure }
    }
}

// MARK: - Draining

extension GroupCommit {
    private func enqueue(_ write: Write) -> StoreError? {
        state.withLock { state in
            if let refusal = state.refusal { return refusal }
            if write.isNew, !disk.hasRoom { return .noRoom }
            if let bytes = write.bytes {
                guard state.webhooks < limits.webhooks, bytes <= limits.bytes - state.bytes else { return .overloaded }
                state.webhooks += 1
                state.bytes += bytes
            }
            state.waiting.append(write)
            if !state.isDraining {
                state.isDraining = true
                // Within the lock, so that `close`, which comes after it, is behind it in the writer's queue too.
                pool.asyncWriteWithoutTransaction { self.drain($0) }
            }
            return nil
        }
    }

    private func drain(_ db: Database) {
        while let batch = nextBatch() {
            let refused = makeSureOfRoom(for: batch)
            commit(refused.isEmpty ? batch : batch.filter { !$0.isNew }, on: db)
            for write in refused { write.fail(.noRoom) }
            moveLongLog(on: db)
        }
        armIdleTimer()
    }

    /// Looks at the disk before each transaction. Returns those that find no room, and must not be in it.
    private func makeSureOfRoom(for batch: [Write]) -> [Write] {
        let new = batch.filter(\.isNew)
        guard !new.isEmpty else { return [] }
        disk.look()
        guard !disk.hasRoom else { return [] }
        finish(new)
        return new
    }

    private func nextBatch() -> [Write]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isDraining = false
                return nil
            }
            let batch = Array(state.waiting.prefix(limits.batch))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private func commit(_ batch: [Write], on db: Database) {
        guard !batch.isEmpty else { return }
        if let failure = state.withLock({ $0.failure }) {
            finish(batch)
            for write in batch { write.fail(failure) }
            return
        }
        do {
            let answers = try transaction(batch, on: db)
            disk.noteWritten()
            finish(batch)
            for answer in answers { answer() }
        } catch  where batch.count > 1 && FailureScope(error) == .row {
            for write in batch { commit([write], on: db) }
        } catch {
            let failure = noted(error)
            finish(batch)
            for write in batch { write.fail(failure) }
        }
    }

    private func transaction(_ batch: [Write], on db: Database) throws -> [@Sendable () -> Void] {
        var answers: [@Sendable () -> Void] = []
        try db.inTransaction(.immediate) {
            for write in batch {
                do {
                    answers.append(try write.perform(db))
                } catch let refusal as StoreError {
                    // Told after the commit only: it may be due to a write of the same batch.
                    answers.append { write.fail(refusal) }
                }
            }
            return .commit
        }
        return answers
    }

    /// Makes room for as many webhooks as these were.
    private func finish(_ batch: [Write]) {
        state.withLock { state in
            state.transactions &+= 1
            for case let bytes? in batch.map(\.bytes) {
                state.webhooks -= 1
                state.bytes -= bytes
            }
        }
    }

    /// What the caller is told; remembers an error after which nothing can be trusted.
    private func noted(_ error: any Error) -> StoreError {
        let described = StoreError(describing: error)
        if described == .noRoom { disk.noteOut() }
        let isFirst = state.withLock { state in
            if let error = error as? DatabaseError, [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode) {
                state.busyTransactions &+= 1
            }
            guard FailureScope(error) == .store else { return false }
            defer { state.failure = state.failure ?? described }
            return state.failure == nil
        }
        if isFirst { failed(described) }
        return described
    }
}

// MARK: - Checkpoints

extension GroupCommit {
    /// Moving the log into the database takes some milliseconds, which nobody should wait for: it is done when nobody writes,
    /// and otherwise when the log has become long.
    private func armIdleTimer() {
        let transactions: Int? = state.withLock { state in
            guard !state.isIdleTimerSet, state.refusal == nil else { return nil }
            state.isIdleTimerSet = true
            return state.transactions
        }
        guard let transactions else { return }
        DispatchQueue.global().asyncAfter(deadline: .now() + disk.pause) { [weak self] in
            self?.idleTimerFired(setAt: transactions)
        }
    }

    private func idleTimerFired(setAt transactions: Int) {
        let isBusy = state.withLock { state in
            state.isIdleTimerSet = false
            guard state.refusal == nil else { return false }
            guard state.transactions == transactions, !state.isDraining else { return true }
            pool.asyncWriteWithoutTransaction { db in
                // A reader that keeps the log may be gone the next time, and a full disk have room.
                if self.disk.logBytes > 0, !self.moveLog(.truncate, on: db) { self.armIdleTimer() }
            }
            return false
        }
        if isBusy { armIdleTimer() }
    }

    /// Between two transactions. The file is kept, since writing again what is there costs the disk less than growing; one
    /// that became longer than usual is given back.
    private func moveLongLog(on db: Database) {
        let (length, usual) = (log.bytes, disk.logMove)
        let (isDue, isUnclean) = state.withLock { state in
            // It began anew by itself: all of it had been moved while somebody read, who is gone.
            if length < state.logLength { state.nextMove = nil }
            state.logLength = length
            return (length > state.nextMove ?? (state.isLogUnclean ? 0 : usual), state.isLogUnclean)
        }
        guard isDue else { return }
        let isCut = isUnclean || disk.logBytes > 4 * usual
        // Where a reader keeps the log, trying after every transaction would only cost.
        let next: Int64? = moveLog(isCut ? .truncate : .restart, on: db) ? nil : length + usual / 4
        state.withLock { $0.nextMove = next }
    }

    /// Rows were removed: nothing of them stays in the file of the log, which is cut behind the transaction that is the last to
    /// remove some for now.
    func noteRemoved(_ some: Bool, isLast: Bool) {
        state.withLock { state in
            state.hasRemoved = state.hasRemoved || some
            state.isLogUnclean = isLast && state.hasRemoved
        }
    }

    /// Moves the log into the database, and begins it anew. False when it is still there: a reader needs it, or something
    /// failed.
    private func moveLog(_ mode: Database.CheckpointMode, on db: Database) -> Bool {
        guard state.withLock({ $0.failure == nil }) else { return true }
        do {
            try Self.moveLog(of: db, mode)
            log.noteMoved()
            state.withLock { state in
                state.nextMove = nil
                if mode == .truncate { (state.hasRemoved, state.isLogUnclean) = (false, false) }
            }
            return true
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            return false
        } catch {
            // Nobody waits for this. The log stays, and is moved the next time; what cannot be trusted is remembered.
            _ = noted(error)
            return false
        }
    }

    /// Does not wait for readers: `SQLITE_BUSY` when one needs the log.
    static func moveLog(of db: Database, _ mode: Database.CheckpointMode) throws {
        try db.execute(sql: "PRAGMA busy_timeout = 0")
        defer { try? db.execute(sql: "PRAGMA busy_timeout = \(busyTimeout * 1000)") }
        try db.checkpoint(mode)
    }

    /// Seconds that a transaction waits for whoever has locked the database: an operator's shell, say.
    static let busyTimeout = 5

    /// Keeps the connections open until the process ends. SQLite itself moves the log when the last one is closed, and a sync
    /// that succeeds after one that failed proves nothing.
    static func abandon(_ pool: DatabasePool) { _ = Unmanaged.passRetained(pool) }

    /// Blocks. Returns the first thing that went wrong; the connections are closed even then, but for one case.
    private func closeConnections() -> StoreError? {
        reads.wait()
        var failure = state.withLock { $0.failure }
        if failure != nil {
            Self.abandon(pool)
            return failure
        }
        do {
            // Behind all that was enqueued: the writer's queue is serial.
            try pool.barrierWriteWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        } catch {
            failure = failure ?? noted(error)
        }
        do {
            try pool.close()
        } catch {
            failure = failure ?? noted(error)
        }
        return failure
    }
}

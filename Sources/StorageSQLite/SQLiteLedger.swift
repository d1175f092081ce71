import GRDB
package import Model
package import Storage

extension SQLiteStore: Ledger {
    package func ledger(for query: LedgerQuery, limit: Int) async throws(StoreError) -> [LedgerEntry] {
        try await commits.read { db in try LedgerRows.entries(for: query, limit: limit, in: db) }
    }

    package func effect(_ id: Int64) async throws(StoreError) -> LedgerEntry? {
        try await commits.read { db in try LedgerRows.entry(id, in: db) }
    }

    package func event(_ id: String) async throws(StoreError) -> LedgerEvent? {
        try await commits.read { db in try LedgerRows.event(id, in: db) }
    }

    package func ruleUses(of rule: String?, since: Instant, before: Int64?) async throws(StoreError) -> RuleUsePage {
        try await commits.read { db in try RuleUseRows.page(of: rule, since: since, before: before, in: db) }
    }

    package func capture(_ webhookID: Int64) async throws(StoreError) -> Capture? {
        try await commits.read { db in try CaptureRows.capture(webhookID, in: db) }
    }

    package func deadLetters(
        _ filter: DeadLetterFilter, limit: Int, after: DeadLetterPlace?
    ) async throws(StoreError) -> [DeadLetter] {
        try await commits.read { db in try DeadLetterRows.letters(filter, limit: limit, after: after, in: db) }
    }

    package func deadLetter(_ id: DeadLetterID) async throws(StoreError) -> DeadLetter? {
        try await commits.read { db in try DeadLetterRows.letter(id, in: db) }
    }

    package func retryDeadLetter(_ id: DeadLetterID, at now: ClockReading) async throws(StoreError) -> Int {
        try await commits.write { db in try DeadLetterRows.retry(id, at: now, in: db) }
    }

    package func discardDeadLetter(_ id: DeadLetterID) async throws(StoreError) -> Int {
        try await commits.write { db in try DeadLetterRows.discard(id, in: db) }
    }

    package func captures(_ query: CaptureQuery) async throws(StoreError) -> CapturePage {
        try await commits.read { db in try CaptureRows.page(query, in: db) }
    }

    package func importCaptures(_ webhooks: [IncomingWebhook]) async throws(StoreError) -> [Bool] {
        try await commits.write(isNew: true) { db in try webhooks.map { try ImportedCaptures.add($0, in: db) } }
    }

    package func prune(
        _ retention: Retention, from place: PruneCursor?, budget: PruneBudget
    ) async throws(StoreError) -> PruneResult {
        guard budget.rows > 0 else { return PruneResult(removed: PruneResult.Removed(), next: place) }
        return try await commits.write { [commits] db in
            var step = PruneStep(retention, budget)
            let next = try step.run(from: place ?? PruneCursor(), in: db)
            try step.noteRemoved(in: db)
            commits.noteRemoved(step.removed != PruneResult.Removed(), isLast: next == nil)
            return PruneResult(removed: step.removed, next: next)
        }
    }

    package func examination(isThorough: Bool) async throws(StoreError) -> StoreExamination {
        let (counts, brokenReferences) = try await commits.read { db in
            (try Examination.counts(in: db), try Examination.brokenReferences(in: db))
        }
        var found = counts
        found.brokenReferences = brokenReferences
        // Apart from the counts: a read that lasts keeps the log from being emptied.
        found.damage = try await commits.read { db in try Examination.damage(isThorough: isThorough, in: db) }
        return found
    }
}

package import Model

extension MemoryStore: Ledger {
    package func ledger(for query: LedgerQuery, limit: Int) async throws(StoreError) -> [LedgerEntry] {
        try transaction { contents throws(StoreError) in contents.ledger(for: query, limit: limit) }
    }

    package func effect(_ id: Int64) async throws(StoreError) -> LedgerEntry? {
        try transaction { contents throws(StoreError) in contents.outbox[id].map(contents.entry) }
    }

    package func event(_ id: String) async throws(StoreError) -> LedgerEvent? {
        try transaction { contents throws(StoreError) in contents.event(id) }
    }

    package func ruleUses(of rule: String?, since: Instant, before: Int64?) async throws(StoreError) -> RuleUsePage {
        try transaction { contents throws(StoreError) in
            contents.ruleUses(of: rule, since: since, before: before ?? .max)
        }
    }

    package func capture(_ webhookID: Int64) async throws(StoreError) -> Capture? {
        try transaction { contents throws(StoreError) in
            contents.inbox.webhooks[webhookID].flatMap(contents.inbox.capture)
        }
    }

    package func deadLetters(
        _ filter: DeadLetterFilter, limit: Int, after: DeadLetterPlace?
    ) async throws(StoreError) -> [DeadLetter] {
        try transaction { contents throws(StoreError) in contents.deadLetters(filter, limit: limit, after: after) }
    }

    package func deadLetter(_ id: DeadLetterID) async throws(StoreError) -> DeadLetter? {
        try transaction { contents throws(StoreError) in contents.deadLetter(id) }
    }

    package func retryDeadLetter(_ id: DeadLetterID, at now: ClockReading) async throws(StoreError) -> Int {
        try transaction { contents throws(StoreError) in contents.retry(id, at: now) }
    }

    package func discardDeadLetter(_ id: DeadLetterID) async throws(StoreError) -> Int {
        try transaction { contents throws(StoreError) in
            switch id {
            case .effect(let id): contents.outbox.discard(id)
            case .event(let id): contents.inbox.discard(id) ? 1 : 0
            }
        }
    }

    package func captures(_ query: CaptureQuery) async throws(StoreError) -> CapturePage {
        try transaction { contents throws(StoreError) in contents.captures(query) }
    }

    package func importCaptures(_ webhooks: [IncomingWebhook]) async throws(StoreError) -> [Bool] {
        try transaction { contents throws(StoreError) in webhooks.map { contents.inbox.add(imported: $0) } }
    }

    /// A whole round in one step.
    package func prune(
        _ retention: Retention, from place: PruneCursor?, budget: PruneBudget
    ) async throws(StoreError) -> PruneResult {
        try transaction { contents throws(StoreError) in
            PruneResult(removed: budget.rows > 0 ? contents.prune(retention) : PruneResult.Removed(), next: nil)
        }
    }

    package func examination(isThorough: Bool) async throws(StoreError) -> StoreExamination {
        try transaction { contents throws(StoreError) in
            var found = StoreExamination()
            found.events = contents.inbox.tally
            found.effects = contents.outbox.tally
            return found
        }
    }
}

extension MemoryContents {
    func ledger(for query: LedgerQuery, limit: Int) -> [LedgerEntry] {
        let rows: [MemoryOutbox.Row] =
            switch query {
            case .event(let id): outbox.rows { ExactKey($0.effect.eventID) == ExactKey(id) }
            case .message(let id, let account): outbox.effects(ofMessage: id, account: account)
            case .conversation(let id, let account):
                outbox.rows { row in
                    ExactKey(row.conversation.conversation) == ExactKey(id)
                        && (account.map { ExactKey($0) == ExactKey(row.conversation.account) } ?? true)
                }
            }
        return rows.sorted { $0.id > $1.id }.prefix(max(0, limit)).map(entry)
    }

    func entry(_ row: MemoryOutbox.Row) -> LedgerEntry {
        LedgerEntry(
            id: row.id, key: row.effect.key, conversation: row.conversation, eventID: row.effect.eventID,
            rule: row.effect.rule, effect: row.effect, origin: row.origin, state: row.state,
            isUncertain: row.isOfUnknownOutcome, reason: row.reason, message: row.message, createdAt: row.createdAt,
            notBefore: row.notBefore, settledAt: row.settledAt, attemptCount: row.attempt, attempts: row.attempts,
            request: row.request, remoteID: row.remoteID, cancelledBy: row.cancelledBy,
            event: inbox.ledgerEvent(row.inboxID))
    }

    func ruleUses(of rule: String?, since: Instant, before: Int64) -> RuleUsePage {
        let rows = outbox.rows { $0.id < before }.sorted { $0.id > $1.id }.prefix(RuleUsePage.looks)
        let recent = rows.filter { $0.createdAt >= since }
        let uses = recent.filter { row in rule.map { ExactKey($0) == ExactKey(row.effect.rule) } ?? true }
        let isOver = rows.count < RuleUsePage.looks || recent.isEmpty
        return RuleUsePage(
            uses: uses.map { row in
                RuleUse(
                    id: row.id, rule: row.effect.rule, eventID: row.effect.eventID, createdAt: row.createdAt,
                    isHeldBack: row.state == .suppressed || row.state == .unsupported)
            }, next: isOver ? nil : rows.last?.id)
    }

    func event(_ id: String) -> LedgerEvent? {
        if let event = inbox.ledgerEvent(id) { return event }
        let rows = outbox.rows { ExactKey($0.effect.eventID) == ExactKey(id) }
        return rows.max { $0.id < $1.id }.flatMap { inbox.ledgerEvent($0.inboxID) }
    }

    func deadLetters(_ filter: DeadLetterFilter, limit: Int, after: DeadLetterPlace?) -> [DeadLetter] {
        let effects = filter.includesEffects ? outbox.deadRows.filter(filter.includes).map { deadLetter($0) } : []
        let events = filter.includesEvents ? inbox.deadRows.filter(filter.includes).map { deadLetter($0) } : []
        return (effects + events)
            .filter { letter in after.map { $0.precedes(letter.place) } ?? true }
            .sorted { $0.place.precedes($1.place) }
            .prefix(max(0, limit)).map(\.self)
    }

    func deadLetter(_ id: DeadLetterID) -> DeadLetter? {
        switch id {
        case .effect(let id): outbox.deadRow(id).map { deadLetter($0) }
        case .event(let id): inbox[id].flatMap { $0.state == .dead ? deadLetter($0) : nil }
        }
    }

    private func deadLetter(_ row: MemoryOutbox.Row) -> DeadLetter {
        DeadLetter(
            id: .effect(row.id), diedAt: row.settledAt ?? row.createdAt, message: row.message ?? "", effect: entry(row),
            cancelled: outbox.cancelled(by: row.id).map(entry), event: inbox.ledgerEvent(row.inboxID))
    }

    private func deadLetter(_ row: MemoryInbox.Row) -> DeadLetter {
        DeadLetter(
            id: .event(row.id), diedAt: row.decidedAt ?? Instant(milliseconds: 0), message: row.error ?? "", effect: nil,
            cancelled: [], event: inbox.ledgerEvent(row.id))
    }

    mutating func retry(_ id: DeadLetterID, at now: ClockReading) -> Int {
        switch id {
        case .event(let id): return inbox.retry(id) ? 1 : 0
        case .effect(let id):
            let rows = outbox.retry(id, at: now)
            for row in rows {
                let key = ExactKey(row.conversation)
                if conversations[key] == nil { conversations[key] = ConversationRow(changedAt: now.wall) }
            }
            return rows.count
        }
    }

    func captures(_ query: CaptureQuery) -> CapturePage {
        let found = inbox.webhooks.values
            .sorted { ($0.receivedAt, $0.id) < ($1.receivedAt, $1.id) }
            .filter { webhook in
                query.after.map { ($0.receivedAt, $0.webhookID) < (webhook.receivedAt, webhook.id) } ?? true
            }
            .compactMap(inbox.capture).filter(holds(query))
        var page = CapturePage(captures: [], next: nil)
        var bytes = 0
        for capture in found {
            guard page.captures.count < query.limit, bytes < CapturePage.bodyBytes else {
                page.next = page.captures.last.map {
                    CapturePlace(receivedAt: $0.receivedAt, webhookID: $0.webhookID)
                }
                break
            }
            page.captures.append(capture)
            bytes += capture.body.count
        }
        return page
    }

    private func holds(_ query: CaptureQuery) -> (Capture) -> Bool {
        { capture in
            guard query.since.map({ capture.receivedAt >= $0 }) ?? true, query.until.map({ capture.receivedAt < $0 }) ?? true,
                query.account.map({ ExactKey($0) == ExactKey(capture.account) }) ?? true,
                query.kind.map({ kind in capture.events.contains { $0.kind == kind } }) ?? true
            else { return false }
            guard let rule = query.matchedRule else { return true }
            guard inbox.webhooks[capture.webhookID]?.importedEvents == nil else { return false }
            let events = Set(capture.events.map { ExactKey($0.id) })
            return !outbox.rows {
                events.contains(ExactKey($0.effect.eventID)) && ExactKey($0.effect.rule) == ExactKey(rule)
            }.isEmpty
        }
    }
}

extension MemoryOutbox.Row {
    fileprivate var state: LedgerState {
        if let ending { return ending }
        if isBeingSent { return .sending }
        if heldUntil != nil { return .held }
        return attempt > attemptsBefore ? .retrying : .pending
    }

    fileprivate var isOfUnknownOutcome: Bool {
        ending != .done && (isUncertain || (ending != nil && reason == .uncertain))
    }
}

extension DeadLetterFilter {
    fileprivate func includes(_ row: MemoryOutbox.Row) -> Bool {
        includes(row.conversation) && (rule.map { ExactKey($0) == ExactKey(row.effect.rule) } ?? true)
            && (reason.map { $0 == row.reason.map(DeadLetterReason.effect) } ?? true)
    }

    fileprivate func includes(_ row: MemoryInbox.Row) -> Bool {
        includes(row.event.conversation) && (reason.map { $0 == row.reason.map(DeadLetterReason.event) } ?? true)
    }

    private func includes(_ key: ConversationKey) -> Bool {
        (account.map { ExactKey($0) == ExactKey(key.account) } ?? true)
            && (conversation.map { ExactKey($0) == ExactKey(key.conversation) } ?? true)
    }
}

import Model

/// The webhooks and events of a `MemoryStore`, and the marks of events already seen.
struct MemoryInbox: Sendable {
    /// Events that could not be decided and are not discarded.
    private(set) var dead = 0
    private var marks: [ExactKey: Mark] = [:]
    private(set) var webhooks: [Int64: Webhook] = [:]
    private var lastWebhookID: Int64 = 0
    /// The event with the id n is at n - 1; nil once it is removed.
    private var rows: [Row?] = []
    /// Every event before this index is decided.
    private var firstUndecided = 0

    struct Webhook: Sendable {
        let id: Int64
        let account: String
        let vendor: VendorID
        let receivedAt: Instant
        /// False once body, headers and internal event are removed.
        var hasBody = true
        var headers: [WebhookHeader] = []
        var body: [UInt8] = []
        /// For what no vendor told.
        var internalEvent: InternalEvent?
        let isInternal: Bool
        /// Of its events, in order.
        var events: [Int64] = []
        /// Of one that is only a capture: its events, which are no rows. Nil for one that came in.
        var importedEvents: [EventHeader]?
    }

    struct Row: Sendable {
        let id: Int64
        let webhookID: Int64
        let event: EventHeader
        var state = LedgerEvent.State.undecided
        var error: String?
        var reason: EventFailure?
        var decidedAt: Instant?
        var crashes = 0
    }

    private struct Mark: Sendable {
        let inboxID: Int64
        var at: Instant
    }

    subscript(id: Int64) -> Row? {
        guard id >= 1, id <= Int64(rows.count) else { return nil }
        return rows[Int(id) - 1]
    }

    mutating func accept(_ incoming: IncomingWebhook) -> AcceptResult {
        var webhook = Webhook(
            id: lastWebhookID + 1, account: incoming.account, vendor: incoming.vendor, receivedAt: incoming.receivedAt,
            headers: incoming.headers, body: incoming.body, isInternal: false)
        add(incoming.events, of: &webhook)
        return AcceptResult(accepted: webhook.events.count, duplicates: incoming.events.count - webhook.events.count)
    }

    /// False when it was there before.
    mutating func add(_ event: InternalEvent, at receivedAt: Instant) -> Bool {
        var webhook = Webhook(
            id: lastWebhookID + 1, account: event.conversation.account, vendor: event.vendor, receivedAt: receivedAt,
            internalEvent: event, isInternal: true)
        add([EventHeader(id: event.id, kind: event.kind, conversation: event.conversation)], of: &webhook)
        return !webhook.events.isEmpty
    }

    /// Those that are new, and the webhook if there are any.
    private mutating func add(_ events: [EventHeader], of webhook: inout Webhook) {
        for event in events {
            let key = ExactKey(event.id)
            guard marks[key] == nil else { continue }
            let id = Int64(rows.count) + 1
            marks[key] = Mark(inboxID: id, at: webhook.receivedAt)
            rows.append(Row(id: id, webhookID: webhook.id, event: event))
            webhook.events.append(id)
        }
        guard !webhook.events.isEmpty else { return }
        webhooks[webhook.id] = webhook
        lastWebhookID = webhook.id
    }

    /// False when it is there already.
    mutating func add(imported incoming: IncomingWebhook) -> Bool {
        let isKnown = incoming.events.contains { event in
            guard let row = marks[ExactKey(event.id)].flatMap({ self[$0.inboxID] }), let webhook = webhooks[row.webhookID]
            else { return false }
            return webhook.hasBody && webhook.isAlike(incoming)
        }
        let isImported = webhooks.values.contains {
            $0.importedEvents != nil && $0.isAlike(incoming) && $0.body == incoming.body
        }
        guard !isKnown, !isImported else { return false }
        lastWebhookID += 1
        webhooks[lastWebhookID] = Webhook(
            id: lastWebhookID, account: incoming.account, vendor: incoming.vendor, receivedAt: incoming.receivedAt,
            headers: incoming.headers, body: incoming.body, isInternal: false, importedEvents: incoming.events)
        return true
    }

    // MARK: Deciding

    private var waiting: some Sequence<Row> {
        rows[firstUndecided...].lazy.compactMap(\.self).filter { $0.state == .undecided }
    }

    func undecided(limit: Int) -> [InboxEntry] { waiting.prefix(max(0, limit)).compactMap(entry) }

    private func entry(_ row: Row) -> InboxEntry? {
        guard let webhook = webhooks[row.webhookID] else { return nil }
        return InboxEntry(
            id: row.id, account: webhook.account, vendor: webhook.vendor, event: row.event, receivedAt: webhook.receivedAt,
            headers: webhook.headers, body: webhook.body, internalEvent: webhook.internalEvent, crashes: row.crashes)
    }

    func isUndecided(_ id: Int64) -> Bool { self[id]?.state == .undecided }

    /// When the webhook of an event arrived.
    func receivedAt(_ id: Int64) -> Instant? { self[id].flatMap { webhooks[$0.webhookID]?.receivedAt } }

    mutating func end(_ id: Int64, as end: InboxEnd, at now: Instant) {
        guard var row = self[id], row.state == .undecided else { return }
        row.decidedAt = now
        switch end {
        case .done: row.state = .decided
        case .dead(let why, let reason):
            row.state = .dead
            row.error = why
            row.reason = reason
            dead += 1
        }
        replace(row)
        while firstUndecided < rows.count, rows[firstUndecided]?.state != .undecided { firstUndecided += 1 }
    }

    mutating func countCrash(of ids: [Int64], upTo most: Int) -> [Int64: Int] {
        var counts: [Int64: Int] = [:]
        for id in Set(ids) {
            guard var row = self[id], row.state == .undecided else { continue }
            if row.crashes < most { row.crashes += 1 }
            counts[id] = row.crashes
            replace(row)
        }
        return counts
    }

    private mutating func replace(_ row: Row) { rows[Int(row.id) - 1] = row }

    var tally: StoreExamination.EventTally {
        var tally = StoreExamination.EventTally()
        tally.accepted = rows.count
        for row in rows {
            switch row?.state {
            case nil: tally.removed += 1
            case .undecided: tally.open += 1
            case .decided: tally.done += 1
            case .dead: tally.dead += 1
            case .discarded: tally.ignored += 1
            }
        }
        return tally
    }

    var undecidedCount: Int { waiting.reduce(0) { count, _ in count + 1 } }

    var oldestUndecided: Instant? { waiting.first { _ in true }.flatMap { webhooks[$0.webhookID]?.receivedAt } }

    // MARK: Afterwards

    func ledgerEvent(_ id: Int64) -> LedgerEvent? {
        guard let row = self[id], let webhook = webhooks[row.webhookID] else { return nil }
        return LedgerEvent(
            inboxID: row.id, id: row.event.id, kind: row.event.kind.rawValue, conversation: row.event.conversation,
            webhookID: webhook.id, account: webhook.account, vendor: webhook.vendor.rawValue,
            receivedAt: webhook.receivedAt, isInternal: webhook.isInternal, state: row.state, error: row.error,
            reason: row.reason)
    }

    /// By the mark of the event.
    func ledgerEvent(_ eventID: String) -> LedgerEvent? { marks[ExactKey(eventID)].flatMap { ledgerEvent($0.inboxID) } }

    var deadRows: [Row] { rows.compactMap(\.self).filter { $0.state == .dead } }

    /// False when it is not dead.
    mutating func retry(_ id: Int64) -> Bool {
        guard var row = self[id], row.state == .dead else { return false }
        row.state = .undecided
        row.error = nil
        row.reason = nil
        row.decidedAt = nil
        row.crashes = 0
        replace(row)
        dead -= 1
        firstUndecided = min(firstUndecided, Int(id) - 1)
        return true
    }

    /// False when it is not dead.
    mutating func discard(_ id: Int64) -> Bool {
        guard var row = self[id], row.state == .dead else { return false }
        row.state = .discarded
        replace(row)
        dead -= 1
        return true
    }

    func capture(_ webhook: Webhook) -> Capture? {
        guard webhook.hasBody, !webhook.isInternal else { return nil }
        return Capture(
            webhookID: webhook.id, account: webhook.account, vendor: webhook.vendor, receivedAt: webhook.receivedAt,
            headers: webhook.headers, body: webhook.body,
            events: webhook.importedEvents ?? webhook.events.compactMap { self[$0]?.event })
    }

    // MARK: Pruning

    func events(of webhook: Webhook) -> [Row] { webhook.events.compactMap { self[$0] } }

    mutating func removeBody(of id: Int64) {
        webhooks[id]?.hasBody = false
        webhooks[id]?.headers = []
        webhooks[id]?.body = []
        webhooks[id]?.internalEvent = nil
    }

    mutating func remove(_ webhook: Webhook) {
        for row in events(of: webhook) {
            if row.state == .dead { dead -= 1 }
            rows[Int(row.id) - 1] = nil
        }
        webhooks[webhook.id] = nil
    }

    /// Forgets the marks of before, but for those of undecided events. Returns how many.
    mutating func removeMarks(before time: Instant) -> Int {
        let count = marks.count
        marks = marks.compactMapValues { mark in
            guard mark.at < time else { return mark }
            // It counts from then on.
            return isUndecided(mark.inboxID) ? Mark(inboxID: mark.inboxID, at: time) : nil
        }
        return count - marks.count
    }

    func hasUndecided(of conversation: ExactKey) -> Bool {
        waiting.contains { ExactKey($0.event.conversation) == conversation }
    }
}

extension MemoryInbox.Webhook {
    /// Of the same account and time.
    fileprivate func isAlike(_ other: IncomingWebhook) -> Bool {
        !isInternal && receivedAt == other.receivedAt && ExactKey(account) == ExactKey(other.account)
    }
}

import Model

/// The events of a `MemoryStore`, and the marks of those already seen.
struct MemoryInbox: Sendable {
    /// Events that could not be decided.
    private(set) var dead = 0
    private var seen: Set<ExactKey> = []
    private var rows: [Row] = []
    /// Every event before this index is decided.
    private var firstUndecided = 0

    private struct Row {
        var entry: InboxEntry
        var isUndecided = true
    }

    mutating func accept(_ webhook: IncomingWebhook) -> AcceptResult {
        var accepted = 0
        for event in webhook.events {
            let entry = InboxEntry(
                id: 0, account: webhook.account, vendor: webhook.vendor, event: event, receivedAt: webhook.receivedAt,
                body: webhook.body)
            if add(entry) { accepted += 1 }
        }
        return AcceptResult(accepted: accepted, duplicates: webhook.events.count - accepted)
    }

    /// False when it was there before.
    mutating func add(_ event: InternalEvent, at receivedAt: Instant) -> Bool {
        add(
            InboxEntry(
                id: 0, account: event.conversation.account, vendor: event.vendor,
                event: EventHeader(id: event.id, kind: event.kind, conversation: event.conversation),
                receivedAt: receivedAt, body: [], internalEvent: event))
    }

    private mutating func add(_ entry: InboxEntry) -> Bool {
        guard seen.insert(ExactKey(entry.event.id)).inserted else { return false }
        var entry = entry
        entry.id = Int64(rows.count) + 1
        rows.append(Row(entry: entry))
        return true
    }

    private var waiting: some Sequence<InboxEntry> {
        rows[firstUndecided...].lazy.filter(\.isUndecided).map(\.entry)
    }

    func undecided(limit: Int) -> [InboxEntry] { Array(waiting.prefix(max(0, limit))) }

    func isUndecided(_ id: Int64) -> Bool { index(ofUndecided: id) != nil }

    mutating func end(_ id: Int64, as end: InboxEnd) {
        guard let index = index(ofUndecided: id) else { return }
        rows[index].isUndecided = false
        rows[index].entry.body = []
        rows[index].entry.internalEvent = nil
        if case .dead = end { dead += 1 }
        while firstUndecided < rows.count, !rows[firstUndecided].isUndecided { firstUndecided += 1 }
    }

    private func index(ofUndecided id: Int64) -> Int? {
        guard id >= 1, id <= Int64(rows.count) else { return nil }
        let index = Int(id) - 1
        return rows[index].isUndecided ? index : nil
    }

    var undecidedCount: Int { waiting.reduce(0) { count, _ in count + 1 } }

    var oldestUndecided: Instant? { waiting.first { _ in true }?.receivedAt }
}

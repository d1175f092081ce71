/// How much of the inbox is read at a time.
package struct PageSize: Sendable, Hashable {
    /// Events that are read.
    package var events: Int
    /// Events that are looked at, those that are passed over included.
    package var rows: Int
    /// Of bodies. The event that reaches it is the last of the page, so that there is always one.
    package var bytes: Int

    package init(events: Int, rows: Int, bytes: Int) {
        self.events = events
        self.rows = rows
        self.bytes = bytes
    }
}

/// Undecided events in order of arrival.
package struct UndecidedPage: Sendable, Hashable {
    package var entries: [InboxEntry] = []
    /// Events that were not read.
    package var passedOver = 0
    /// The greatest id that was looked at; nil when there was none. The next page begins after it.
    package var last: Int64?
    /// There are no more behind it.
    package var isLast = true
    private var bytes = 0

    package init() {}

    package func isFull(_ size: PageSize) -> Bool {
        entries.count >= size.events || rows >= size.rows || bytes >= size.bytes
    }

    /// Events that were looked at.
    package var rows: Int { entries.count + passedOver }

    /// - Parameter entry: nil for one that is passed over.
    package mutating func add(_ entry: InboxEntry?, id: Int64) {
        last = id
        guard let entry else {
            passedOver += 1
            return
        }
        bytes += entry.body.count
        entries.append(entry)
    }
}

package import Model

/// How much captured traffic was read.
package struct TrafficCount: Sendable, Hashable {
    package var webhooks = 0
    /// Of the webhooks, or files, those that could not be read.
    package var unreadable = 0
    /// That vendors told, each once.
    package var events = 0
    /// Told before.
    package var duplicates = 0

    package init(webhooks: Int = 0, unreadable: Int = 0, events: Int = 0, duplicates: Int = 0) {
        self.webhooks = webhooks
        self.unreadable = unreadable
        self.events = events
        self.duplicates = duplicates
    }

    /// `1000 webhooks, 1012 events, 3 repeated; 1 could not be read`
    package var words: String {
        var words = "\(webhooks) \(webhooks == 1 ? "webhook" : "webhooks"), \(events) \(events == 1 ? "event" : "events")"
        if duplicates > 0 { words += ", \(duplicates) repeated" }
        if unreadable > 0 { words += "; \(unreadable) could not be read" }
        return words
    }

    /// The same, with how many timers came up meanwhile.
    func words(timers: Int) -> String {
        timers == 0 ? words : "\(words), and \(timers) \(timers == 1 ? "timer" : "timers") came up"
    }

    package var members: Value.Object {
        [
            "webhooks": .integer(Int64(webhooks)), "unreadable": .integer(Int64(unreadable)), "events": .integer(Int64(events)),
            "duplicates": .integer(Int64(duplicates)),
        ]
    }
}

/// What a store found when it looked at itself. All counts are of one moment.
package struct StoreExamination: Sendable, Hashable {
    /// What the database says is wrong with it, some of it at most; empty for one that is whole.
    package var damage: [String] = []
    /// Rows that refer to a row that is not there.
    package var brokenReferences = 0
    package var events = EventTally()
    /// Conversations with effects to send of which none can ever be claimed.
    package var stuckLines = 0
    /// Events that wait to be decided and have no mark, so that a redelivery would be decided again.
    package var unmarkedEvents = 0
    /// Effects that are to be sent by state: how many.
    package var effects = EffectTally()
    package var files: StoreFiles?

    package init() {}

    /// Where the events are that were ever accepted (R17).
    package struct EventTally: Sendable, Hashable {
        /// How many were accepted, counted when they were.
        package var accepted = 0
        package var done = 0
        /// They wait to be decided.
        package var open = 0
        package var dead = 0
        /// Dead ones that somebody discarded.
        package var ignored = 0
        /// Those that retention has removed since.
        package var removed = 0

        package init() {}

        package var accountedFor: Int { done + open + dead + ignored + removed }

        /// Each accepted event is somewhere, and none came from nowhere.
        package var isBalanced: Bool { accepted == accountedFor }
    }

    package struct EffectTally: Sendable, Hashable {
        package var open = 0
        /// Of them.
        package var beingSent = 0
        package var ended = 0
        package var dead = 0

        package init() {}
    }
}

/// How a store lies on the disk.
package struct StoreFiles: Sendable, Hashable {
    package var path: String
    package var databaseBytes: Int64
    /// Of the write-ahead log.
    package var logBytes: Int64
    package var schemaVersion: Int
    package var journalMode: String
    /// Of the library.
    package var library: String

    package init(
        path: String, databaseBytes: Int64, logBytes: Int64, schemaVersion: Int, journalMode: String, library: String
    ) {
        self.path = path
        self.databaseBytes = databaseBytes
        self.logBytes = logBytes
        self.schemaVersion = schemaVersion
        self.journalMode = journalMode
        self.library = library
    }
}

/// What a `LedgerChecker` found. Everything is empty where all promises were kept; `repeats` alone is no fault.
package struct LedgerFindings: Sendable, Hashable, CustomStringConvertible {
    // Webhooks and their events.

    /// Acknowledged, and not stored.
    package var lost: [LoadEvent] = []
    /// Stored, and never sent.
    package var phantom: [LoadEvent] = []
    /// Stored more than once, so that it is evaluated more than once.
    package var twice: [LoadEvent] = []
    /// Still waiting for its decision.
    package var undecided: [LoadEvent] = []
    package var dead: [LoadEvent] = []
    /// Stored in a conversation that is not its own.
    package var misplaced: [LoadEvent] = []
    /// Stored before one of its conversation that was acknowledged before this one was sent.
    package var overtaking: [LoadEvent] = []
    /// Conversations in which not as many evaluations changed the state as events were decided.
    package var miscounted: [Int] = []
    /// Answered with a status that is not allowed.
    package var refused: [LoadEvent] = []
    /// Acknowledged with another body than the others.
    package var answeredOtherwise: [LoadEvent] = []
    /// Accepted is not done, open, dead and ignored together.
    package var imbalance: String?

    // Effects.

    /// The event is decided, and the effect is not there.
    package var missing: [LoadEffect] = []
    package var madeTwice: [LoadEffect] = []
    /// Of an event that is not decided.
    package var unfounded: [LoadEffect] = []
    package var unsettled: [LoadEffect] = []
    package var deadEffects: [LoadEffect] = []

    // What reached the vendor.

    /// Said to be sent, and never carried out.
    package var unsent: [LoadEffect] = []
    /// Arrived, and nobody made it.
    package var unknown: [LoadEffect] = []
    /// Seen more than once, and not excused.
    package var repeated: [LoadEffect] = []
    /// Repeats that customers saw above what kills excuse.
    package var tooManyRepeats = 0
    /// Arrived more often than the sender knows of.
    package var silentlyRepeated: [LoadEffect] = []
    /// Made or arrived in a conversation that is not its own.
    package var misplacedEffects: [LoadEffect] = []
    /// Arrived after one that comes later in its conversation.
    package var outOfOrder: [LoadEffect] = []
    /// Without a key, with two, or with one of another effect.
    package var badKeys: [LoadEffect] = []

    /// What SQLite's checks of the file say.
    package var damage: [String] = []

    /// Repeats that customers saw, excused or not.
    package var repeats = 0

    package init() {}

    package var isClean: Bool {
        var clean = LedgerFindings()
        clean.repeats = repeats
        return self == clean
    }

    /// What was found, without what was not; of long lists the beginning.
    package var description: String {
        let all = Mirror(reflecting: self).children.compactMap { child -> String? in
            guard let label = child.label else { return nil }
            if let list = child.value as? [Any] {
                return list.isEmpty ? nil : "\(label) (\(list.count)): \(list.prefix(8).map { "\($0)" }.joined(separator: " "))"
            }
            if let number = child.value as? Int { return number == 0 ? nil : "\(label): \(number)" }
            return (child.value as? String).map { "\(label): \($0)" }
        }
        return all.isEmpty ? "nothing" : all.joined(separator: "; ")
    }
}

package import Model

/// In what two decisions about one event differ.
package struct DecisionDifference: Sendable, Hashable {
    /// One rule's actions of one kind.
    package struct Row: Sendable, Hashable {
        package var rule: String
        package var action: ActionKind
    }

    package struct Change: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Planned now, and not before.
        package static let gained = Change(rawValue: 1)
        /// Planned before, and not now.
        package static let lost = Change(rawValue: 2)
        /// Planned before and now, with another value or delay.
        package static let changed = Change(rawValue: 4)
        /// Observed, suppressed or unsupported otherwise than before.
        package static let heldBack = Change(rawValue: 8)
    }

    /// What differs, by rule and action. Empty when the same is done by rules of other ids, or in another order.
    package private(set) var rows: [Row: Change] = [:]
    /// The ids that took the place of others, where the effects are the same one by one.
    package private(set) var renamed: [Renaming] = []
    /// The same entries in another order.
    package private(set) var isOrderOnly = false
    /// Kinds of which something is planned that was not planned before, whichever rule did it; a `route` to elsewhere too.
    package private(set) var newlyPlanned: Set<ActionKind> = []
    /// A reply was planned before, and none is now.
    package private(set) var losesReply = false

    package struct Renaming: Sendable, Hashable {
        package var before: String
        package var after: String
    }

    /// Nil when they are the same.
    package init?(_ before: [DecisionEntry], _ after: [DecisionEntry]) {
        guard before != after else { return nil }
        newlyPlanned = Self.newlyPlanned(before, after)
        losesReply = before.contains(where: \.isPlannedReply) && !after.contains(where: \.isPlannedReply)
        if before.count == after.count, zip(before, after).allSatisfy({ $0.doesSame(as: $1) }) {
            for (old, new) in zip(before, after) where old.rule != new.rule {
                let renaming = Renaming(before: old.rule, after: new.rule)
                if !renamed.contains(renaming) { renamed.append(renaming) }
            }
            return
        }
        compareRows(before, after)
        isOrderOnly = rows.isEmpty
    }

    private mutating func compareRows(_ before: [DecisionEntry], _ after: [DecisionEntry]) {
        let old = Dictionary(grouping: before) { Row(rule: $0.rule, action: $0.action.kind) }
        let new = Dictionary(grouping: after) { Row(rule: $0.rule, action: $0.action.kind) }
        for row in Set(old.keys).union(new.keys) {
            let change = Self.change(old[row] ?? [], new[row] ?? [])
            if !change.isEmpty { rows[row] = change }
        }
    }

    private static func change(_ before: [DecisionEntry], _ after: [DecisionEntry]) -> Change {
        guard before != after else { return [] }
        let (old, new) = (before.filter(\.isPlanned), after.filter(\.isPlanned))
        var change: Change = []
        if new.count > old.count { change.insert(.gained) }
        if old.count > new.count { change.insert(.lost) }
        if zip(old, new).contains(where: { $0 != $1 }) { change.insert(.changed) }
        if change.isEmpty { change.insert(.heldBack) }
        return change
    }

    private static func newlyPlanned(_ before: [DecisionEntry], _ after: [DecisionEntry]) -> Set<ActionKind> {
        var left = before.filter(\.isPlanned)
        var kinds: Set<ActionKind> = []
        for entry in after where entry.isPlanned {
            if let index = left.firstIndex(where: { $0.isSameStep(as: entry) }) {
                left.remove(at: index)
            } else {
                kinds.insert(entry.action.kind)
            }
        }
        return kinds
    }
}

extension DecisionEntry {
    fileprivate var isPlannedReply: Bool { isPlanned && action.kind == .reply }

    /// Whether one takes the other's place: of one kind, and of a route, to one destination.
    fileprivate func isSameStep(as other: DecisionEntry) -> Bool {
        if case .route = action { return action == other.action }
        return action.kind == other.action.kind
    }
}

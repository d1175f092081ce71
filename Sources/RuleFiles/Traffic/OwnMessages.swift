package import Model
import Rules

/// Messages that decisions would have sent: the traffic shows them as messages of somebody else.
package struct OwnMessages: Sendable {
    private var ids: Set<IDDigest> = []
    private let ownID: @Sendable (Effect) -> String

    /// - Parameter ownID: by which a vendor shows what an effect makes.
    package init(ownID: @escaping @Sendable (Effect) -> String) { self.ownID = ownID }

    package mutating func note(_ decision: Decision) {
        for effect in decision.effects where effect.status == .planned { ids.insert(IDDigest(ownID(effect))) }
    }

    /// Notes those of a decision that are not another's too: most are, and an id is costly.
    mutating func note(_ decision: Decision, without other: Decision) {
        for effect in decision.effects where effect.status == .planned {
            if other.effects.contains(where: { $0.key == effect.key && $0.status == .planned }) { continue }
            ids.insert(IDDigest(ownID(effect)))
        }
    }

    /// The event, as Bellhop's own when it is.
    package func marked(_ event: Event) -> Event {
        guard event.mayBeOwn, !ids.isEmpty else { return event }
        let isOwn = [event.message?.id, event.message?.clientID].contains { $0.map { ids.contains(IDDigest($0)) } ?? false }
        return isOwn ? event.markedAsOwn() : event
    }
}

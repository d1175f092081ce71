import Synchronization

/// How many bytes of bodies may be held at once, over all connections.
final class BodyBudget: Sendable {
    private let limit: Int
    private let held = Atomic(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// False, and nothing taken, when that many would be too many.
    func take(_ bytes: Int) -> Bool {
        let (_, sum) = held.add(bytes, ordering: .relaxed)
        guard sum > limit else { return true }
        giveBack(bytes)
        return false
    }

    func giveBack(_ bytes: Int) {
        held.subtract(bytes, ordering: .relaxed)
    }
}

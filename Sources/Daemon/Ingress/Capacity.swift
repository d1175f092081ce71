import Synchronization

/// How much of something may be held at once: bytes of bodies, webhooks that wait for the disk.
final class Capacity: Sendable {
    let limit: Int
    private let taken = Atomic(0)

    init(limit: Int) {
        self.limit = limit
    }

    var held: Int { taken.load(ordering: .relaxed) }

    /// False, and nothing taken, when that many would be too many.
    func take(_ amount: Int) -> Bool {
        let (_, sum) = taken.add(amount, ordering: .relaxed)
        guard sum > limit else { return true }
        giveBack(amount)
        return false
    }

    func giveBack(_ amount: Int) {
        taken.subtract(amount, ordering: .relaxed)
    }

    /// Whether that much more would be too much.
    func isReached(adding amount: Int = 1) -> Bool { amount > limit - held }

    /// Four fifths of it or more are taken.
    var isHigh: Bool { held.isHigh(of: limit) }
}

extension Int {
    /// Four fifths of a limit or more: from there on connections are not kept.
    func isHigh(of limit: Int) -> Bool { self >= limit - limit / 5 }
}

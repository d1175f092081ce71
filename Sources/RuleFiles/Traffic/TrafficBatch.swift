package import Model

/// Events of some webhooks, in the order in which they stand in the traffic.
package struct TrafficBatch: Sendable {
    private let pieces: [[TrafficEvent]]
    /// Of each event its number in the traffic; nil for one that was told before. Apart from the events, which are large and
    /// are not copied.
    private let numbers: [[Int?]]
    /// False when a clock stands still, and no timer comes up.
    private let hasTimers: Bool

    /// - Parameters:
    ///   - known: the events of the traffic so far; those of the batch are added. A repeated event is counted and does nothing.
    ///   - count: takes how many there are.
    package init(_ pieces: [[TrafficEvent]], hasTimers: Bool, known: inout Set<IDDigest>, count: inout TrafficCount) {
        self.pieces = pieces
        self.hasTimers = hasTimers
        var numbers: [[Int?]] = []
        for piece in pieces {
            numbers.append(
                piece.indices.map { index in
                    guard known.insert(piece[index].identity).inserted else {
                        count.duplicates += 1
                        return nil
                    }
                    count.events += 1
                    return count.events - 1
                })
        }
        self.numbers = numbers
    }

    package var isEmpty: Bool { pieces.isEmpty }

    /// Gives a lane its events.
    /// - Parameter passed: the latest time since the lane's last event; carried from one batch to the next.
    package func feed<Lane: TrafficLane>(_ number: Int, _ lane: inout Lane, passed: inout Instant?) {
        for (piece, numbers) in zip(pieces, numbers) {
            for index in piece.indices {
                // Time goes on by repeated events too.
                let time = piece[index].event.occurredAt
                if hasTimers { passed = passed.map { max($0, time) } ?? time }
                guard piece[index].lane == number, let place = numbers[index] else { continue }
                lane.take(piece[index], number: place, passed: passed)
                passed = nil
            }
        }
    }
}

/// How many calls of one account may run at the same time. It begins with 2; N successes at N make it N + 1; N calls that
/// reach nobody make it N − 1; never below 1.
///
/// So does Postfix (`default_destination_concurrency_positive_feedback = 1/concurrency`, and the negative one).
package struct AdaptiveConcurrency: Sendable, Hashable {
    private var level: Double
    private let maximum: Int

    /// - Parameter maximum: at least 1; what is less counts as 1.
    package init(maximum: Int = 8) {
        self.maximum = max(1, maximum)
        level = min(2, Double(self.maximum))
    }

    package var limit: Int { max(1, Int((level + 1e-6).rounded(.down))) }

    package mutating func succeeded() { level = min(Double(maximum), level + 1 / Double(limit)) }

    /// Nobody was there, or nobody answered.
    package mutating func failed() { level = max(1, level - 1 / Double(limit)) }

    /// The other side said that it is too much: one at a time, and grow again.
    package mutating func warned() { level = 1 }
}

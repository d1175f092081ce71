/// What deciding an event really tried, in its own order and with its own short cuts: what the coverage of tests counts.
///
/// Places are those of keys: of a condition's line, or of one key of its matcher. What was tried only to explain is not in it.
package struct Evaluations: Sendable, Hashable {
    /// How often something that was tried held, and how often it did not.
    package struct Outcomes: Sendable, Hashable {
        package var held: Int
        package var failed: Int

        package init(held: Int = 0, failed: Int = 0) {
            self.held = held
            self.failed = failed
        }

        package var tried: Int { held + failed }
    }

    /// Conditions and keys of matchers, by their places. What ran into a limit is neither.
    package var lines: [SourcePosition: Outcomes] = [:]
    /// How often each rule was tried, by id.
    package var rules: [String: Int] = [:]
    /// How often a flow went on by each way, by the way's place.
    package var ways: [SourcePosition: Int] = [:]
    /// The schedules that were looked at, and whether they were open.
    package var schedules: [String: Bool] = [:]

    package init() {}

    package mutating func note(_ at: SourcePosition, holds: Bool) {
        if holds { lines[at, default: Outcomes()].held += 1 } else { lines[at, default: Outcomes()].failed += 1 }
    }
}

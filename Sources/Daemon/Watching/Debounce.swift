/// When to look at files that somebody may be writing: once nothing has happened to them for a while, and at the latest some
/// time after the first change, since some never stop. A value without a clock; all times are of one that never goes back.
package struct Debounce: Sendable, Hashable {
    /// How long nothing must have happened.
    package let quiet: Duration
    /// How long after the first change it is looked at whatever happens.
    package let longest: Duration
    private var first: Duration?
    private var last: Duration?

    /// Editors and `git pull` need some steps, and are done long before ten times the quiet time.
    package init(quiet: Duration) {
        self.quiet = quiet
        longest = quiet * 10
    }

    /// Something happened.
    package mutating func note(at now: Duration) {
        first = first ?? now
        last = now
    }

    /// When to look; nil while nothing happened since the last time.
    package var due: Duration? {
        guard let first, let last else { return nil }
        return min(last + quiet, first + longest)
    }

    /// True when it is time; then it begins anew.
    package mutating func take(at now: Duration) -> Bool {
        guard let due, due <= now else { return false }
        first = nil
        last = nil
        return true
    }
}

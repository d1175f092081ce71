/// What became of a match.
package enum PatternOutcome: Hashable, Sendable {
    case match(Captures)
    case noMatch
    /// The match was given up; whether the text matches is not known.
    case limitExceeded(LimitKind)
}

/// Which limit a match ran into.
package enum LimitKind: String, Hashable, Sendable, CaseIterable {
    case match, heap, time, depth
}

/// The text of the groups of a match.
package struct Captures: Hashable, Sendable {
    /// By group number; 0 is the whole match. nil for a group that took no part in the match.
    package let numbered: [String?]
    /// By name; names whose groups took no part in the match are absent. Of several groups of a name the first that took
    /// part counts.
    package let named: [String: String]

    package init(numbered: [String?], named: [String: String]) {
        self.numbered = numbered
        self.named = named
    }
}

/// What one match may use up. A pattern can lower the limits by `(*LIMIT_MATCH=…)` and the like, never raise them.
package struct MatchLimits: Hashable, Sendable {
    /// Steps of the matcher, counted anew for each start in the text.
    package var match: UInt32
    package var depth: UInt32
    /// Memory for backtracking.
    package var heapKiB: UInt32
    package var time: Duration
    /// How much of the text is looked at, cut before the character that would cross it. `$` does not match at the cut.
    package var subjectBytes: Int

    package init(
        match: UInt32 = 100_000, depth: UInt32 = 100_000, heapKiB: UInt32 = 8192, time: Duration = .milliseconds(50),
        subjectBytes: Int = 8192
    ) {
        self.match = match
        self.depth = depth
        self.heapKiB = heapKiB
        self.time = time
        self.subjectBytes = subjectBytes
    }

    package static let standard = MatchLimits()

    /// Whether only the beginning of the text is looked at.
    package func cuts(_ text: String) -> Bool {
        text.utf8.count > subjectBytes
    }
}

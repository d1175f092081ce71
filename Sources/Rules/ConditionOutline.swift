package import Model

/// A line of a `when` as it is written: its key, its place, and the lines and keys inside of it that hold or fail by themselves.
package struct ConditionOutline: Sendable, Hashable {
    /// `text`, `outside`, `any`; of a part of a matcher its key: `regex`.
    package var key: String
    /// Of the key.
    package var at: SourcePosition
    /// The schedule that it looks at.
    package var schedule: Schedule?
    /// Of a condition on a schedule: true for `inside`.
    package var wantsOpen: Bool
    /// Lines of a group, or keys of a matcher where it has several.
    package var parts: [ConditionOutline]

    package init(
        key: String, at: SourcePosition, schedule: Schedule? = nil, wantsOpen: Bool = false, parts: [ConditionOutline] = []
    ) {
        self.key = key
        self.at = at
        self.schedule = schedule
        self.wantsOpen = wantsOpen
        self.parts = parts
    }

    /// Itself and everything inside of it, in the order written.
    package var all: [ConditionOutline] { [self] + parts.flatMap(\.all) }
}

extension TextMatcher {
    /// Its keys; none where there is only one, which is the line itself.
    var parts: [ConditionOutline] {
        tests.count > 1 ? tests.map { ConditionOutline(key: $0.key, at: $0.at) }.inOrder : []
    }
}

extension FieldMatcher {
    /// Its keys, as of a text matcher, and those behind a `not`.
    var parts: [ConditionOutline] {
        guard case .tests(let tests) = self else { return [] }
        let inner = tests.map { test in
            if case .not(let matcher) = test.demand {
                ConditionOutline(key: test.key, at: test.at, parts: matcher.parts)
            } else {
                ConditionOutline(key: test.key, at: test.at)
            }
        }
        return (tests.count > 1 ? inner : inner.flatMap(\.parts)).inOrder
    }
}

extension [ConditionOutline] {
    fileprivate var inOrder: [ConditionOutline] { sorted { $0.at < $1.at } }
}

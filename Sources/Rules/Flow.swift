package import Matching
package import Model

/// A dialogue of several steps, checked and compiled.
package struct Flow: Sendable {
    package var id: String
    package var at: SourcePosition
    /// The first step's name.
    package var start: String
    /// A flow that nobody answers ends so long after the last answer understood.
    package var expires: Duration
    package var steps: [String: FlowStep]

    /// Nobody wants to be asked again for the number of an order that they wanted to know of last month.
    package static let defaultExpiry = Duration.seconds(7 * 86_400)

    /// - Parameter expires: nil for the default.
    package init(id: String, at: SourcePosition, start: String, expires: Duration?, steps: [String: FlowStep]) {
        self.id = id
        self.at = at
        self.start = start
        self.expires = expires ?? Self.defaultExpiry
        self.steps = steps
    }
}

/// One step: runs `say`, then `actions`; then waits when it has choices or expectations, else goes on by `next`, else ends.
package struct FlowStep: Sendable {
    package var name: String
    package var at: SourcePosition
    package var say: RuleAction?
    package var actions: [RuleAction]
    package var choices: [FlowChoice]
    package var expectations: [FlowExpectation]
    package var otherwise: FlowOtherwise?
    package var timeout: FlowTimeout?
    /// Tried in order; the first whose `when` holds is taken.
    package var next: [FlowBranch]
    package var isEnd: Bool

    package init(
        name: String, at: SourcePosition, say: RuleAction? = nil, actions: [RuleAction] = [], choices: [FlowChoice] = [],
        expectations: [FlowExpectation] = [], otherwise: FlowOtherwise? = nil, timeout: FlowTimeout? = nil,
        next: [FlowBranch] = [], isEnd: Bool = false
    ) {
        self.name = name
        self.at = at
        self.say = say
        self.actions = actions
        self.choices = choices
        self.expectations = expectations
        self.otherwise = otherwise
        self.timeout = timeout
        self.next = next
        self.isEnd = isEnd
    }

    /// Every condition of the step, of its expectations and of its branches.
    package var conditions: [any Condition] { expectations.flatMap(\.when) + next.flatMap(\.when) }

    package var waits: Bool { !choices.isEmpty || !expectations.isEmpty }

    /// Every step that this one can lead to.
    package var targets: [String] {
        choices.map(\.next) + expectations.map(\.next) + next.map(\.step) + [otherwise?.next, timeout?.next].compactMap(\.self)
    }
}

package struct FlowChoice: Sendable {
    package var at: SourcePosition
    package var label: Template
    /// Anywhere in the message.
    package var keywords: [Keyword]
    package var set: (any ActionTemplate)?
    package var next: String

    package init(at: SourcePosition, label: Template, keywords: [Keyword], set: (any ActionTemplate)?, next: String) {
        self.at = at
        self.label = label
        self.keywords = keywords
        self.set = set
        self.next = next
    }
}

package struct FlowExpectation: Sendable {
    package var at: SourcePosition
    package var when: [any Condition]
    package var set: (any ActionTemplate)?
    package var next: String

    package init(at: SourcePosition, when: [any Condition], set: (any ActionTemplate)?, next: String) {
        self.at = at
        self.when = when
        self.set = set
        self.next = next
    }
}

/// What is said to an answer that is not understood, at most `times` times; the next miss goes to `next`.
package struct FlowOtherwise: Sendable {
    /// Of the key.
    package var at: SourcePosition
    /// Of the key `next`.
    package var nextAt: SourcePosition?
    package var say: RuleAction?
    package var times: Int
    package var next: String?

    package init(at: SourcePosition, say: RuleAction?, times: Int, next: String?, nextAt: SourcePosition?) {
        self.at = at
        self.nextAt = nextAt
        self.say = say
        self.times = times
        self.next = next
    }
}

package struct FlowTimeout: Sendable, Hashable {
    /// Of the key.
    package var at: SourcePosition
    package var after: Duration
    package var next: String

    package init(at: SourcePosition, after: Duration, next: String) {
        self.at = at
        self.after = after
        self.next = next
    }
}

package struct FlowBranch: Sendable {
    package var at: SourcePosition
    /// Empty: always taken.
    package var when: [any Condition]
    package var step: String

    package init(at: SourcePosition, when: [any Condition], step: String) {
        self.at = at
        self.when = when
        self.step = step
    }
}

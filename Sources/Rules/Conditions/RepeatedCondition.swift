package import Model

/// `repeated:`: how often the customer has written lately.
package struct RepeatedCondition: Condition, HistoryCondition {
    private let times: Int
    private let window: Duration
    private let at: SourcePosition

    /// What a conversation's state has to remember grows with it.
    private static let mostTimes = 1000

    package static let reference = Reference(
        key: "repeated", value: "`{ times: N, within: DURATION }`",
        meaning: "the message is at least the N-th of the customer in this conversation within that time, itself counted; a "
            + "message exactly that old no longer counts",
        example: "repeated: { times: 3, within: 10m }")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        let keys = ["times", "within"]
        guard let entries = scope.mapping(value, known: keys, required: keys, what: "`repeated`") else { return nil }
        let times = entries["times"].flatMap { scope.integer($0.value, in: 1...RepeatedCondition.mostTimes) }
        let window = entries["within"].flatMap { scope.duration($0.value) }
        guard let times, let window else { return nil }
        self.times = times
        self.window = window
        at = key.keyAt
    }

    package func demand(_ history: inout MessageHistory) {
        // The message being decided is counted without being remembered.
        history.count = max(history.count, times - 1)
        history.window = max(history.window, window)
    }

    package var formula: Formula {
        .demand(EventDemand(.history, .repeated(times: times, within: window), at: at, condition: "repeated"))
    }

    package var outline: ConditionOutline { ConditionOutline(key: "repeated", at: at) }

    package func holds(_ subject: Subject) -> Bool { count(subject) >= times }

    package func trace(_ subject: Subject) -> ConditionTrace {
        ConditionTrace(
            condition: "repeated", at: at,
            wanted: ["times": .integer(Int64(times)), "within_seconds": .integer(window.wholeMilliseconds / 1000)],
            actual: .integer(Int64(count(subject))),
            hint: subject.isCustomerMessage
                ? "\(count(subject)) of \(times) messages within \(window.ruleText)" : "the event is no message of the customer")
    }

    /// Customer messages within the window before now, this one included; 0 for another event.
    private func count(_ subject: Subject) -> Int {
        guard subject.isCustomerMessage else { return 0 }
        return 1 + subject.state.customerMessages.count { subject.now.since($0) < window }
    }
}

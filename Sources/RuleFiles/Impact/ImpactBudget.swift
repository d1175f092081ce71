package import Model

/// How much a change of rules may change.
package struct ImpactBudget: Sendable, Hashable {
    package var maxChanged: Limit?
    /// Kinds of actions of which nothing may be newly planned.
    package var forbidden: [ActionKind]

    package enum Limit: Sendable, Hashable {
        case events(Int)
        /// Of all events that were compared; as it was written, and what it is.
        case percent(String, Double)

        /// `25` or `0.5%`; nil for anything else.
        package init?(_ text: String) {
            if text.hasSuffix("%") {
                let digits = text.dropLast()
                guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E }),
                    let share = Double(digits), share.isFinite, share <= 100
                else { return nil }
                self = .percent(text, share)
            } else {
                guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(text) else {
                    return nil
                }
                self = .events(count)
            }
        }

        package var text: String {
            switch self {
            case .events(let count): String(count)
            case .percent(let text, _): text
            }
        }

        func permits(_ changed: Int, of compared: Int) -> Bool {
            switch self {
            case .events(let limit): changed <= limit
            // A hair's breadth for what binary fractions make of 0.1 %.
            case .percent(_, let share): Double(changed) * 100 <= share * Double(compared) * (1 + 1e-12)
            }
        }
    }

    package init(maxChanged: Limit? = nil, forbidden: [ActionKind] = []) {
        self.maxChanged = maxChanged
        self.forbidden = forbidden
    }

    /// Each sentence tells one thing that is over budget; none when all is within.
    package func excesses(of tally: ImpactTally) -> [String] {
        var excesses: [String] = []
        if let maxChanged, !maxChanged.permits(tally.changed, of: tally.compared) {
            excesses.append(
                "\(tally.changed) of \(tally.compared) events (\(ImpactReport.percent(tally))) are decided differently, "
                    + "at most \(maxChanged.text) may be")
        }
        for kind in forbidden {
            guard let count = tally.newlyPlanned[kind], count > 0 else { continue }
            excesses.append("`\(kind.rawValue)` is newly planned on \(count) \(count == 1 ? "event" : "events"), and forbidden")
        }
        return excesses
    }
}

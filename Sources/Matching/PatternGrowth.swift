/// How the work of a regular expression grows with a text, where that makes it fail on a message that a customer could send.
package struct PatternGrowth: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A few more characters multiply the work.
        case exponential
        /// Twice the text, `factor` times the work: about 4 for a square, 8 for a cube.
        case polynomial(factor: Double)
    }

    package let kind: Kind
    /// A text that runs into a limit, so that a rule with the expression does not hold.
    package let text: String
    /// What is repeated in it.
    package let pump: String

    /// In characters. Of a longer message no more is looked at.
    private static let longest = MatchLimits.standard.subjectBytes
    /// In characters, of the texts that are measured.
    private static let longestMeasured = 1000
    /// More steps than a decision has time for, on any machine: twice what a fast one makes in the limit of time.
    private static let tooManySteps = 4_000_000.0
    /// Of one measurement, and of all: so that a check of many rules stays fast.
    private static let measuredSteps = 40_000
    private static let stepBudget = 200_000

    /// Nil when no text was found, by trying each repeated part: that is no proof that there is none. Of several texts the
    /// shortest. The same on every machine: steps are counted, not time. Next to nothing for an expression without repetition.
    package init?(of pattern: Pattern) {
        var budget = Self.stepBudget
        var shortest: PatternGrowth?
        for pump in PatternSamples(of: pattern).pumps {
            guard budget > 0 else { break }
            guard let (kind, text) = Self.growth(pattern, pump, &budget) else { continue }
            if let shortest, shortest.text.utf8.count <= text.utf8.count { continue }
            shortest = PatternGrowth(kind: kind, text: text, pump: pump.pump)
        }
        guard let shortest else { return nil }
        self = shortest
    }

    private init(kind: Kind, text: String, pump: String) {
        self.kind = kind
        self.text = text
        self.pump = pump
    }

    private static func growth(
        _ pattern: Pattern, _ pump: PatternSamples.Pump, _ budget: inout Int
    ) -> (kind: Kind, text: String)? {
        func steps(_ times: Int) -> Int? {
            let limit = min(budget, measuredSteps)
            let steps = pattern.steps(in: pump.text(times: times), atMost: limit)
            budget -= steps ?? limit
            return steps
        }
        // A square grows fourfold from 8 to 16, a fourth power sixteenfold; two ways at each of 8 places are 256-fold.
        guard let few = steps(8), let some = steps(16), some <= few * 24 else {
            return shortestOverLimit(pattern, pump).map { (kind: Kind.exponential, text: $0) }
        }
        var measured = [(times: 16, steps: some)]
        for times in [32, 64, 128, 256] where pump.text(times: times).unicodeScalars.count <= longestMeasured {
            guard let count = steps(times) else { break }
            measured.append((times: times, steps: count))
        }
        guard let last = measured.last, let before = measured.dropLast().last, before.steps > 0 else { return nil }
        let factor = Double(last.steps) / Double(before.steps)
        return shortestTooSlow(pump, factor, from: last).map { (kind: Kind.polynomial(factor: factor), text: $0) }
    }

    /// The shortest of some lengths that runs into the limit of a match, which a decision has too.
    private static func shortestOverLimit(_ pattern: Pattern, _ pump: PatternSamples.Pump) -> String? {
        [16, 24, 32, 48, 64, 128].lazy.compactMap { made(of: pump, length: $0) }.first { pattern.exceedsMatchLimit(on: $0) }
    }

    /// The shortest of some lengths that takes too many steps, going on as it grew so far.
    private static func shortestTooSlow(
        _ pump: PatternSamples.Pump, _ factor: Double, from last: (times: Int, steps: Int)
    ) -> String? {
        guard factor >= 3 else { return nil }
        let unit = max(1, pump.pump.unicodeScalars.count)
        return [125, 250, 500, 1000, 2000, 4000, longest].lazy.compactMap { length -> String? in
            var times = last.times
            var steps = Double(last.steps)
            while times * unit * 2 <= length {
                times *= 2
                steps *= factor
            }
            return steps >= tooManySteps ? made(of: pump, length: length) : nil
        }.first
    }

    private static func made(of pump: PatternSamples.Pump, length: Int) -> String? {
        let fixed = pump.text(times: 0).unicodeScalars.count
        let times = (length - fixed) / max(1, pump.pump.unicodeScalars.count)
        let text = pump.text(times: times)
        return times > 1 && !MatchLimits.standard.cuts(text) ? text : nil
    }
}

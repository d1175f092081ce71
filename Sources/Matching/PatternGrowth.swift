/// How the work of a regular expression grows with a text, where that makes it fail on a message that a customer could send.
package struct PatternGrowth: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A few more characters multiply the work.
        case exponential
        /// Twice the text, `factor` times the work: about 4 for a square, 8 for a cube.
        case polynomial(factor: Double)
    }

    package let kind: Kind
    /// A text that runs into the limits, so that a rule with the expression does not hold.
    package let text: String
    /// What is repeated in it.
    package let pump: String

    /// In characters: a message longer than this is nobody's question.
    package static let plausibleLength = 1000
    /// Items tried in all, so that a check of many rules stays fast.
    private static let stepBudget = 400_000

    /// Nil when no text was found, by trying each repeated part: that is no proof that there is none. The same on every
    /// machine. Costs a few milliseconds, and next to nothing for an expression without repetition.
    package init?(of pattern: Pattern) {
        var budget = Self.stepBudget
        for pump in PatternSamples(of: pattern).pumps {
            guard budget > 0 else { return nil }
            guard let kind = Self.kind(pattern, pump, &budget), let text = Self.text(pattern, pump, kind) else { continue }
            self.kind = kind
            self.text = text
            self.pump = pump.pump
            return
        }
        return nil
    }

    private static func kind(_ pattern: Pattern, _ pump: PatternSamples.Pump, _ budget: inout Int) -> Kind? {
        func steps(_ times: Int) -> Int? {
            let steps = pattern.steps(in: pump.text(times: times), atMost: min(budget, 60_000))
            budget -= steps ?? min(budget, 60_000)
            return steps
        }
        // A square grows fourfold from 8 to 16, a fourth power sixteenfold; two ways at each of 8 places are 256-fold.
        guard let few = steps(8) else { return .exponential }
        guard let some = steps(16) else { return .exponential }
        if some > few * 24 { return .exponential }
        let length = max(1, pump.pump.unicodeScalars.count)
        let times = max(16, 128 / length)
        guard let many = steps(times), many > 0 else { return .polynomial(factor: 8) }
        guard let more = steps(times * 2) else { return .polynomial(factor: 8) }
        let factor = Double(more) / Double(many)
        return factor >= 3 ? .polynomial(factor: factor) : nil
    }

    /// The shortest of some lengths that runs into the limits.
    private static func text(_ pattern: Pattern, _ pump: PatternSamples.Pump, _ kind: Kind) -> String? {
        let lengths =
            kind == .exponential ? [12, 16, 20, 24, 28, 32, 48, 64, 128] : [32, 64, 128, 256, 384, 512, 768, 1000]
        for length in lengths {
            let fixed = pump.text(times: 0).unicodeScalars.count
            let times = (length - fixed) / max(1, pump.pump.unicodeScalars.count)
            guard times > 1 else { continue }
            let text = pump.text(times: times)
            if pattern.exceedsLimits(on: text) { return text }
        }
        return nil
    }
}

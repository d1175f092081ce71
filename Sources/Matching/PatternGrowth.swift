#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

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

    /// In characters: whoever sends a longer message means harm. A text that is not longer was tried; of a longer one it is
    /// reckoned.
    package static let plausibleLength = 1000
    /// More steps than a decision has time for, on any machine: twice what a fast one makes in the limit of time.
    package static let tooManySteps = 4_000_000

    /// Nil when no text was found, by trying each repeated part: that is no proof that there is none. Of several texts the
    /// shortest, as far as it can be told beforehand. The same on every machine: steps are counted, not time. Next to nothing
    /// for an expression without repetition.
    package init?(of pattern: Pattern) {
        var budget = GrowthCurve.stepBudget
        let suspects = PatternSamples(of: pattern).pumps.compactMap { Suspect(pattern, $0) }.sorted { $0.rise > $1.rise }
        let curves = suspects.compactMap { GrowthCurve(pattern, $0.pump, &budget) }
        guard let found = Self.tried(curves, pattern) ?? Self.reckoned(curves) else { return nil }
        self = found
    }

    private init(_ curve: GrowthCurve, _ text: String) {
        kind = curve.isExponential ? .exponential : .polynomial(factor: curve.factor)
        self.text = text
        pump = curve.pump.pump
    }

    /// Steps of all texts that are tried, and then one more text.
    private static let trialBudget = 2 * tooManySteps
    /// Of one length.
    private static let mostTries = 3

    private static func tried(_ curves: [GrowthCurve], _ pattern: Pattern) -> PatternGrowth? {
        var budget = trialBudget
        for length in [16, 24, 32, 48, 64, 96, 125, 250, 500, plausibleLength] {
            for curve in curves.filter({ $0.isTooSlow(length) }).prefix(mostTries) where budget > 0 {
                guard let text = curve.text(length: length) else { continue }
                switch pattern.effort(on: text, atMost: tooManySteps) {
                case .finished(let effort): budget -= effort.steps
                case .overLimit: if curve.isSteepOfAStart { return PatternGrowth(curve, text) }
                case .tooManySteps: return PatternGrowth(curve, text)
                }
            }
        }
        return nil
    }

    private static func reckoned(_ curves: [GrowthCurve]) -> PatternGrowth? {
        for length in [2000, 4000, MatchLimits.standard.subjectBytes] {
            for curve in curves where curve.isTooSlow(length) {
                if let text = curve.text(length: length), text.unicodeScalars.count > plausibleLength {
                    return PatternGrowth(curve, text)
                }
            }
        }
        return nil
    }
}

/// A text whose work grows faster than its length.
private struct Suspect {
    let pump: PatternSamples.Pump
    /// How often the work from 4 to 8 repetitions is that from 8 to 16: 2 where it grows with the length, 4 with its square.
    let rise: Double

    private static let leastRise = 2.3
    private static let mostSteps = 5_000

    init?(_ pattern: Pattern, _ pump: PatternSamples.Pump) {
        self.pump = pump
        func steps(_ times: Int) -> Int? {
            let text = pump.text(times: times)
            guard case .finished(let effort) = pattern.effort(on: text, atMost: Self.mostSteps) else { return nil }
            return effort.steps
        }
        guard let few = steps(4), let some = steps(8), let many = steps(16) else {
            rise = .infinity
            return
        }
        rise = Double(many - some) / Double(max(1, some - few))
        if rise < Self.leastRise { return nil }
    }
}

/// How the work grew as far as it was measured, and how it goes on.
private struct GrowthCurve {
    let pump: PatternSamples.Pump
    let isExponential: Bool
    private let calls: Course
    /// Apart, for where the text is short they are few, and where it is long they may be most of the work.
    private let bytes: Course
    private let mostOfAStart: Course
    private let lastTimes: Int

    private struct Point {
        let times: Int
        let effort: PatternEffort
    }

    /// What was counted last, and how many times that for half as much it is.
    private struct Course {
        let last: Double
        let factor: Double

        init(_ half: Point, _ last: Point, _ count: (PatternEffort) -> Int) {
            self.last = Double(max(1, count(last.effort)))
            factor = self.last / Double(max(1, count(half.effort)))
        }
    }

    /// Of one measurement, and of all of an expression: so that a check of many rules stays fast.
    private static let mostSteps = 20_000
    static let stepBudget = 200_000
    /// Any three in a row reach from a number to its double.
    private static let repetitions = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]
    /// What takes too many steps for a measurement with more than so many grows fast enough.
    private static let fewRepetitions = 8
    /// The limit of a start counts other steps too: with this many it may be met.
    private static let manyOfAStart = 30_000.0
    /// And with this many it is.
    private static let tooManyOfAStart = 200_000.0

    init?(_ pattern: Pattern, _ pump: PatternSamples.Pump, _ budget: inout Int) {
        let points = Self.points(pattern, pump, &budget)
        guard points.count >= 3, let last = points.last else { return nil }
        let (middle, half) = (points[points.count - 2], points[points.count - 3])
        self.pump = pump
        lastTimes = last.times
        calls = Course(half, last, \.calls)
        bytes = Course(half, last, \.bytes)
        mostOfAStart = Course(half, last, \.mostOfAStart)
        let isShort = last.times <= Self.fewRepetitions
        isExponential = calls.factor >= 100 || (isShort || calls.factor >= 10) && Self.isStraight(half, middle, last)
        if calls.factor < 3, mostOfAStart.factor < 3 { return nil }
    }

    private static func points(_ pattern: Pattern, _ pump: PatternSamples.Pump, _ budget: inout Int) -> [Point] {
        var points: [Point] = []
        for times in repetitions where budget > 0 {
            let text = pump.text(times: times)
            guard text.unicodeScalars.count <= PatternGrowth.plausibleLength,
                case .finished(let effort) = pattern.effort(on: text, atMost: min(budget, mostSteps))
            else { break }
            budget -= effort.steps
            points.append(Point(times: times, effort: effort))
        }
        return points
    }

    /// The logarithm of an exponential goes up evenly, that of a power ever less.
    private static func isStraight(_ half: Point, _ middle: Point, _ last: Point) -> Bool {
        func slope(_ from: Point, _ to: Point) -> Double {
            log(Double(to.effort.calls) / Double(max(1, from.effort.calls))) / Double(to.times - from.times)
        }
        return slope(middle, last) >= slope(half, middle) * 0.88
    }

    /// How many times the work twice a text of a plausible length is.
    var factor: Double { steps(2 * PatternGrowth.plausibleLength) / steps(PatternGrowth.plausibleLength) }

    /// Reckoned; for a plausible length so that it is worth trying.
    func isTooSlow(_ length: Int) -> Bool {
        let most = reckoned(mostOfAStart, length)
        let isOverall = steps(length) >= Double(PatternGrowth.tooManySteps)
        if length > PatternGrowth.plausibleLength { return isOverall || most >= Self.tooManyOfAStart }
        return isSteepOfAStart ? isOverall || most >= Self.manyOfAStart : isOverall && most < Self.tooManyOfAStart
    }

    /// Many good expressions grow with the square at one start, as `^\S+@\S+$` does, and reach its limit with a few hundred
    /// characters that nobody would send: they are told only of a long text.
    var isSteepOfAStart: Bool { mostOfAStart.factor >= 5 }

    private func steps(_ length: Int) -> Double {
        reckoned(calls, length) + reckoned(bytes, length) / Double(PatternEffort.stepBytes)
    }

    private func reckoned(_ course: Course, _ length: Int) -> Double {
        let times = Double(length) / Double(max(1, pump.pump.unicodeScalars.count))
        let growth = times / Double(lastTimes)
        // The last is twice the half, so what goes up evenly has this factor for each half of the last.
        return course.last * pow(course.factor, isExponential ? 2 * (growth - 1) : log2(max(1, growth)))
    }

    func text(length: Int) -> String? {
        let limit = MatchLimits.standard.subjectBytes
        // At the greatest length it is bytes that count.
        func size(_ text: String) -> Int { length == limit ? text.utf8.count : text.unicodeScalars.count }
        let times = (length - size(pump.text(times: 0))) / max(1, size(pump.pump))
        let text = pump.text(times: times)
        return times > 1 && !MatchLimits.standard.cuts(text) ? text : nil
    }
}

/// Texts that a regular expression has much work with, made from its own parts: each repeated part often, and then something
/// that makes it fail.
///
/// Of an expression with syntax that is not read there are a few that fit many.
package struct PatternSamples: Sendable, Hashable {
    /// A text of any length: `before`, then `pump` so many times, then `after`.
    package struct Pump: Sendable, Hashable {
        package var before: String
        package var pump: String
        package var after: String

        package func text(times: Int) -> String { before + String(repeating: pump, count: max(0, times)) + after }
    }

    /// At most so many.
    package static let limit = 96

    /// Those that found most before: what a part itself matches, then what its neighbours match, and the rarer ends last. In
    /// each of these those of the innermost parts first.
    package let pumps: [Pump]

    package init(of pattern: Pattern) {
        var reader = SampleReader(pattern.source, caseExact: pattern.caseExact)
        guard let part = try? reader.read() else {
            pumps = Self.common
            return
        }
        let breaker = Self.breakers.first { !pattern.source.contains($0) } ?? "!"
        var repeated: [RepeatedPart] = []
        part.visit(SampleContext()) { repeated.append($0) }
        var found: [Pump] = []
        for round in [Self.own, Self.neighbouring, Self.ending] {
            for part in repeated {
                for pump in round(part, breaker) where found.count < Self.limit && !found.contains(pump) { found.append(pump) }
            }
        }
        pumps = found
    }

    /// Tried in turn as what a part does not match; none is invisible, for they are shown.
    static let breakers = ["!", "#", "~", "中", " ", "\n", "a", "1", "A"]

    private static let common: [Pump] = ["a", "1", " ", "a ", "1 ", "a1"].flatMap { pump in
        ["!!", "\n\n", ""].map { Pump(before: "", pump: pump, after: $0) }
    }
}

extension PatternSamples {
    private static func own(_ repeated: RepeatedPart, _ breaker: String) -> [Pump] {
        repeated.part.samples.prefix(4).flatMap { sample in
            failingEnds(repeated, breaker).map { Pump(before: repeated.context.before, pump: sample, after: $0) }
        }
    }

    /// `.*` takes the comma that comes after it too, and everything that was to come before it.
    private static func neighbouring(_ repeated: RepeatedPart, _ breaker: String) -> [Pump] {
        let context = repeated.context
        let ends = failingEnds(repeated, breaker)
        return [(context.before, context.right), (context.before, context.left), ("", context.before)].flatMap { before, pump in
            pump.isEmpty || pump.utf8.count > longestPump ? [] : ends.map { Pump(before: before, pump: pump, after: $0) }
        }
    }

    /// In bytes: what is longer stands in a message a few times at most.
    private static let longestPump = 64

    /// What is to come after it is cut, or does not come: PCRE2 looks for the last character beforehand, so that is there.
    private static func ending(_ repeated: RepeatedPart, _ breaker: String) -> [Pump] {
        let after = repeated.context.after
        let end = after.unicodeScalars.count > 1 ? after.unicodeScalars.suffix(1).map { String($0) }.joined() : ""
        return repeated.part.samples.prefix(4).map { Pump(before: repeated.context.before, pump: $0, after: end) }
    }

    /// What the part does not match, twice, for one may be taken by what follows; or something after the end, for a part that
    /// matches everything.
    private static func failingEnds(_ repeated: RepeatedPart, _ breaker: String) -> [String] {
        let after = repeated.context.after
        let refused = breakers.filter { !repeated.part.takes($0) }
        let own = refused.first { !after.contains($0) } ?? refused.first ?? breaker
        return [own + own + after, after + breaker]
    }
}

extension PatternSamples {
    /// Different texts that the expression matches, at most `count`; none where its syntax is not read, or no try matched.
    package static func matches(of pattern: Pattern, count: Int = 6) -> [String] {
        var reader = SampleReader(pattern.source, caseExact: pattern.caseExact)
        guard let part = try? reader.read() else { return [] }
        return matches(of: part, pattern, count)
    }

    /// The same for each way through the alternatives of the expression, `(a|b) c` having two, as far as there are few. Ways with
    /// classes of characters or repetition, which match much more than samples show, are left out.
    package static func branches(of pattern: Pattern, count: Int = 6) -> [[String]] {
        var reader = SampleReader(pattern.source, caseExact: pattern.caseExact)
        guard let part = try? reader.read() else { return [] }
        return part.branches.filter(\.isSpelledOut).map { matches(of: $0, pattern, count) }.filter { !$0.isEmpty }
    }

    private static func matches(of part: SamplePart, _ pattern: Pattern, _ count: Int) -> [String] {
        var texts: [String] = []
        for variant in 0..<(count * 3) where texts.count < count {
            let text = part.example(variant)
            // What is looked at around a match is not read, so each is tried.
            guard !texts.contains(text), case .match = pattern.firstMatch(in: text) else { continue }
            texts.append(text)
        }
        return texts
    }
}

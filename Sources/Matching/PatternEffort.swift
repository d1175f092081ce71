internal import CPCRE2

/// How much work a match was: a measure that no other work on the machine changes.
struct PatternEffort: Hashable {
    /// Items of the pattern that were tried: PCRE2 calls at each.
    var calls = 0
    /// Bytes of the text that items ran over: one that repeats a character does it without a call.
    var bytes = 0
    /// Steps of that start in the text that had most: a decision's limit is for each start.
    var mostOfAStart = 0

    var steps: Int { calls + bytes / Self.stepBytes }

    /// So many bytes run over are a step: fewer than take as long as a call, for the steps are to be surely too many.
    static let stepBytes = 32

    enum Measurement: Hashable {
        case finished(PatternEffort)
        /// A limit of a decision was met, other than that of time.
        case overLimit
        /// So many as were allowed.
        case tooManySteps
    }
}

extension Pattern {
    /// With the limits of a decision, except that of time.
    func effort(on text: String, atMost steps: Int) -> PatternEffort.Measurement {
        measurement(text, MatchLimits.standard, atMost: steps)
    }

    /// How many items of the pattern are tried on a text, where 32 characters that an item runs over count as another. Nil when
    /// it is more than `limit`.
    package func steps(in text: String, atMost limit: Int) -> Int? {
        let limits = MatchLimits(match: .max, depth: .max, heapKiB: 65536)
        guard case .finished(let effort) = measurement(text, limits, atMost: limit) else { return nil }
        return effort.steps
    }

    /// Whether a text runs into a limit of a decision other than that of time, which depends on the machine.
    package func exceedsMatchLimit(on text: String) -> Bool {
        var limits = MatchLimits.standard
        limits.time = .seconds(5)
        if case .limitExceeded = firstMatch(in: text, limits: limits) { return true }
        return false
    }

    private func measurement(_ text: String, _ limits: MatchLimits, atMost limit: Int) -> PatternEffort.Measurement {
        guard let scratch = MatchScratch.taken(groupCount: groupCount) else { return .overLimit }
        var counter = EffortCounter(limit: limit)
        let bytes = Array(text.utf8)
        let status = withUnsafeMutablePointer(to: &counter) { counter in
            scratch.set(limits, counter)
            return withExtendedLifetime(code) {
                bytes.withUnsafeBufferPointer { bytes in
                    pcre2_match_8(code.pointer, bytes.baseAddress, bytes.count, 0, 0, scratch.matchData, scratch.context)
                }
            }
        }
        // As after a decision's match: what grew is given back.
        if counter.isLarge { scratch.free() } else { scratch.putBack() }
        return switch status {
        case 0..., PCRE2_ERROR_NOMATCH: .finished(counter.effort)
        case PCRE2_ERROR_CALLOUT: .tooManySteps
        default: .overLimit
        }
    }
}

struct EffortCounter {
    private let limit: Int
    private var total = PatternEffort()
    private var beforeStart = 0
    private var start = -1
    private var lastPosition = 0

    private static let largeSteps = 1024

    init(limit: Int) { self.limit = limit }

    var effort: PatternEffort {
        var effort = total
        effort.mostOfAStart = max(total.mostOfAStart, total.steps - beforeStart)
        return effort
    }

    var isLarge: Bool { total.steps > Self.largeSteps }

    /// Whether the match must be given up. To go back in the text is no work.
    mutating func isOver(at position: Int, from start: Int) -> Bool {
        if start != self.start {
            total.mostOfAStart = max(total.mostOfAStart, total.steps - beforeStart)
            beforeStart = total.steps
            self.start = start
            lastPosition = start
        }
        total.calls += 1
        total.bytes += max(0, position - lastPosition)
        lastPosition = position
        return total.steps > limit
    }
}

extension MatchScratch {
    fileprivate func set(_ limits: MatchLimits, _ counter: UnsafeMutablePointer<EffortCounter>) {
        pcre2_set_match_limit_8(context, limits.match)
        pcre2_set_depth_limit_8(context, limits.depth)
        pcre2_set_heap_limit_8(context, limits.heapKiB)
        pcre2_set_callout_8(
            context,
            { block, counter in
                guard let block, let counter else { return 0 }
                let isOver = counter.assumingMemoryBound(to: EffortCounter.self).pointee
                    .isOver(at: block.pointee.current_position, from: block.pointee.start_match)
                return isOver ? PCRE2_ERROR_CALLOUT : 0
            }, counter)
    }
}

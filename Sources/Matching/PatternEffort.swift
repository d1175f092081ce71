internal import CPCRE2

extension Pattern {
    /// How many items of the pattern are tried on a text: a measure of the work that no other work on the machine changes. Nil
    /// when it is more than `limit`.
    package func steps(in text: String, atMost limit: Int) -> Int? {
        guard let scratch = MatchScratch.taken(groupCount: groupCount) else { return nil }
        defer { scratch.free() }
        var counter = StepCounter(limit: limit)
        let bytes = Array(text.utf8)
        let status = withUnsafeMutablePointer(to: &counter) { counter in
            scratch.set(MatchLimits(match: .max, depth: .max, heapKiB: 65536), counter)
            return withExtendedLifetime(code) {
                bytes.withUnsafeBufferPointer { bytes in
                    pcre2_match_8(code.pointer, bytes.baseAddress, bytes.count, 0, 0, scratch.matchData, scratch.context)
                }
            }
        }
        return status >= 0 || status == PCRE2_ERROR_NOMATCH ? counter.count : nil
    }

    /// Whether a text runs into a limit of a decision other than that of time, which depends on the machine.
    package func exceedsMatchLimit(on text: String) -> Bool {
        var limits = MatchLimits.standard
        limits.time = .seconds(5)
        if case .limitExceeded = firstMatch(in: text, limits: limits) { return true }
        return false
    }
}

struct StepCounter {
    let limit: Int
    private(set) var count = 0

    init(limit: Int) { self.limit = limit }

    /// Whether the match must be given up.
    mutating func isOver() -> Bool {
        count += 1
        return count > limit
    }
}

extension MatchScratch {
    fileprivate func set(_ limits: MatchLimits, _ counter: UnsafeMutablePointer<StepCounter>) {
        pcre2_set_match_limit_8(context, limits.match)
        pcre2_set_depth_limit_8(context, limits.depth)
        pcre2_set_heap_limit_8(context, limits.heapKiB)
        pcre2_set_callout_8(
            context,
            { _, counter in
                let isOver = counter?.assumingMemoryBound(to: StepCounter.self).pointee.isOver() ?? false
                return isOver ? PCRE2_ERROR_CALLOUT : 0
            }, counter)
    }
}

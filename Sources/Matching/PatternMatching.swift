internal import CPCRE2
internal import Synchronization

extension Pattern {
    /// The first match in a text as written, within the limits. Costs no more than the limits allow; blocks the thread.
    package func firstMatch(in text: String, limits: MatchLimits = .standard) -> PatternOutcome {
        var time = Duration.zero
        return firstMatch(in: text, limits: limits, spending: &time)
    }

    /// The same, and adds to `time` what it took. A match counts with no more than its limit, and one that made few steps with
    /// next to nothing: while the machine is busy with something else, no time is spent here.
    package func firstMatch(in text: String, limits: MatchLimits, spending time: inout Duration) -> PatternOutcome {
        let utf8 = text.utf8
        return utf8.withContiguousStorageIfAvailable { firstMatch(in: $0, limits, &time) }
            ?? Array(utf8).withUnsafeBufferPointer { firstMatch(in: $0, limits, &time) }
    }

    private func firstMatch(
        in text: UnsafeBufferPointer<UInt8>, _ limits: MatchLimits, _ time: inout Duration
    ) -> PatternOutcome {
        let subject = Self.cut(text, to: max(0, limits.subjectBytes))
        guard let scratch = MatchScratch.taken(groupCount: groupCount) else { return .limitExceeded(.heap) }
        var clock = MatchClock(limit: limits.time)
        let status = withUnsafeMutablePointer(to: &clock) { clock in
            scratch.set(limits, clock)
            return withExtendedLifetime(code) {
                pcre2_match_8(
                    code.pointer, subject.baseAddress ?? UnsafePointer(Self.emptySubject.utf8Start), subject.count, 0,
                    subject.count < text.count ? PCRE2_NOTEOL : 0, scratch.matchData, scratch.context)
            }
        }
        time += clock.spent
        let outcome = outcome(of: status, in: subject, scratch)
        // A match that went on for long may have grown the memory for backtracking: that is given back.
        if clock.ticks == 0 { scratch.putBack() } else { scratch.free() }
        return outcome
    }

    /// PCRE2 10.42 takes no null pointer for an empty text.
    private static let emptySubject: StaticString = ""

    private static func cut(_ text: UnsafeBufferPointer<UInt8>, to limit: Int) -> UnsafeBufferPointer<UInt8> {
        guard text.count > limit else { return text }
        var end = limit
        while end > 0, text[end] & 0xC0 == 0x80 { end -= 1 }
        return UnsafeBufferPointer(rebasing: text[..<end])
    }

    private func outcome(
        of status: Int32, in subject: UnsafeBufferPointer<UInt8>, _ scratch: MatchScratch
    ) -> PatternOutcome {
        switch status {
        case 0...: .match(captures(in: subject, scratch))
        case PCRE2_ERROR_NOMATCH: .noMatch
        case PCRE2_ERROR_CALLOUT: .limitExceeded(.time)
        case PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_NOMEMORY: .limitExceeded(.heap)
        case PCRE2_ERROR_DEPTHLIMIT, PCRE2_ERROR_RECURSELOOP: .limitExceeded(.depth)
        // All else is no verdict either, and must not be taken for one.
        default: .limitExceeded(.match)
        }
    }

    private func captures(in subject: UnsafeBufferPointer<UInt8>, _ scratch: MatchScratch) -> Captures {
        let offsets = UnsafeBufferPointer(
            start: pcre2_get_ovector_pointer_8(scratch.matchData), count: 2 * (groupCount + 1))
        let numbered = (0...groupCount).map { group -> String? in
            let (start, end) = (offsets[2 * group], offsets[2 * group + 1])
            // PCRE2_UNSET reads as -1 here.
            guard start >= 0, start <= end, end <= subject.count else { return nil }
            return String(decoding: subject[start..<end], as: UTF8.self)
        }
        var named: [String: String] = [:]
        for (name, groups) in groupsOfName {
            named[name] = groups.lazy.compactMap { numbered[$0] }.first
        }
        return Captures(numbered: numbered, named: named)
    }
}

/// The time limit of one match. PCRE2 calls at each item of the pattern; every 1,024 calls the clock is looked at, and
/// sooner when items run over long stretches of the text.
struct MatchClock {
    private let limit: UInt64
    private let start: UInt64
    private var deadline: UInt64 = 0
    private var credit = Self.interval
    private var lastPosition = 0
    /// How often the clock was looked at.
    private(set) var ticks = 0

    private static let interval = 1024
    /// This many characters run over count as one call.
    private static let stretch = 16

    init(limit: Duration) {
        let (seconds, attoseconds) = limit.components
        let (whole, overflow) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        self.limit = overflow ? .max : whole.addingReportingOverflow(UInt64(clamping: attoseconds / 1_000_000_000)).partialValue
        start = bellhop_monotonic_nanoseconds()
        deadline = start.addingSaturated(self.limit)
    }

    /// Since it began, at most its limit; where the clock was never looked at, at most what so few steps take.
    var spent: Duration {
        let end = bellhop_monotonic_nanoseconds()
        let most = ticks == 0 ? min(limit, Self.fewSteps) : limit
        return .nanoseconds(Int64(clamping: min(end > start ? end - start : 0, most)))
    }

    private static let fewSteps: UInt64 = 100_000

    /// Whether the match must be given up.
    mutating func isOver(at position: Int) -> Bool {
        credit &-= 1 &+ abs(position &- lastPosition) / Self.stretch
        lastPosition = position
        guard credit <= 0 else { return false }
        credit = Self.interval
        ticks += 1
        return bellhop_monotonic_nanoseconds() >= deadline
    }
}

extension UInt64 {
    fileprivate func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

/// What PCRE2 needs besides pattern and text while it matches. Two matches must not use one at the same time.
struct MatchScratch {
    let matchData: OpaquePointer
    let context: OpaquePointer
    private let groupLimit: Int

    /// Patterns with at most so many groups share what is kept.
    private static let sharedGroups = 31
    private static let keptCount = 8

    /// Safe to send between threads: who took one out of the pool is the only one to hold it.
    private struct Pool: @unchecked Sendable {
        var kept: [MatchScratch] = []
    }

    private static let pool = Mutex(Pool())

    /// nil when there is no memory.
    static func taken(groupCount: Int) -> MatchScratch? {
        guard groupCount <= sharedGroups else { return MatchScratch(groupCount: groupCount) }
        return pool.withLock { $0.kept.popLast() } ?? MatchScratch(groupCount: sharedGroups)
    }

    private init?(groupCount: Int) {
        guard let matchData = pcre2_match_data_create_8(UInt32(groupCount + 1), nil) else { return nil }
        guard let context = pcre2_match_context_create_8(nil) else {
            pcre2_match_data_free_8(matchData)
            return nil
        }
        self.matchData = matchData
        self.context = context
        groupLimit = groupCount
    }

    func set(_ limits: MatchLimits, _ clock: UnsafeMutablePointer<MatchClock>) {
        pcre2_set_match_limit_8(context, limits.match)
        pcre2_set_depth_limit_8(context, limits.depth)
        pcre2_set_heap_limit_8(context, limits.heapKiB)
        pcre2_set_callout_8(
            context,
            { block, clock in
                guard let block, let clock else { return 0 }
                let isOver = clock.assumingMemoryBound(to: MatchClock.self).pointee.isOver(at: block.pointee.current_position)
                return isOver ? PCRE2_ERROR_CALLOUT : 0
            }, clock)
    }

    func putBack() {
        let isKept =
            groupLimit == Self.sharedGroups
            && Self.pool.withLock { pool in
                guard pool.kept.count < Self.keptCount else { return false }
                pool.kept.append(self)
                return true
            }
        if !isKept { free() }
    }

    func free() {
        pcre2_match_data_free_8(matchData)
        pcre2_match_context_free_8(context)
    }
}

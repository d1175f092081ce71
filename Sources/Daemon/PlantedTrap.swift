#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Crashes that tests ask for, to see what becomes of the events behind them. Debug builds alone have them: in others nothing of
/// it is there, whatever the environment says.
enum PlantedTrap {
    /// Where to crash, and how.
    enum Place: String {
        /// While an event is decided: an index out of range.
        case decide
        /// The same by a recursion without an end.
        case stack
        /// While a webhook is read that is not accepted yet.
        case accept
        /// Before rules are loaded.
        case load
    }

    #if DEBUG
        /// `$BELLHOP_TRAP_ON`, such as `decide:boom,stack:deep`: crashes there when the text holds the word.
        private static let words: [(place: Place, word: String)] = {
            guard let text = getenv("BELLHOP_TRAP_ON") else { return [] }
            return String(cString: text).split(separator: ",").compactMap { entry in
                let parts = entry.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, let place = Place(rawValue: String(parts[0])) else { return nil }
                return (place, String(parts[1]))
            }
        }()

        static func spring(_ places: Place..., text: @autoclosure () -> String = "") {
            guard !words.isEmpty else { return }
            let text = text()
            for (place, word) in words where places.contains(place) && (word.isEmpty || text.contains(word)) {
                _ = place == .stack ? depth(of: 1) : words.map(\.word.count)[words.count]
            }
        }

        private static func depth(of call: Int) -> Int { call < 0 ? 0 : 1 &+ depth(of: call &+ 1) }
    #else
        @inline(__always)
        static func spring(_ places: Place..., text: @autoclosure () -> String = "") {}
    #endif
}

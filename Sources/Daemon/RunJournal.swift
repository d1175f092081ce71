import CCrashMark
import JSON
import Model
package import Storage
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a run leaves behind for the next one: the events that it is at, and how the runs before it ended.
///
/// A page in a file beside the store, written in place and never waited for: what was written is the kernel's, and stays however
/// the process ends. A power cut may take it, but then no event is to blame. So noting an event costs a microsecond and no sync.
///
/// A file that cannot be made, read or written holds up nothing: then crashes are not known.
package final class RunJournal: Sendable {
    /// What the last run left.
    package struct LastRun: Sendable, Hashable {
        /// How far it came.
        package var stage: Stage
        /// Inbox ids of the events that it, or one before it that was not looked into, died over. Some may be decided.
        package var deciding: [Int64]
        /// Crashes for which no event is to blame, in order.
        package var crashes: [ClockReading]
        /// It died of a fault of its own; false also where somebody ended it, or where nobody can tell.
        package var isOwnFault: Bool
        /// The event at which runs before it were ended in turn.
        package var streak: Streak?

        package init(
            stage: Stage = .ended, deciding: [Int64] = [], crashes: [ClockReading] = [], isOwnFault: Bool = false,
            streak: Streak? = nil
        ) {
            self.stage = stage
            self.deciding = deciding
            self.crashes = crashes
            self.isOwnFault = isOwnFault
            self.streak = streak
        }

        /// It was over before it could say so.
        package var hasCrashed: Bool { stage != .ended }
    }

    /// Runs one after the other that were ended, but not by a fault of their own, while the same event was decided alone.
    package struct Streak: Sendable, Hashable {
        package var inboxID: Int64
        package var ends: Int

        package init(inboxID: Int64, ends: Int) {
            self.inboxID = inboxID
            self.ends = ends
        }
    }

    package enum Stage: String, Sendable, Hashable, CaseIterable {
        /// Nothing is decided yet, and what the last run left is not looked into.
        case starting
        case running
        case ended
    }

    /// The first half of the page has the ids, the second what is written more rarely.
    private static let half = 2048
    /// The last byte of the page, a space unless the run died of a fault of its own.
    private static let faultMark = UInt8(ascii: "!")

    private let descriptor: Int32
    private let past = Mutex(Past())
    package let last: LastRun

    /// What is written again with each stage.
    private struct Past {
        var crashes: [ClockReading] = []
        var streak: Streak?
    }

    /// Reads `PATH.run`, and notes that a run begins. Nil when that file cannot be had.
    package init?(besides path: String) {
        let descriptor = open(path + ".run", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return nil }
        let page = Self.read(descriptor)
        let last = Self.lastRun(of: page)
        let past = Past(crashes: last.crashes, streak: last.streak)
        guard Self.write(Self.half(Self.text(.starting, past)), at: Self.half, to: descriptor),
            page.count >= Self.half || Self.write(Self.half(Self.text(last.deciding)), at: 0, to: descriptor)
        else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.last = last
        self.past.withLock { $0 = past }
    }

    deinit {
        crash_mark_disarm(descriptor)
        close(descriptor)
    }

    /// From now on a fault of this process is marked in the journal, until `end`. Of one journal of a process at a time.
    package func watchForFaults() {
        crash_mark_arm(descriptor, off_t(2 * Self.half - 1), CChar(bitPattern: Self.faultMark))
    }

    /// Call it where an event is decided, with no `await` up to there: then a stack that is used up is a fault as well.
    package static func guardThread() { crash_mark_guard_thread() }

    /// From now on events are decided. What the last run died over is forgotten: it was counted.
    package func begin(crashes: [ClockReading], streak: Streak? = nil) {
        noteDeciding([])
        write(.running, Past(crashes: crashes, streak: streak))
    }

    /// These events are being decided, and none else; as many as one batch holds.
    package func noteDeciding(_ inboxIDs: [Int64]) {
        Self.write(Array(Self.text(inboxIDs).utf8), at: 0, to: descriptor)
    }

    /// Deciding works: what crashed before was not that.
    package func forgetCrashes() {
        let past = past.withLock { $0 }
        if !past.crashes.isEmpty { write(.running, Past(streak: past.streak)) }
    }

    /// The run ends in order.
    /// - Parameter forgetting: also forgets the crashes before: it was told to stop.
    package func end(forgetting: Bool) {
        crash_mark_disarm(descriptor)
        write(.ended, forgetting ? Past() : past.withLock { $0 })
    }

    // MARK: The page

    private func write(_ stage: Stage, _ past: Past) {
        self.past.withLock { $0 = past }
        Self.write(Self.half(Self.text(stage, past)), at: Self.half, to: descriptor)
    }

    /// `41 42`
    private static func text(_ inboxIDs: [Int64]) -> String {
        var text = ""
        for id in inboxIDs {
            let word = text.isEmpty ? "\(id)" : " \(id)"
            guard text.utf8.count + word.utf8.count < half else { break }
            text += word
        }
        return text + "\n"
    }

    private static func text(_ stage: Stage, _ past: Past) -> String {
        let crashes = past.crashes.map { crash -> Value in
            [
                "wall_ms": .integer(crash.wall.milliseconds), "boot": .string(crash.bootID),
                "since_boot_ms": .integer(crash.sinceBoot),
            ]
        }
        var value: Value = ["stage": .string(stage.rawValue), "crashes": .array(crashes)]
        if let streak = past.streak {
            value = [
                "stage": .string(stage.rawValue), "crashes": .array(crashes),
                "streak": ["inbox_id": .integer(streak.inboxID), "ends": .integer(Int64(streak.ends))],
            ]
        }
        return JSONWriter.string(value) + "\n"
    }

    /// All of it at once, so that no rest of a longer text stays.
    private static func half(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(half))
        return bytes + [UInt8](repeating: UInt8(ascii: " "), count: half - bytes.count)
    }

    @discardableResult
    private static func write(_ bytes: [UInt8], at offset: Int, to descriptor: Int32) -> Bool {
        while true {
            let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset)) }
            if count < 0, errno == EINTR { continue }
            return count == bytes.count
        }
    }

    private static func read(_ descriptor: Int32) -> [UInt8] {
        var page = [UInt8](repeating: 0, count: 2 * half)
        let count = page.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        return Array(page.prefix(max(0, count)))
    }

    /// Whatever stands there: what cannot be read is as if it were not there.
    private static func lastRun(of page: [UInt8]) -> LastRun {
        func line(_ bytes: ArraySlice<UInt8>) -> Substring {
            Substring(String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
        }
        let ids = line(page.prefix(half)).split(separator: " ").compactMap { Int64($0) }
        guard let document = try? JSONDocument(String(line(page.dropFirst(half)))) else { return LastRun() }
        let value = document.root.value
        guard let stage = value["stage"]?.string.flatMap(Stage.init) else { return LastRun() }
        let crashes = (value["crashes"]?.array ?? []).compactMap { crash -> ClockReading? in
            guard case .integer(let wall) = crash["wall_ms"], case .integer(let sinceBoot) = crash["since_boot_ms"],
                let boot = crash["boot"]?.string
            else { return nil }
            return ClockReading(wall: Instant(milliseconds: wall), bootID: boot, sinceBoot: sinceBoot)
        }
        var streak: Streak?
        if case .integer(let id) = value["streak"]?["inbox_id"], case .integer(let ends) = value["streak"]?["ends"] {
            streak = Int(exactly: ends).map { Streak(inboxID: id, ends: max(0, $0)) }
        }
        return LastRun(
            stage: stage, deciding: ids.filter { $0 > 0 }, crashes: crashes,
            isOwnFault: page.count >= 2 * half && page.last == faultMark, streak: streak)
    }
}

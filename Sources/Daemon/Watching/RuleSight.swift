import Dispatch
package import RuleFiles
import Synchronization

/// Sees that something below a rules root changed. A value of closures, so that tests have their own.
package struct RuleSight: Sendable {
    /// How changes are seen.
    package enum Mode: Sendable, Hashable {
        /// The kernel tells.
        case events
        /// Names, sizes and times are compared every few seconds, for this reason.
        case polling(String)
    }

    /// Watches what is there now: what happens from the return on is seen.
    package var arm: @Sendable () async -> Mode
    /// What there is, without reading it.
    package var stamp: @Sendable () async -> TreeStamp

    package init(arm: @escaping @Sendable () async -> Mode, stamp: @escaping @Sendable () async -> TreeStamp) {
        self.arm = arm
        self.stamp = stamp
    }

    /// - Parameter noted: called when something happened. Cheap, from any thread.
    package static func live(root: String, noted: @escaping @Sendable () -> Void) -> RuleSight {
        let watch = FolderWatch(root: root, noted: noted)
        return RuleSight(arm: { await watch.arm() }, stamp: { await watch.stamp() })
    }
}

/// Watches by inotify where that works. All of it happens on one queue: file systems may keep one waiting.
private final class FolderWatch: Sendable {
    private let root: String
    private let noted: @Sendable () -> Void
    private let queue = DispatchQueue(label: "bellhop.rules.watch")

    init(root: String, noted: @escaping @Sendable () -> Void) {
        self.root = root
        self.noted = noted
    }

    func stamp() async -> TreeStamp { await onQueue { TreeStamp(self.root) } }

    private func onQueue<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: work()) } }
    }

    #if canImport(Glibc) || canImport(Musl)
        /// Used on the queue alone.
        private let events = Mutex(Box())

        private struct Box: ~Copyable {
            var events: FolderEvents?
        }

        func arm() async -> RuleSight.Mode {
            await onQueue { self.events.withLock { box in self.armed(&box) } }
        }

        private func armed(_ box: inout Box) -> RuleSight.Mode {
            if let kind = RemoteFileSystem.kind(at: root) {
                box.events = nil
                return .polling("\(kind) does not tell of changes that others make")
            }
            box.events = box.events ?? FolderEvents(queue: queue, noted: noted)
            guard let events = box.events else { return .polling("the kernel gives no more inotify instances") }
            var plan = WatchPlan(root)
            // A folder that was made after the plan and before its parent was watched is in the next plan.
            for _ in 0..<5 {
                if let obstacle = events.follow(plan) { return .polling(obstacle) }
                let now = WatchPlan(root)
                if now == plan { break }
                plan = now
            }
            return .events
        }
    #else
        func arm() async -> RuleSight.Mode { .polling("there is no inotify on this system") }
    #endif
}

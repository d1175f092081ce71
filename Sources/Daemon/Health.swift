package import Storage
import Synchronization

/// Whether the daemon can do its work.
package final class Health: Sendable {
    private let store: any Store
    private let box: EngineBox
    private let disk: DiskWatch?
    private let stopping = Atomic(false)

    package init(store: any Store, box: EngineBox, disk: DiskWatch? = nil) {
        self.store = store
        self.box = box
        self.disk = disk
    }

    /// Why it is not ready.
    package enum Obstacle: String, Sendable, Hashable {
        case stopping
        /// No rules set could be loaded: events are accepted and not decided.
        case rules
        /// The store takes no writes.
        case store
        /// The disk has no room for more events: what is under way goes on.
        case disk
    }

    package var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func noteStopping() { stopping.store(true, ordering: .releasing) }

    /// Nil when it is ready. Writes to the store.
    package func obstacle() async -> Obstacle? {
        if isStopping { return .stopping }
        if !store.hasRoom || disk?.condition?.isFull == true { return .disk }
        do { try await store.probe() } catch { return error == .noRoom ? .disk : .store }
        return box.current == nil ? .rules : nil
    }
}

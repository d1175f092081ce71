package import Storage
import Synchronization

/// Whether the daemon can do its work.
package final class Health: Sendable {
    private let store: any Store
    private let box: EngineBox
    private let stopping = Atomic(false)

    package init(store: any Store, box: EngineBox) {
        self.store = store
        self.box = box
    }

    /// Why it is not ready.
    package enum Obstacle: String, Sendable, Hashable {
        case stopping
        /// No rules set could be loaded: events are accepted and not decided.
        case rules
        /// A crash loop: events are accepted and not decided.
        case crashes
        /// The store takes no writes.
        case store
    }

    /// Why events are only accepted; nil while they are decided.
    package var acceptOnly: AcceptOnly? { box.acceptOnly }

    package var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func noteStopping() { stopping.store(true, ordering: .releasing) }

    /// Nil when it is ready. Writes to the store.
    package func obstacle() async -> Obstacle? {
        if isStopping { return .stopping }
        do { try await store.probe() } catch { return .store }
        return switch box.acceptOnly {
        case .rules: .rules
        case .crashes: .crashes
        case nil: nil
        }
    }
}

package import Storage
import Synchronization

/// Whether the daemon can do its work.
package final class Health: Sendable {
    private let probe: StoreProbe
    private let box: EngineBox
    private let disk: DiskWatch?
    private let stopping = Atomic(false)

    package init(probe: StoreProbe, box: EngineBox, disk: DiskWatch? = nil) {
        self.probe = probe
        self.box = box
        self.disk = disk
    }

    package convenience init(store: any Store, box: EngineBox, surroundings: Surroundings) {
        self.init(probe: StoreProbe(store: store, surroundings: surroundings), box: box)
    }

    /// Why it is not ready.
    package enum Obstacle: String, Sendable, Hashable {
        case stopping
        /// No rules set could be loaded: events are accepted and not decided.
        case rules
        /// A crash loop: events are accepted and not decided.
        case crashes
        /// The store takes no writes, or does not answer.
        case store
        /// The disk has no room for more events: what is under way goes on.
        case disk

        /// For people, in lower case without a full stop.
        package var sentence: String {
            switch self {
            case .stopping: "it is stopping"
            case .rules: "no rules could be loaded, events are accepted and not decided"
            case .crashes:
                "run after run crashed before it decided an event, events are accepted and not decided until a reload"
            case .store: "the store takes no writes"
            case .disk: "the disk is full, webhooks are answered 503 and nothing is decided"
            }
        }
    }

    /// Why events are only accepted; nil while they are decided.
    package var acceptOnly: AcceptOnly? { box.acceptOnly }

    package var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func noteStopping() { stopping.store(true, ordering: .releasing) }

    /// Nil when it is ready. Writes to the store, and waits a second for that at most.
    package func obstacle() async -> Obstacle? {
        if isStopping { return .stopping }
        if disk?.condition?.isFull == true { return .disk }
        switch await probe.answer() {
        case .written: break
        case .full: return .disk
        case .refused, .silent: return .store
        }
        return switch box.acceptOnly {
        case .rules: .rules
        case .crashes: .crashes
        case nil: nil
        }
    }
}

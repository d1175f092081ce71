package import Storage
import Synchronization

/// Whether the daemon can do its work.
package final class Health: Sendable {
    private let probe: StoreProbe
    private let box: EngineBox
    private let stopping = Atomic(false)

    package init(probe: StoreProbe, box: EngineBox) {
        self.probe = probe
        self.box = box
    }

    package convenience init(store: any Store, box: EngineBox, surroundings: Surroundings) {
        self.init(probe: StoreProbe(store: store, surroundings: surroundings), box: box)
    }

    /// Why it is not ready.
    package enum Obstacle: String, Sendable, Hashable {
        case stopping
        /// No rules set could be loaded: events are accepted and not decided.
        case rules
        /// The store takes no writes, or does not answer.
        case store

        /// For people, in lower case without a full stop.
        package var sentence: String {
            switch self {
            case .stopping: "it is stopping"
            case .rules: "no rules could be loaded, events are accepted and not decided"
            case .store: "the store takes no writes"
            }
        }
    }

    package var isStopping: Bool { stopping.load(ordering: .acquiring) }

    func noteStopping() { stopping.store(true, ordering: .releasing) }

    /// Nil when it is ready. Writes to the store, and waits a second for that at most.
    package func obstacle() async -> Obstacle? {
        if isStopping { return .stopping }
        guard await probe.answer() == .written else { return .store }
        return box.current == nil ? .rules : nil
    }
}

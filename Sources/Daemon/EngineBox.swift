package import Rules
import Synchronization

/// The rules in use. Swapped as a whole: a decision runs to its end on the engine that it began with.
package final class EngineBox: Sendable {
    private let engine: Mutex<Engine?>

    package init(_ engine: Engine? = nil) {
        self.engine = Mutex(engine)
    }

    /// Nil while there are no rules that can be used: events are then accepted and kept, and none is decided.
    package var current: Engine? { engine.withLock { $0 } }

    func replace(with engine: Engine) {
        self.engine.withLock { $0 = engine }
    }
}

package import Rules
import Synchronization

/// The rules in use. Swapped as a whole: a decision runs to its end on the engine that it began with.
package final class EngineBox: Sendable {
    private let state: Mutex<State>

    private enum State: Sendable {
        case deciding(Engine)
        case accepting(AcceptOnly)
    }

    package init(_ engine: Engine? = nil) {
        state = Mutex(engine.map(State.deciding) ?? .accepting(.rules))
    }

    /// Nil while events are only accepted and kept, and none is decided.
    package var current: Engine? {
        state.withLock { if case .deciding(let engine) = $0 { engine } else { nil } }
    }

    /// False while events are only accepted and kept.
    var isDeciding: Bool { acceptOnly == nil }

    /// Why no event is decided; nil while events are.
    package var acceptOnly: AcceptOnly? {
        state.withLock { if case .accepting(let why) = $0 { why } else { nil } }
    }

    func replace(with engine: Engine) {
        state.withLock { $0 = .deciding(engine) }
    }

    /// Has no effect on rules that are in use.
    func note(_ why: AcceptOnly) {
        state.withLock { if case .accepting = $0 { $0 = .accepting(why) } }
    }
}

/// Why events are accepted and kept, and none is decided. What was decided before is sent all the same. Rules that load end it,
/// at a start or by a reload.
package enum AcceptOnly: String, Sendable, Hashable, CaseIterable {
    /// No set of rules could be loaded.
    case rules
    /// Run after run ended before it had decided an event: the rules were not even loaded.
    case crashes
}

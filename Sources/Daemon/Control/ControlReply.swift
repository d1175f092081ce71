package import Model

/// What the daemon answers over the control socket: JSON objects, one a line, each with one of these members. The last line of an
/// answer is `done`, `refused` or `failed`; where none came the daemon went away.
package enum ControlReply: Sendable, Hashable {
    /// One of what was asked for.
    case item(Value)
    /// A reader of decisions was too slow: so many were left out here.
    case lost(Int)
    /// Nothing happened for a while, and the daemon is there.
    case alive
    /// The end, and what there is to say about all of it.
    case done(Value)
    /// The answer is no: nothing was changed, or nothing found.
    case refused(String, Value)
    /// It could not be done: a wrong request, a store that fails, too much to do.
    case failed(String)
}

extension ControlReply {
    package var value: Value {
        switch self {
        case .item(let value): ["item": value]
        case .lost(let count): ["lost": .integer(Int64(count))]
        case .alive: ["alive": true]
        case .done(let value): ["done": value]
        case .refused(let message, let value): ["refused": .string(message), "about": value]
        case .failed(let message): ["failed": .string(message)]
        }
    }

    /// Nil for an object that is none of these: one of a later version.
    package init?(_ value: Value) {
        if let item = value["item"] {
            self = .item(item)
        } else if let done = value["done"] {
            self = .done(done)
        } else if let message = value["refused"]?.string {
            self = .refused(message, value["about"] ?? .null)
        } else if let message = value["failed"]?.string {
            self = .failed(message)
        } else if case .integer(let count) = value["lost"] {
            self = .lost(Int(clamping: count))
        } else if value["alive"] != nil {
            self = .alive
        } else {
            return nil
        }
    }

    /// True for the last line of an answer.
    package var isLast: Bool {
        switch self {
        case .item, .lost, .alive: false
        case .done, .refused, .failed: true
        }
    }
}

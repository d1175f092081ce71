import JSON
import Model

extension Decision {
    /// More effects than one event may have, or more state than a conversation may carry, is a fault in the rules. A flow may
    /// run a hundred steps for one event, and keep an answer of 256 KiB.
    static let effectLimit = 512
    static let variableLimitBytes = 1 << 20

    /// Why the decision must not be carried out; nil when it may.
    var fault: String? {
        guard effects.count <= Self.effectLimit else { return "more than \(Self.effectLimit) effects" }
        guard !state.variables.isEmpty else { return nil }
        let size = JSONWriter.bytes(.object(state.variables)).count
        return size <= Self.variableLimitBytes ? nil : "more than \(Self.variableLimitBytes) bytes of variables"
    }
}

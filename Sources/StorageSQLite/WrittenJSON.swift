import Foundation
import Model
import Storage
import Synchronization

/// What this process wrote lately as JSON and may have to read again soon, by the text: to read an effect costs as much as to
/// claim it.
///
/// Holds the latest `limit` texts that are not long, 16 MiB at the very most with what they stand for. What it gives back is what reading the text would give; a caller adds no
/// value of which that does not hold.
final class WrittenJSON<Written: Sendable>: Sendable {
    private struct State {
        var values: [ExactText: Written] = [:]
        /// The texts, of which `oldest` is replaced next once there are `limit` of them.
        var texts: [ExactText] = []
        var oldest = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    /// In bytes.
    static var longestText: Int { 2048 }

    init(limit: Int = 2048) { self.limit = max(1, limit) }

    func add(_ value: Written, as text: String) {
        guard text.utf8.count <= Self.longestText else { return }
        let text = ExactText(text)
        state.withLock { state in
            guard state.values.updateValue(value, forKey: text) == nil else { return }
            if state.texts.count < limit { return state.texts.append(text) }
            state.values[state.texts[state.oldest]] = nil
            state.texts[state.oldest] = text
            state.oldest = (state.oldest + 1) % limit
        }
    }

    /// What will not be read again is taken out.
    func take(_ text: String) -> Written? {
        let text = ExactText(text)
        return state.withLock { $0.values.removeValue(forKey: text) }
    }

    subscript(text: String) -> Written? {
        let text = ExactText(text)
        return state.withLock { $0.values[text] }
    }
}

/// A text by its bytes: to Swift `é` in one scalar and in two are equal.
private struct ExactText: Hashable {
    private let bytes: ContiguousArray<UInt8>

    init(_ text: String) { bytes = ContiguousArray(text.utf8) }

    static func == (left: ExactText, right: ExactText) -> Bool {
        left.bytes.withUnsafeBytes { left in
            right.bytes.withUnsafeBytes { right in
                guard left.count == right.count, let first = left.baseAddress, let second = right.baseAddress else {
                    return left.isEmpty && right.isEmpty
                }
                return memcmp(first, second, left.count) == 0
            }
        }
    }

    func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
}

/// Effects and states of conversations that this process wrote.
struct RecentWrites: Sendable {
    let effects = WrittenJSON<Effect>()
    let states = WrittenJSON<ConversationState>()

    /// Remembers what was committed. Numbers that JSON has no words for are read as text, so nothing that may hold numbers of a
    /// rule's author is among it.
    func note(_ rows: [EvaluationRow]) {
        for row in rows {
            if let text = row.state, let state = row.evaluation.state, state.holdsNoValues { states.add(state, as: text) }
            for effect in row.effects where effect.draft.ending == nil && effect.draft.effect.action.holdsNoValues {
                effects.add(effect.draft.effect, as: effect.effect)
            }
        }
    }

    /// Of an effect that is claimed, which is hardly ever read again.
    func effect(_ text: String) throws(StoreError) -> Effect {
        if let effect = effects.take(text) { return effect }
        return try StateJSON.decoded(Effect.self, text)
    }

    /// The empty state for nil.
    func state(_ text: String?) throws(StoreError) -> ConversationState {
        if let text, let state = states[text] { return state }
        return try StateJSON.decoded(text)
    }
}

extension ConversationState {
    fileprivate var holdsNoValues: Bool { variables.isEmpty && flow == nil && known == nil }
}

extension Action {
    fileprivate var holdsNoValues: Bool {
        switch self {
        case .reply, .note, .route, .tag, .untag, .close, .start, .stopFlow: true
        case .set, .contact, .http, .call: false
        }
    }
}

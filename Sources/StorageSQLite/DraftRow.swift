import Model
import Storage

/// An effect of a decision with its JSON made.
struct DraftRow: Sendable {
    let draft: OutboxDraft
    let effect: String
    let origin: String?

    init(_ draft: OutboxDraft) throws(StoreError) {
        self.draft = draft
        effect = try StateJSON.encoded(draft.effect)
        origin = if let origin = draft.origin { try StateJSON.encoded(origin) } else { nil }
    }
}

/// What became of an effect, in the columns `state` and `ending`.
extension LedgerState {
    /// `ending` of what is never sent and of what was discarded; nil for anything else.
    var storedEnding: Int? {
        switch self {
        case .discarded: 1
        case .suppressed: 2
        case .unsupported: 3
        case .applied: 4
        case .pending, .held, .sending, .retrying, .done, .dead, .cancelled: nil
        }
    }

    init(ending: Int) {
        self = [.discarded, .suppressed, .unsupported, .applied].first { $0.storedEnding == ending } ?? .done
    }
}

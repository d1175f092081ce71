import Synchronization

/// Reads ahead of those who decode.
final class CapturedSource: Sendable {
    private let reader: Mutex<CapturedReader>

    init(_ inputs: [String], pieceBytes: Int, pieceWebhooks: Int = .max) {
        reader = Mutex(CapturedReader(inputs, pieceBytes: pieceBytes, pieceWebhooks: pieceWebhooks))
    }

    var hasMissed: Bool { reader.withLock { $0.hasMissed } }

    /// The pieces of the next batch, in groups of about the same work.
    func groups(_ count: Int, bytes: Int, webhooks: Int) -> [[CapturedPiece]] {
        reader.withLock { reader in
            var groups: [[CapturedPiece]] = []
            var group: [CapturedPiece] = []
            var (groupBytes, groupWebhooks) = (0, 0)
            while groups.count < count, let piece = reader.next() {
                group.append(piece)
                groupBytes += piece.byteCount
                groupWebhooks += piece.count
                guard groupBytes >= bytes || groupWebhooks >= webhooks else { continue }
                groups.append(group)
                group = []
                (groupBytes, groupWebhooks) = (0, 0)
            }
            return group.isEmpty ? groups : groups + [group]
        }
    }
}

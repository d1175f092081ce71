import Dispatch
import Synchronization

extension Array where Element: Sendable {
    /// The results in the order of the elements, worked out on up to `jobs` cores at once.
    func concurrentMap<Result: Sendable>(jobs: Int, _ transform: @Sendable (Element) -> Result) -> [Result] {
        let pieces = Swift.min(jobs, count / 16)
        guard pieces > 1 else { return map(transform) }
        let size = (count + pieces - 1) / pieces
        let results = Mutex<[Int: [Result]]>([:])
        DispatchQueue.concurrentPerform(iterations: pieces) { piece in
            let range = Swift.min(piece * size, count)..<Swift.min((piece + 1) * size, count)
            let part = self[range].map(transform)
            results.withLock { $0[piece] = part }
        }
        return results.withLock { results in (0..<pieces).flatMap { results[$0] ?? [] } }
    }
}

import Foundation

/// Runs something that waits on a thread of its own: the tests' tasks share as many threads as there are cores, and none of
/// them may stand still.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}

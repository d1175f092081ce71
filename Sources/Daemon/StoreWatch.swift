import Logging
package import Storage
import Synchronization

/// Why a running daemon ends by itself: what is on the disk is no longer known, and only a new start can tell.
package struct StoreFailure: Error, Sendable, Hashable {
    package var location: StoreLocation
    package var error: StoreError

    /// A sentence in lower case without a full stop.
    package var message: String { "the store \(location.text) failed: \(why); \(Self.advice)" }

    fileprivate var why: String { if case .unavailable(let text) = error { text } else { "\(error)" } }

    fileprivate static let advice =
        "look at the disk (dmesg, smartctl), then start again: what was answered 200 is kept; "
        + "if that fails, restore the latest backup"
}

/// Told once that the store failed for good, and tells whoever waits for it.
final class StoreFailureNotice: Sendable {
    private struct State {
        var error: StoreError?
        var waiting: [AsyncStream<StoreError>.Continuation] = []
    }

    private let state = Mutex(State())

    var error: StoreError? { state.withLock { $0.error } }

    /// The first one stands. From any thread.
    @Sendable func note(_ error: StoreError) {
        let waiting = state.withLock { state in
            guard state.error == nil else { return [AsyncStream<StoreError>.Continuation]() }
            state.error = error
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting {
            continuation.yield(error)
            continuation.finish()
        }
    }

    /// Nil when the task was cancelled before.
    func wait() async -> StoreError? {
        let (stream, continuation) = AsyncStream<StoreError>.makeStream()
        let known = state.withLock { state in
            if state.error == nil { state.waiting.append(continuation) }
            return state.error
        }
        if let known { return known }
        return await stream.first { _ in true }
    }
}

/// Ends the daemon when the store has failed for good, after those who wait were answered.
enum StoreWatch {
    /// For the answers 503 to be on their way.
    private static let farewell = Duration.milliseconds(250)

    /// Runs the body; returns without waiting for it once the store has failed. What tries again until the store works would try
    /// for ever, and taking things apart in order has no use when the process is to end: calls under way are uncertain then, as
    /// after a crash.
    static func unlessFailed(
        _ notice: StoreFailureNotice, at location: StoreLocation, _ surroundings: Surroundings,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let (stream, continuation) = AsyncStream<Result<Void, any Error>>.makeStream()
        let work = Task { try await body() }
        let end = Task { continuation.yield(await work.result) }
        let failure = Task {
            guard let error = await notice.wait() else { return }
            let failure = StoreFailure(location: location, error: error)
            surroundings.logger.critical(
                "the store failed, ending",
                metadata: [
                    Telemetry.store: "\(location.text)", Telemetry.error: "\(failure.why)",
                    Telemetry.help: "\(StoreFailure.advice)",
                ])
            await surroundings.pause(farewell)
            continuation.yield(.failure(failure))
        }
        defer {
            end.cancel()
            failure.cancel()
        }
        let first = await withTaskCancellationHandler {
            await stream.first { _ in true }
        } onCancel: {
            work.cancel()
        }
        // Cancelled: then it comes to its end.
        let result = if let first { first } else { await work.result }
        if let error = notice.error { throw StoreFailure(location: location, error: error) }
        try result.get()
    }
}

/// Returns when it is so. Looks again and again, with other tasks in between: what another process does tells nobody here. The
/// suite's limit of time ends what never comes.
/// - Throws: what `isMet` throws, and `CancellationError`.
func until(_ isMet: () async throws -> Bool) async throws {
    while try await !isMet() { try await Task.sleep(for: .milliseconds(5)) }
}

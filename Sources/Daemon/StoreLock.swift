#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Keeps a second process from working on the same store: what one is sending, the other would take for left by a crash and
/// send again. The kernel gives the lock back however the process ends.
final class StoreLock: Sendable {
    private let descriptor: Int32

    /// Locks `PATH.lock`, which is made where it is missing and stays. Nil when another process has it. Where the file cannot
    /// be made nothing is locked: the store cannot be made there either, and says why.
    init?(besides path: String) {
        descriptor = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor < 0 || flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}

import Glibc
import TestSupport
import Testing

@Suite struct ChildTests {
    /// As those of Dispatch's workers may be, on which tests run.
    @Test func aChildBlocksNoSignalThatItsThreadBlocks() async throws {
        let folder = try TemporaryFolder()
        let child = try await blocking {
            var all = sigset_t()
            var before = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_SETMASK, &all, &before)
            defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
            let blocksNone = ["-E", "^SigBlk:[[:space:]]*0+$", "/proc/self/status"]
            return try Child("/bin/grep", blocksNone, in: folder.path, environment: [:])
        }
        #expect(try await blocking { child.wait() } == 0)
    }
}

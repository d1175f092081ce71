import CSpawn
import Glibc
import Synchronization

/// A process of the tests. Foundation's crashes when this one has a thousand descriptors open, as tests of stores and of
/// servers have at the same time.
final class Child: Sendable {
    let id: pid_t
    /// To write to; closed by `closeInput`.
    private let input: Int32
    /// To read from, to their ends; closed with this.
    let output: Int32
    let errors: Int32
    private let state = Mutex(State())

    private struct State {
        var status: Int32?
        var isInputClosed = false
    }

    struct Failure: Error {
        var call: String
        var code: Int32
    }

    /// Starts a program. It has no descriptor of this process but its three, and those that are passed, from 3 on.
    init(
        _ program: String, _ arguments: [String], in folder: String, environment: [String: String], passing: [Int32] = []
    ) throws {
        let (stdin, stdout, stderr) = (try Self.pipe(), try Self.pipe(), try Self.pipe())
        defer { for descriptor in [stdin.read, stdout.write, stderr.write] { close(descriptor) } }
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in words + variables { free(word) } }
        var id = pid_t()
        let code = spawn_child(
            &id, program, words, variables, folder, stdin.read, stdout.write, stderr.write, passing, Int32(passing.count))
        (self.id, input, output, errors) = (id, stdin.write, stdout.read, stderr.read)
        guard code == 0 else {
            state.withLock { $0.status = -1 }
            throw Failure(call: "posix_spawn \(program)", code: code)
        }
    }

    deinit {
        signal(SIGKILL)
        _ = wait()
        closeInput()
        close(output)
        close(errors)
    }

    /// Nothing once it has ended and somebody waited for it.
    func signal(_ number: Int32) {
        state.withLock { state in
            if state.status == nil { kill(id, number) }
        }
    }

    /// Waits for its end: the exit status, or 128 and the number of the signal that ended it.
    func wait() -> Int32 {
        // The end is waited for without the lock, so that others may send signals, and taken note of with it.
        var information = siginfo_t()
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return state.withLock { state in
            if let status = state.status { return status }
            var word: Int32 = 0
            while waitpid(id, &word, 0) < 0, errno == EINTR {}
            let signal = word & 0x7f
            let status = signal == 0 ? (word >> 8) & 0xff : 128 + signal
            state.status = status
            return status
        }
    }

    /// Writes all of it, unless the other end is gone, and closes.
    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        closeInput()
    }

    func closeInput() {
        state.withLock { state in
            if !state.isInputClosed { close(input) }
            state.isInputClosed = true
        }
    }

    /// Takes what comes, piece by piece, until all writers are gone.
    static func readToEnd(_ descriptor: Int32, _ take: (ArraySlice<UInt8>) -> Void) {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count > 0 {
                take(piece[..<count])
            } else if count == 0 || errno != EINTR {
                break
            }
        }
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        let code = private_pipe(&ends)
        guard code == 0 else { throw Failure(call: "pipe2", code: code) }
        return (ends[0], ends[1])
    }
}

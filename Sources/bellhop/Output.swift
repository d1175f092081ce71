import Foundation
import Synchronization

/// Results go to stdout, everything else to stderr. Stdout is written in large pieces.
///
/// When whoever reads stdout goes away (`| head`), the rest is not printed, and the command still ends with its own status.
/// Results that cannot be written for another reason, such as a full disk, end it with 4. What cannot be told on stderr is not.
enum Output {
    private static let buffer = Mutex<[UInt8]>([])
    private static let isReaderGone = Atomic<Bool>(false)
    private static let endsWithReader = Atomic<Bool>(false)
    private static let pieceBytes = 1 << 16

    /// A line on stdout.
    static func print(_ line: String) {
        buffer.withLock { buffer in
            buffer.append(contentsOf: line.utf8)
            buffer.append(UInt8(ascii: "\n"))
            if buffer.count >= pieceBytes { write(&buffer) }
        }
    }

    /// A line on stderr, after what stands on stdout so far.
    static func complain(_ line: String) {
        flush()
        var bytes = Array(line.utf8)
        if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        _ = written(bytes, to: STDERR_FILENO)
    }

    /// On stderr as it is, for what is drawn over on a terminal.
    static func draw(_ text: String) { _ = written(Array(text.utf8), to: STDERR_FILENO) }

    /// For commands that print as long as somebody reads: they are done when nobody does.
    static func endWithReader() { endsWithReader.store(true, ordering: .relaxed) }

    /// The program's three standard descriptors are there from now on, and none of its files takes the place of one.
    static func openStandardDescriptors() {
        var descriptor: Int32
        repeat { descriptor = open("/dev/null", O_RDWR) } while descriptor >= 0 && descriptor <= STDERR_FILENO
        if descriptor > STDERR_FILENO { close(descriptor) }
    }

    /// Text with its line ends on stdout, at once.
    static func printNow(_ text: String) {
        buffer.withLock { buffer in
            buffer.append(contentsOf: text.utf8)
            write(&buffer)
        }
    }

    static func flush() {
        buffer.withLock { write(&$0) }
    }

    private static func write(_ bytes: inout [UInt8]) {
        defer { bytes.removeAll(keepingCapacity: true) }
        if bytes.isEmpty || isReaderGone.load(ordering: .relaxed) { return }
        let problem = written(bytes, to: STDOUT_FILENO)
        if problem == 0 { return }
        guard problem == EPIPE else {
            let reason = String(cString: strerror(problem))
            _ = written(Array("bellhop: the output cannot be written: \(reason)\n".utf8), to: STDERR_FILENO)
            Foundation.exit(ExitStatus.environment.rawValue)
        }
        if endsWithReader.load(ordering: .relaxed) { Foundation.exit(ExitStatus.done.rawValue) }
        isReaderGone.store(true, ordering: .relaxed)
    }

    /// 0, or why not all was written.
    static func written(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                // Nothing of something is taken by no file or pipe that works.
                if count == 0 { return EIO }
                written += count
            } else if errno == EAGAIN {
                // Somebody else made the terminal or pipe non-blocking.
                var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&place, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

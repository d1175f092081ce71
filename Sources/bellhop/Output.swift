import Foundation
import Synchronization

/// Results go to stdout, everything else to stderr. Stdout is written in large pieces.
enum Output {
    private static let buffer = Mutex<[UInt8]>([])
    private static let pieceBytes = 1 << 16

    /// A line on stdout.
    static func print(_ line: String) {
        buffer.withLock { buffer in
            buffer.append(contentsOf: line.utf8)
            buffer.append(UInt8(ascii: "\n"))
            if buffer.count >= pieceBytes { write(&buffer, to: STDOUT_FILENO) }
        }
    }

    /// A line on stderr, after what stands on stdout so far.
    static func complain(_ line: String) {
        flush()
        var bytes = Array(line.utf8)
        if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        write(&bytes, to: STDERR_FILENO)
    }

    /// Text with its line ends on stdout, at once.
    static func printNow(_ text: String) {
        buffer.withLock { buffer in
            buffer.append(contentsOf: text.utf8)
            write(&buffer, to: STDOUT_FILENO)
        }
    }

    static func flush() {
        buffer.withLock { write(&$0, to: STDOUT_FILENO) }
    }

    private static func write(_ bytes: inout [UInt8], to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Whoever read us is gone: there is nobody left to tell.
            if count <= 0 { Foundation.exit(ExitStatus.done.rawValue) }
            written += count
        }
        bytes.removeAll(keepingCapacity: true)
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

import CZlib
import Foundation

/// The bytes of a file or of standard input, a piece at a time; gzipped files are unpacked on the way.
///
/// Not by Foundation's reader, which ends the process when a signal such as Ctrl-C's comes in between.
final class ByteStream {
    private enum Source {
        case descriptor(Int32, isOwned: Bool)
        case zipped(gzFile)
    }

    private let source: Source
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)

    /// Nil when the file cannot be opened, or is a folder.
    init?(path: String) {
        if path.hasSuffix(".gz") {
            guard let file = gzopen(path, "rb") else { return nil }
            source = .zipped(file)
        } else {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return nil }
            source = .descriptor(descriptor, isOwned: true)
        }
    }

    private init(_ source: Source) { self.source = source }

    static var standardInput: ByteStream { ByteStream(.descriptor(STDIN_FILENO, isOwned: false)) }

    deinit {
        switch source {
        case .descriptor(let descriptor, let isOwned): if isOwned { close(descriptor) }
        case .zipped(let file): gzclose(file)
        }
    }

    /// Appends up to `count` bytes. False when they cannot be read; nothing is appended at the end, and once the user asked for
    /// an end. What is appended takes no more room than it needs: files may be many, and small.
    func read(_ count: Int, into bytes: inout [UInt8]) -> Bool {
        var left = count
        while left > 0 {
            let got = buffer.withUnsafeMutableBytes { room in
                room.baseAddress.map { piece($0, min(left, room.count)) } ?? 0
            }
            if got < 0 { return false }
            if got == 0 { break }
            bytes += buffer[..<got]
            left -= got
        }
        return true
    }

    /// To the end, or to what there is when the user asks for one; nil when it cannot be read.
    func bytes() -> [UInt8]? {
        let pieceBytes = 1 << 16
        var bytes: [UInt8] = []
        while true {
            let before = bytes.count
            guard read(pieceBytes, into: &bytes) else { return nil }
            if bytes.count - before < pieceBytes { return bytes }
        }
    }

    private func piece(_ place: UnsafeMutableRawPointer, _ count: Int) -> Int {
        switch source {
        case .zipped(let file):
            let got = gzread(file, place, UInt32(clamping: count))
            // At the end of a file that was cut off, zlib gives what it has, and says so only when asked.
            var status: Int32 = Z_OK
            if got == 0 { _ = gzerror(file, &status) }
            return status == Z_OK || status == Z_STREAM_END ? Int(got) : -1
        case .descriptor(let descriptor, _):
            while !Interruption.isAsked {
                guard isReadable(descriptor) else { continue }
                let got = Foundation.read(descriptor, place, count)
                if got >= 0 { return got }
                if errno != EINTR { return -1 }
            }
            return 0
        }
    }

    /// Whether reading would not wait, after a moment. A signal may be another thread's, and then does not end a `read` here.
    private func isReadable(_ descriptor: Int32) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wanted, 1, 100) > 0
    }
}

import Foundation

/// Reads files that somebody may have put where rules are expected: no more of them than is looked at, no link, and nothing that
/// is no file. A FIFO would be waited for without end.
enum BoundedFile {
    enum Failure: Error {
        case unreadable
        case noRegularFile
    }

    /// - Parameters:
    ///   - limit: no more bytes are read.
    ///   - followsLink: whether the last part of the path may be a symbolic link.
    static func bytes(of path: String, limit: Int, followsLink: Bool) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLink ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else { throw .unreadable }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .noRegularFile }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(Int(status.st_size), limit))
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < limit {
            let count = read(descriptor, &piece, min(piece.count, limit - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }
}

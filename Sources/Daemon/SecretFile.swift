#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads a file that holds a secret, and looks at who else can read or write it.
package enum SecretFile {
    /// Why a file is not used: a sentence's end.
    package struct Refused: Error, Sendable, Hashable {
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    package struct Content: Sendable, Hashable {
        package var bytes: [UInt8]
        /// What a person should mend, as a sentence's end; nil for nothing.
        package var remark: String?
    }

    /// No secret is longer.
    private static let byteLimit = 64 << 10

    /// Symbolic links are followed: orchestrators mount secrets so. Whoever may write the file chooses who is authentic, so
    /// that it must belong to us or root, and nobody else may write it. That others can read it is remarked only: secrets that
    /// are mounted into containers often have mode 0444 or 0644, where no stranger lives.
    /// - Parameter user: who we are.
    package static func read(_ path: String, user: UInt32 = geteuid()) throws(Refused) -> Content {
        // A FIFO must not hold up the start.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Refused(reason: "cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Refused(reason: "cannot be read: it is no regular file")
        }
        let isOurs = status.st_uid == user || status.st_uid == 0
        // Root reads what belongs to anybody: in a container that is usual.
        guard isOurs || user == 0 else { throw Refused(reason: "belongs to another user: chown it to the daemon's") }
        guard status.st_mode & 0o022 == 0 else { throw Refused(reason: "can be written by others: chmod it to 0600") }
        var remark: String?
        if status.st_mode & 0o044 != 0 { remark = "can be read by others: chmod it to 0600" }
        if !isOurs { remark = "belongs to another user: chown it to the daemon's" }
        return Content(bytes: try bytes(descriptor), remark: remark)
    }

    private static func bytes(_ descriptor: Int32) throws(Refused) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            #if canImport(Glibc)
                let count = Glibc.read(descriptor, &piece, piece.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, &piece, piece.count)
            #else
                let count = Darwin.read(descriptor, &piece, piece.count)
            #endif
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Refused(reason: "cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= byteLimit else { throw Refused(reason: "holds more than 64 KiB, which is no secret") }
        }
    }
}

import Model

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A path of the file system, and what is there. Asking never waits: a pipe or a device in the rules folder is none of its
/// files, and is not opened for reading.
struct FilePlace: Sendable, Hashable {
    let path: String

    enum Kind: Sendable, Hashable {
        case file, folder
        /// A pipe, a socket or a device.
        case other
    }

    /// Of a file, as long as it is there.
    struct Identity: Sendable, Hashable {
        var device: UInt64
        var inode: UInt64
    }

    init(_ path: String) { self.path = path }

    /// `relative` below `folder`; the folder itself when it is empty.
    init(_ folder: String, _ relative: String) {
        path = relative.isEmpty ? folder : folder.hasSuffix("/") ? folder + relative : folder + "/" + relative
    }

    /// Of what links lead to; nil when there is nothing.
    var kind: Kind? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Self.kind(status)
    }

    var isLink: Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Without links; nil when they lead nowhere, or in a circle.
    var realPath: String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The first bytes of a regular file; nil when there is none or it cannot be read.
    func contents(atMost limit: Int) -> (bytes: [UInt8], identity: Identity)? {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Self.kind(status) == .file else { return nil }
        var bytes: [UInt8] = []
        let chunk = 1 << 16
        var buffer = [UInt8](repeating: 0, count: chunk)
        while bytes.count < limit {
            let count = read(descriptor, &buffer, min(chunk, limit - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += buffer.prefix(count)
        }
        return (bytes, Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)))
    }

    private static func kind(_ status: stat) -> Kind {
        switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }
}

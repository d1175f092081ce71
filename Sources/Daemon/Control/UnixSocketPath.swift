#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The path of a Unix socket as the system's calls take it. An address holds little more than 100 bytes: a longer path is
/// reached through a descriptor of its folder, where the system has `/proc`.
package final class UnixSocketPath: Sendable {
    /// As it is shown to people.
    package let text: String
    /// Names the same file for as long as this object lives.
    let short: String
    private let folder: Int32

    /// Bytes of `sun_path`, its end left out.
    private static let addressLimit = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// Nil for a path that is too long, and whose folder cannot be opened.
    package init?(_ path: String) {
        text = path
        guard path.utf8.count > Self.addressLimit else {
            short = path
            folder = -1
            return
        }
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        folder = open(Self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        short = "/proc/self/fd/\(folder)/\(name)"
        guard folder >= 0, short.utf8.count <= Self.addressLimit else {
            if folder >= 0 { close(folder) }
            return nil
        }
    }

    deinit {
        if folder >= 0 { close(folder) }
    }

    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Why a socket could not be reached: the system's number.
    package struct ConnectError: Error, Sendable, Hashable {
        package let number: Int32

        /// Nobody listens: there is no socket, or whoever made it is gone.
        package var isNobodyThere: Bool { number == ENOENT || number == ECONNREFUSED }
        package var isForbidden: Bool { number == EACCES || number == EPERM }
        package var text: String { String(cString: strerror(number)) }
    }

    /// Connects, and returns the descriptor, which the caller closes.
    package func connect() throws(ConnectError) -> Int32 {
        #if canImport(Glibc)
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #else
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM), 0)
        #endif
        guard descriptor >= 0 else { throw ConnectError(number: errno) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        while true {
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connectSocket(descriptor, $0, length) }
            }
            if result == 0 { return descriptor }
            let number = errno
            if number == EINTR { continue }
            close(descriptor)
            throw ConnectError(number: number)
        }
    }
}

/// The system's own, which the method's name hides.
private func connectSocket(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
    connect(descriptor, address, length)
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Tells systemd how the service is doing, where a unit with `Type=notify` asks for it by `$NOTIFY_SOCKET`.
/// Source: sd_notify(3).
enum ServiceNotification: String {
    case ready = "READY=1"
    case stopping = "STOPPING=1"
    case reloaded = "STATUS=rules reloaded"

    /// Does nothing without a socket. What cannot be sent is not sent: nobody waits for it but systemd, which has its timeout.
    func send(to socketPath: String?) {
        guard let socketPath, var address = Self.address(socketPath) else { return }
        #if canImport(Glibc)
            let kind = Int32(SOCK_DGRAM.rawValue)
        #else
            let kind = SOCK_DGRAM
        #endif
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + socketPath.utf8.count)
        let message = Array(rawValue.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                sendto(descriptor, message, message.count, 0, generic, length)
            }
        }
    }

    /// A path, or a name in the abstract namespace, which begins with `@`.
    private static func address(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        var bytes = Array(path.utf8)
        guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@") else { return nil }
        if first == UInt8(ascii: "@") { bytes[0] = 0 }
        let isFit = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard bytes.count < place.count else { return false }
            place.copyBytes(from: bytes)
            return true
        }
        address.sun_family = sa_family_t(AF_UNIX)
        return isFit ? address : nil
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Tells systemd how the service is doing, where a unit with `Type=notify` or `Type=notify-reload` asks for it by
/// `$NOTIFY_SOCKET`. Source: sd_notify(3).
///
/// Its socket is made at once and kept: a process that ran out of descriptors can still say that it is alive.
package final class ServiceNotifier: Sendable {
    private let descriptor: Int32
    private let address: NotifyAddress?

    /// - Parameter socketPath: a path, or a name in the abstract namespace, which begins with `@`. With nil or anything else
    ///   nothing is ever sent.
    package init(socketPath: String?) {
        address = socketPath.flatMap { NotifyAddress($0) }
        descriptor = address == nil ? -1 : Self.openSocket()
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    package var isHeard: Bool { descriptor >= 0 }

    /// One datagram, an assignment a line. What cannot be sent within a fifth of a second is lost: nobody waits for it but
    /// systemd, which has its timeouts.
    package func send(_ lines: [String]) {
        guard descriptor >= 0, var place = address?.value, let length = address?.length else { return }
        let message = Array(lines.joined(separator: "\n").utf8)
        withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                while sendto(descriptor, message, message.count, Self.noSignal, generic, length) < 0, errno == EINTR {}
            }
        }
    }

    private static func openSocket() -> Int32 {
        #if canImport(Glibc)
            let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #elseif canImport(Musl)
            let descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)
        #else
            let descriptor = socket(AF_UNIX, SOCK_DGRAM, 0)
        #endif
        // `struct timeval`, whose members cannot be named in a build with a static standard library: two longs, time(7).
        var patience: (seconds: CLong, microseconds: CLong) = (0, 200_000)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<(CLong, CLong)>.size))
        return descriptor
    }

    #if canImport(Darwin)
        private static let noSignal: Int32 = 0
    #else
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #endif
}

/// Where notifications go.
private struct NotifyAddress: Sendable {
    let value: sockaddr_un
    let length: socklen_t

    /// Nil for what is neither a path nor an abstract name, or is too long for one.
    init?(_ path: String) {
        var value = sockaddr_un()
        var bytes = Array(path.utf8)
        guard let first = bytes.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@") else { return nil }
        if first == UInt8(ascii: "@") { bytes[0] = 0 }
        let isFit = withUnsafeMutableBytes(of: &value.sun_path) { place in
            guard bytes.count < place.count else { return false }
            place.copyBytes(from: bytes)
            return true
        }
        guard isFit else { return nil }
        value.sun_family = sa_family_t(AF_UNIX)
        self.value = value
        length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    }
}

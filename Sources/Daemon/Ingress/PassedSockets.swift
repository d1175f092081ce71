#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A listening socket that whoever started the process has opened for it.
package struct PassedSocket: Sendable, Hashable {
    package var descriptor: Int32

    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }
}

/// The sockets of a systemd unit with sockets: `$LISTEN_FDS`, `$LISTEN_PID`, `$LISTEN_FDNAMES`.
///
/// Those named `webhooks` and `admin` take the places of `listen` and `admin` of the configuration. Without any of these names
/// the first is for webhooks. Source: sd_listen_fds(3).
package struct PassedSockets: Sendable, Hashable {
    package var webhooks: PassedSocket?
    package var admin: PassedSocket?

    package init(webhooks: PassedSocket? = nil, admin: PassedSocket? = nil) {
        self.webhooks = webhooks
        self.admin = admin
    }

    /// Nothing is passed.
    package static let none = PassedSockets()

    /// The first descriptor that is passed.
    private static let first: Int32 = 3

    /// - Parameters:
    ///   - process: the number of this process: what is meant for another one is not taken.
    ///   - isListening: whether a descriptor is a listening socket.
    /// - Throws: `StartError.socketUnusable` for a socket that is passed and cannot be used: to listen elsewhere instead would
    ///   surprise whoever passed it.
    package init(
        environment: (String) -> String?, process: Int32, isListening: (Int32) -> Bool = PassedSockets.isListening
    ) throws(StartError) {
        guard let count = environment("LISTEN_FDS").flatMap({ Int32($0) }), count > 0, count <= 1024,
            environment("LISTEN_PID").flatMap({ Int32($0) }) == process
        else {
            self = .none
            return
        }
        let descriptors = Array(Self.first..<Self.first + count)
        let names = environment("LISTEN_FDNAMES").map { $0.split(separator: ":", omittingEmptySubsequences: false) } ?? []
        func named(_ name: String) throws(StartError) -> PassedSocket? {
            let all = zip(names, descriptors).filter { $0.0 == name }.map(\.1)
            guard all.count <= 1 else { throw .socketUnusable(name, why: "\(all.count) of that name are passed") }
            return all.first.map { PassedSocket(descriptor: $0) }
        }
        webhooks = try named("webhooks")
        admin = try named("admin")
        if webhooks == nil, admin == nil { webhooks = PassedSocket(descriptor: Self.first) }
        for (name, socket) in [("webhooks", webhooks), ("admin", admin)] {
            if let socket, !isListening(socket.descriptor) {
                throw .socketUnusable(name, why: "it is no listening socket")
            }
        }
    }

    /// Those of this process. Children of it do not get them, nor hear of them.
    package static func ofThisProcess() throws(StartError) -> PassedSockets {
        let passed = try PassedSockets(environment: { getenv($0).map { String(cString: $0) } }, process: getpid())
        for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"] { unsetenv(name) }
        for socket in [passed.webhooks, passed.admin] {
            if let socket { _ = fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC) }
        }
        return passed
    }

    package static func isListening(_ descriptor: Int32) -> Bool {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0
    }
}

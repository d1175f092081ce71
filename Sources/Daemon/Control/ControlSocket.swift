import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file of the control socket: made so that no other process loses its own, and taken away at the end.
final class ControlSocket: Sendable {
    typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    let path: UnixSocketPath
    /// Kept until the end: whoever has it may take away what a dead process left.
    private let lock: StoreLock

    /// A sentence in lower case without a full stop.
    struct OpenError: Error, Sendable, Hashable { let message: String }

    private static let mode: mode_t = 0o660
    private static let folderMode: mode_t = 0o750

    /// Makes the folder where it is missing, and takes away the socket of a process that is gone.
    init(_ text: String) throws(OpenError) {
        let folder = UnixSocketPath.folder(of: text)
        if mkdir(folder, Self.folderMode) == 0 {
            // Whatever the umask of the process is: the group of the socket must come to it.
            chmod(folder, Self.folderMode)
        } else if errno != EEXIST {
            throw OpenError(message: "the folder \(folder) cannot be made: \(Self.reason)")
        }
        guard let path = UnixSocketPath(text) else { throw OpenError(message: "the path is too long for a socket") }
        guard let lock = StoreLock(besides: text) else { throw OpenError(message: "another process listens there") }
        self.path = path
        self.lock = lock
        try removeStale()
    }

    private func removeStale() throws(OpenError) {
        var status = stat()
        guard lstat(path.short, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw OpenError(message: "there is a file that is no socket") }
        do {
            close(try path.connect())
            throw OpenError(message: "another process listens there")
        } catch let error as UnixSocketPath.ConnectError {
            guard error.isNobodyThere else { throw OpenError(message: "another process has it: \(error.text)") }
        } catch {
            throw OpenError(message: "another process listens there")
        }
        guard unlink(path.short) == 0 || errno == ENOENT else {
            throw OpenError(message: "what an earlier process left cannot be removed: \(Self.reason)")
        }
    }

    /// Listens. Closing the channel takes the file away.
    func listen() async throws -> NIOAsyncChannel<Connection, Never> {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 16)
            // `echo … | nc -U` says all that it has to say at once, and then listens.
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(to: SocketAddress(unixDomainSocketPath: path.short)) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(wrappingChannelSynchronously: channel) }
            }
        guard chmod(path.short, Self.mode) == 0 else {
            let reason = Self.reason
            try await channel.channel.close()
            throw OpenError(message: "its mode cannot be set: \(reason)")
        }
        return channel
    }

    /// The group whose members may connect; nil when the file is gone.
    var group: gid_t? {
        var status = stat()
        return lstat(path.short, &status) == 0 ? status.st_gid : nil
    }

    private static var reason: String { String(cString: strerror(errno)) }
}

/// Who is at the other end, as the kernel says.
struct PeerCredentials: Sendable, Hashable {
    var user: uid_t
    /// The process's own and its further groups.
    var groups: Set<gid_t>

    /// The daemon's own user, root, and the group of the socket.
    func mayControl(socketGroup: gid_t?) -> Bool {
        user == 0 || user == geteuid() || socketGroup.map(groups.contains) ?? false
    }

    /// Nil where the system does not tell: then the mode of the file is what there is.
    static func of(_ channel: any Channel) async throws -> PeerCredentials? {
        #if os(Linux)
            guard let options = channel as? any SocketOptionProvider else { return nil }
            let peer: KernelCredentials = try await options.unsafeGetSocketOption(
                level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED)
            ).get()
            var groups: Set<gid_t> = [peer.group]
            // The list has no length of its own. It ends with zeros, which are no membership of the group root.
            let further: EventLoopFuture<KernelGroups> = options.unsafeGetSocketOption(
                level: .socket, name: NIOBSDSocket.Option(rawValue: peerGroups))
            if let list = try? await further.get() {
                for index in list.members.indices where list.members[index] != 0 { groups.insert(list.members[index]) }
            }
            return PeerCredentials(user: peer.user, groups: groups)
        #else
            return nil
        #endif
    }

    #if os(Linux)
        /// `SO_PEERGROUPS`, which the C library's headers do not show to Swift everywhere. Source: asm-generic/socket.h.
        private static let peerGroups: CInt = 59

        /// `struct ucred`, which the C library shows only with GNU extensions. Source: unix(7).
        private struct KernelCredentials: Sendable {
            var process: pid_t = 0
            var user: uid_t = 0
            var group: gid_t = 0
        }

        /// More groups than these are not looked at.
        private struct KernelGroups: Sendable {
            var members = InlineArray<256, gid_t>(repeating: 0)
        }
    #endif
}

import Glibc

/// Many connections at once from one thread, each with its own way to be a nuisance: more than fits, slower than is allowed,
/// or without reading what it is told.
package struct Crowd: Sendable {
    /// What one of them does.
    package struct Member: Sendable {
        /// Sent as soon as it is connected.
        package var bytes: [UInt8]
        /// Sent again and again after that, with a pause before each.
        package var drip: [UInt8]
        package var pauseMilliseconds: Int
        /// False: what it is told stays where it is.
        package var reads: Bool
        /// Its receive buffer is as small as can be, so that what it does not read stays with the sender. It does not hear of
        /// the end then either, but by a reset.
        package var hasLittleRoom: Bool
        /// It hangs up when it has got one whole answer.
        package var leavesWithAnswer: Bool

        package init(
            _ bytes: some Sequence<UInt8>, drip: String = "", pauseMilliseconds: Int = 200, reads: Bool = true,
            hasLittleRoom: Bool = false, leavesWithAnswer: Bool = false
        ) {
            self.bytes = Array(bytes)
            self.drip = Array(drip.utf8)
            self.pauseMilliseconds = pauseMilliseconds
            self.reads = reads
            self.hasLittleRoom = hasLittleRoom
            self.leavesWithAnswer = leavesWithAnswer
        }
    }

    package struct Outcome: Sendable {
        package var isConnected = false
        /// What it has read.
        package var bytes: [UInt8] = []
        /// By the other end.
        package var isClosed = false
        package var seconds = 0.0

        /// Of its first answer; nil without one.
        package var status: Int? {
            guard bytes.starts(with: "HTTP/1.1 ".utf8) else { return nil }
            return Int(String(decoding: bytes.dropFirst(9).prefix(3), as: UTF8.self))
        }

        package var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private struct Connection {
        var place: Int
        var descriptor: Int32
        var isConnected = false
        var sent = 0
        var begin: Double
        var nextDrip = Double.infinity
    }

    private let port: UInt16

    /// Of 127.0.0.1.
    package init(port: UInt16) {
        self.port = port
    }

    /// Opens as many descriptors as this process may have at all; how many that are.
    package static func raiseDescriptorLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    /// Lets them come, so many at once, until all have gone, have been closed, or so many seconds are over. Waits.
    /// - Parameter isEnough: asked from time to time whether to end at once, with how many are open.
    package func run(
        _ members: [Member], atOnce: Int, seconds: Double, until isEnough: (_ open: Int) -> Bool = { _ in false }
    ) -> [Outcome] {
        var outcomes = [Outcome](repeating: Outcome(), count: members.count)
        var open: [Connection] = []
        var next = 0
        let end = Self.now + seconds
        defer { for connection in open { close(connection.descriptor) } }
        while Self.now < end, next < members.count || !open.isEmpty {
            while next < members.count, open.count < atOnce,
                let descriptor = connected(hasLittleRoom: members[next].hasLittleRoom)
            {
                open.append(Connection(place: next, descriptor: descriptor, begin: Self.now))
                next += 1
            }
            var polls = open.map { connection -> pollfd in
                let member = members[connection.place]
                let wantsOut = !connection.isConnected || connection.sent < member.bytes.count
                let events = (wantsOut ? POLLOUT : 0) | (member.reads ? POLLIN : 0) | 0x2000  // POLLRDHUP
                return pollfd(fd: connection.descriptor, events: Int16(events), revents: 0)
            }
            let ready = poll(&polls, nfds_t(polls.count), 10)
            // Not so often that whoever is being tested gets no turn.
            if Int(ready) * 10 < open.count { usleep(20_000) }
            let now = Self.now
            var left: [Connection] = []
            left.reserveCapacity(open.count)
            for (index, var connection) in open.enumerated() {
                let place = connection.place
                if step(&connection, members[place], Int32(polls[index].revents), now, &outcomes[place]) {
                    left.append(connection)
                } else {
                    outcomes[place].seconds = now - connection.begin
                    close(connection.descriptor)
                }
            }
            open = left
            if isEnough(open.count) { break }
        }
        return outcomes
    }

    /// False when it is over.
    private func step(
        _ connection: inout Connection, _ member: Member, _ events: Int32, _ now: Double, _ outcome: inout Outcome
    ) -> Bool {
        if events & Int32(POLLIN) != 0, member.reads {
            var piece = [UInt8](repeating: 0, count: 1 << 14)
            let count = recv(connection.descriptor, &piece, piece.count, 0)
            if count > 0 { outcome.bytes += piece[..<count] }
            if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) {
                outcome.isClosed = true
                return false
            }
            if member.leavesWithAnswer, Self.isWhole(outcome.bytes) { return false }
        } else if events & (Int32(POLLHUP) | Int32(POLLERR) | 0x2000) != 0 {
            outcome.isClosed = true
            return false
        }
        if events & Int32(POLLOUT) != 0 {
            connection.isConnected = true
            outcome.isConnected = true
            guard send(&connection, member) else {
                // What it was told meanwhile may still be there to be read.
                return member.reads ? true : false
            }
            if connection.sent == member.bytes.count { connection.nextDrip = now + Double(member.pauseMilliseconds) / 1000 }
        }
        if !member.drip.isEmpty, now >= connection.nextDrip {
            connection.nextDrip = now + Double(member.pauseMilliseconds) / 1000
            _ = Glibc.send(connection.descriptor, member.drip, member.drip.count, Int32(MSG_NOSIGNAL))
        }
        return true
    }

    private func send(_ connection: inout Connection, _ member: Member) -> Bool {
        while connection.sent < member.bytes.count {
            let count = member.bytes[connection.sent...].withUnsafeBytes {
                Glibc.send(connection.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EAGAIN { return true }
                // Nothing more is sent; it waits for what it is told.
                connection.sent = member.bytes.count
                return false
            }
            connection.sent += count
        }
        return true
    }

    private func connected(hasLittleRoom: Bool) -> Int32? {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, flags, 0)
        guard descriptor >= 0 else { return nil }
        if hasLittleRoom {
            var size: Int32 = 2048
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        guard result == 0 || errno == EINPROGRESS else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// A head, and as much behind it as it says.
    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        let mark = Array("\r\n\r\n".utf8)
        guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: mark) }) else { return false }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n").map { $0.lowercased() }
        let length = lines.first { $0.hasPrefix("content-length: ") }.flatMap { Int($0.dropFirst(16)) }
        return bytes.count - end - mark.count >= length ?? 0
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

import Glibc

/// The server's thread: polls the listener and all connections.
final class FakeServerLoop: @unchecked Sendable {
    // Unchecked because it is handed over to its thread, which alone uses it from then on.

    private let listener: Int32
    private let wake: Int32
    private let application: any FakeApplication
    private var connections: [FakeConnection] = []
    private var count = 0

    init(listener: Int32, wake: Int32, application: any FakeApplication) {
        self.listener = listener
        self.wake = wake
        self.application = application
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
    }

    /// Until the other end of `wake` is closed.
    func run() {
        while true {
            var entries = [
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0), pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            ]
            entries.reserveCapacity(connections.count + 2)
            for connection in connections {
                entries.append(pollfd(fd: connection.socket, events: connection.interest, revents: 0))
            }
            let count = poll(&entries, nfds_t(entries.count), timeout)
            guard count >= 0 || errno == EINTR, entries[0].revents == 0 else { break }
            proceed(entries.dropFirst(2).map(\.revents))
            if entries[1].revents != 0 { accept() }
        }
        for connection in connections { close(connection.socket) }
        close(listener)
        close(wake)
    }

    private func accept() {
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            guard socket >= 0 else { return }
            _ = fcntl(socket, F_SETFL, O_NONBLOCK)
            var isOn: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &isOn, socklen_t(MemoryLayout<Int32>.size))
            count += 1
            connections.append(FakeConnection(socket: socket, number: count))
        }
    }

    /// - Parameter events: of each connection, in their order.
    private func proceed(_ events: [Int16]) {
        let now = FakeServer.now
        var isAnyOver = false
        for (connection, events) in zip(connections, events) {
            let isDue = connection.wakeAt.map { $0 <= now } ?? false
            guard events != 0 || isDue else { continue }
            connection.proceed(application, isOtherSideGone: events & FakeConnection.goneEvents != 0)
            guard connection.isOver else { continue }
            close(connection.socket)
            isAnyOver = true
        }
        if isAnyOver { connections.removeAll(where: \.isOver) }
    }

    private var timeout: Int32 {
        guard let next = connections.lazy.compactMap(\.wakeAt).min() else { return -1 }
        return Int32(min(max(next - FakeServer.now, 0), 60_000))
    }
}

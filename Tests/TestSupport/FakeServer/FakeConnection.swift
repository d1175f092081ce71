import Glibc

/// One connection: what came and was not yet understood, and what is still to be done.
final class FakeConnection {
    let socket: Int32
    let number: Int
    /// When to go on by itself; nil: when the socket says so.
    private(set) var wakeAt: Int64?
    private(set) var isOver = false
    private var input: [UInt8] = []
    private var requests = 0
    private var turn: FakeTurn?
    private var arrivedAt: Int64 = 0
    private var steps: ArraySlice<FakeStep> = []
    /// Bytes of the current step that are out.
    private var sent = 0
    private var isWriteBlocked = false

    init(socket: Int32, number: Int) {
        self.socket = socket
        self.number = number
    }

    /// The other side will send no more. The C header hides it behind `_GNU_SOURCE`. Source: poll(2).
    private static let otherSideClosed: Int16 = 0x2000

    static let goneEvents = otherSideClosed | Int16(POLLHUP) | Int16(POLLERR)

    /// Nothing is read while there is something to do: a sender waits for its answer.
    var interest: Int16 {
        Self.otherSideClosed | (steps.isEmpty ? Int16(POLLIN) : 0) | (isWriteBlocked ? Int16(POLLOUT) : 0)
    }

    /// Goes on as far as it can without waiting.
    func proceed(_ application: any FakeApplication, isOtherSideGone: Bool) {
        if isOtherSideGone, !steps.isEmpty { isOver = true }
        while !isOver {
            if steps.isEmpty {
                guard takeRequest(application) else { return }
            } else {
                guard carryOutStep() else { return }
            }
        }
    }
}

// MARK: - Requests

extension FakeConnection {
    /// False when there is not (yet) a whole one.
    private func takeRequest(_ application: any FakeApplication) -> Bool {
        if turn == nil {
            if input.isEmpty {
                guard let first = received(flags: Int32(MSG_PEEK)) else { return false }
                if requests == 0, first.first == FakeTLS.handshakeByte {
                    steps = application.stepsForTLS()[...]
                    return true
                }
                if begin(application), leaveUnread(first, application) { return true }
            } else {
                _ = begin(application)
            }
        }
        while true {
            if let turn, !input.isEmpty, let next = next(application, turn) {
                steps = next[...]
                self.turn = nil
                return true
            }
            guard let bytes = received(flags: 0) else { return false }
            input += bytes
        }
    }

    /// True when the request is not to be read.
    private func begin(_ application: any FakeApplication) -> Bool {
        let turn = application.turn()
        self.turn = turn
        requests += 1
        arrivedAt = FakeServer.now
        return turn.misbehaviour?.leavesUnread == true
    }

    private func leaveUnread(_ bytes: [UInt8], _ application: any FakeApplication) -> Bool {
        guard let turn else { return false }
        guard case .request(let request, _) = reading(bytes) else { return false }
        steps = application.steps(for: request, turn: turn, isRead: false)[...]
        self.turn = nil
        return true
    }

    private func next(_ application: any FakeApplication, _ turn: FakeTurn) -> [FakeStep]? {
        switch reading(input) {
        case .incomplete: return nil
        case .malformed(let fault):
            input = []
            return application.steps(forMalformed: fault, turn: turn)
        case .request(let request, let length):
            input.removeFirst(length)
            return application.steps(for: request, turn: turn, isRead: true)
        }
    }

    private func reading(_ bytes: [UInt8]) -> FakeRequest.Reading {
        FakeRequest.reading(bytes, connection: number, place: requests, arrivedAt: arrivedAt)
    }

    /// Nil when there is nothing now; the end of the connection ends it.
    private func received(flags: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = buffer.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, flags) }
        if count > 0 { return Array(buffer[..<count]) }
        if count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK) { isOver = true }
        return nil
    }
}

// MARK: - Steps

extension FakeConnection {
    /// False when it has to wait.
    private func carryOutStep() -> Bool {
        guard let step = steps.first else { return true }
        switch step {
        case .send(let bytes):
            guard send(bytes, from: sent) else { return false }
        case .flood(let piece, let total):
            guard flood(piece, total: total) else { return false }
        case .drip(let bytes, let interval):
            guard isDue else { return false }
            if sent < bytes.count {
                guard send([bytes[sent]], from: 0) else { return false }
                wakeAt = FakeServer.now + interval
                return false
            }
        case .pause(let milliseconds):
            if wakeAt == nil { wakeAt = FakeServer.now + milliseconds }
            guard isDue else { return false }
        case .halfClose: shutdown(socket, Int32(SHUT_WR))
        case .close: isOver = true
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
            isOver = true
        case .hang: return false
        }
        wakeAt = nil
        sent = 0
        steps.removeFirst()
        return true
    }

    private var isDue: Bool { wakeAt.map { $0 <= FakeServer.now } ?? true }

    private func flood(_ piece: [UInt8], total: Int?) -> Bool {
        while total.map({ sent < $0 }) ?? true {
            let offset = sent % piece.count
            let length = min(piece.count - offset, total.map { $0 - sent } ?? .max)
            let count = write(piece, offset, length)
            guard count > 0 else { return false }
        }
        return true
    }

    private func send(_ bytes: [UInt8], from start: Int) -> Bool {
        var offset = start
        while offset < bytes.count {
            let count = write(bytes, offset, bytes.count - offset)
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    /// What is out is counted; a full socket is waited for; a broken one ends the connection.
    private func write(_ bytes: [UInt8], _ offset: Int, _ length: Int) -> Int {
        let count = bytes.withUnsafeBytes { bytes in
            Glibc.send(socket, bytes.baseAddress.map { $0 + offset }, length, Int32(MSG_NOSIGNAL))
        }
        isWriteBlocked = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)
        if count > 0 { sent += count } else if !isWriteBlocked { isOver = true }
        return count
    }
}

import Glibc

/// A TCP connection on loopback that sends exactly the bytes that it is told, in the pieces that it is told.
package final class RawConnection {
    private let descriptor: Int32

    package struct Failure: Error {
        package var call: String
        package var code: Int32
    }

    /// - Parameters:
    ///   - address: `127.0.0.1:PORT`.
    ///   - patience: seconds that a read waits.
    package init(_ address: String, patience seconds: Int = 60) throws {
        let port = address.split(separator: ":").last.flatMap { UInt16($0) } ?? 0
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) }
        }
        guard result == 0 else {
            close(descriptor)
            throw Failure(call: "connect", code: errno)
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sends; what the other end no longer takes is lost.
    package func send(_ bytes: some Collection<UInt8>) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// What the other end sends until it closes, or says nothing for as long as there is patience.
    package func readWhatComes() -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = read(), !piece.isEmpty { bytes += piece }
        return bytes
    }

    /// What the other end sends until it closes. Nil when it does not close in time.
    package func readToEnd() -> [UInt8]? {
        var bytes: [UInt8] = []
        while let piece = read() {
            if piece.isEmpty { return bytes }
            bytes += piece
        }
        return nil
    }

    /// What there is, waited for; empty at the end, nil when nothing comes in time.
    package func read() -> [UInt8]? {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &piece, piece.count, 0)
            if count >= 0 { return Array(piece[..<count]) }
            if errno == EINTR { continue }
            // Closed with a reset: its end, too.
            return errno == ECONNRESET ? [] : nil
        }
    }

    /// The statuses of answers with `Content-Length`, `100 Continue` left out; nil where the bytes are something else.
    package static func statuses(in bytes: [UInt8]) -> [Int]? {
        var statuses: [Int] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.starts(with: "HTTP/1.1 ".utf8), let end = headEnd(rest) else { return nil }
            let lines = String(decoding: rest[..<end], as: UTF8.self).split(separator: "\r\n")
            guard let status = Int(lines.first?.dropFirst(9).prefix(3) ?? "") else { return nil }
            rest = rest[end...]
            if status == 100 { continue }
            let length = lines.lazy.map { $0.lowercased() }.first { $0.hasPrefix("content-length: ") }
                .flatMap { Int($0.dropFirst(16)) }
            rest = rest.dropFirst(length ?? 0)
            statuses.append(status)
        }
        return statuses
    }

    private static func headEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        return bytes.indices.first { bytes[$0...].starts(with: mark) }.map { $0 + mark.count }
    }
}

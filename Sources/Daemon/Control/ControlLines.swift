import NIOCore

/// Lines that a client sends. Holds one line, and what came with its end; the client waits while nobody asks for the next.
final class ControlLines {
    private var parts: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private var bytes: [UInt8] = []
    /// Of the bytes: where the next line begins, and up to where there is no line end.
    private var start = 0
    private var searched = 0
    /// The rest of a line that is too long is still to come.
    private var isSkipping = false

    enum Line: Sendable, Hashable {
        /// Its end left out.
        case bytes([UInt8])
        /// It has more bytes than asked for, and is passed over.
        case tooLong
    }

    init(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) { parts = inbound.makeAsyncIterator() }

    /// The next line; nil when there are no more. The last one may have no end.
    func next(limit: Int) async throws -> Line? {
        if isSkipping { try await skip() }
        while true {
            if let end = bytes[searched...].firstIndex(of: Self.lineEnd) {
                let line = bytes[start..<end]
                start = end + 1
                searched = start
                return line.count > limit ? .tooLong : .bytes(Array(line))
            }
            searched = bytes.count
            if searched - start > limit {
                isSkipping = true
                return .tooLong
            }
            guard try await readMore() else { break }
        }
        let rest = Array(bytes[start...])
        start = bytes.count
        return rest.isEmpty ? nil : .bytes(rest)
    }

    private func skip() async throws {
        while true {
            if let end = bytes[start...].firstIndex(of: Self.lineEnd) {
                start = end + 1
                searched = start
                isSkipping = false
                return
            }
            start = bytes.count
            guard try await readMore() else {
                isSkipping = false
                return
            }
        }
    }

    /// False at the end.
    private func readMore() async throws -> Bool {
        bytes.removeFirst(start)
        searched = max(0, searched - start)
        start = 0
        guard let part = try await parts.next() else { return false }
        bytes.append(contentsOf: part.readableBytesView)
        return true
    }

    private static let lineEnd = UInt8(ascii: "\n")
}

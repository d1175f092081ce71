/// Where requests of one connection begin and end, and whether they may be looked at at all (S4).
///
/// It sees the bytes before any parser does, in pieces of any size, and says the same however they are cut. Bodies are
/// counted, never copied.
package struct RequestFraming: Sendable {
    private enum Phase {
        case head
        case body(Int)
        /// Behind that many digits of a chunk's size.
        case chunkSize(digits: Int, size: Int)
        case chunkSizeEnd(size: Int)
        case chunk(Int)
        case chunkEnd(wantsLineFeed: Bool)
        /// Behind the last chunk.
        case lastEnd(wantsLineFeed: Bool)
        case over
    }

    private var phase = Phase.head
    private var head = RequestHead()
    /// Of the line that is not complete yet.
    private var line: [UInt8] = []
    private var lines = 0
    private var headBytes = 0
    private var isAfterReturn = false

    static let headLimit = 16 << 10
    private static let chunkSizeDigits = 8
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    package init() {}

    /// What came of some bytes.
    package struct Progress: Sendable, Hashable {
        /// How many of them belong to heads that are complete and in order, and to their bodies. What is behind them is the
        /// beginning of a head, to be held back, or refused.
        package var passed = 0
        package var refusal: RequestRefusal?

        package init() {}
    }

    /// Nothing more is passed: the last request said so, or something was refused.
    package var isOver: Bool {
        if case .over = phase { true } else { false }
    }

    /// Looks at further bytes.
    package mutating func take(_ bytes: UnsafeRawBufferPointer) -> Progress {
        var progress = Progress()
        var position = 0
        while position < bytes.count, !isOver {
            let result = step(bytes, &position)
            switch result {
            case .more: continue
            case .passed: progress.passed = position
            case .headComplete:
                progress.passed = position
                if isAtHead { endRequest() }
            case .refused(let refusal):
                progress.refusal = refusal
                phase = .over
            }
        }
        return progress
    }

    private enum Step {
        /// Of a head that is not complete.
        case more
        case passed
        case headComplete
        case refused(RequestRefusal)
    }

    private var isAtHead: Bool {
        if case .head = phase { true } else { false }
    }

    private mutating func step(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Step {
        switch phase {
        case .head: return stepHead(bytes, &position)
        case .body(let left):
            let taken = min(left, bytes.count - position)
            position += taken
            if taken == left { endRequest() } else { phase = .body(left - taken) }
            return .passed
        case .chunk(let left):
            let taken = min(left, bytes.count - position)
            position += taken
            phase = taken == left ? .chunkEnd(wantsLineFeed: false) : .chunk(left - taken)
            return .passed
        case .chunkSize, .chunkSizeEnd, .chunkEnd, .lastEnd:
            if let refusal = stepChunk(bytes[position]) { return .refused(refusal) }
            position += 1
            return .passed
        case .over: return .more
        }
    }

    private mutating func endRequest() {
        phase = head.closes ? .over : .head
        head = RequestHead()
        lines = 0
        headBytes = 0
    }

    // MARK: Head

    /// Takes one line, or what there is of it.
    private mutating func stepHead(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Step {
        let start = position
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            headBytes += 1
            if headBytes > Self.headLimit { return .refused(.headTooLarge) }
            if isAfterReturn {
                guard byte == Self.lineFeed else { return .refused(.control) }
                isAfterReturn = false
                // The line and its CR are in front of this byte, or were noted before.
                line.append(contentsOf: bytes[start..<(position - 1)])
                return endLine()
            }
            switch byte {
            case Self.carriageReturn: isAfterReturn = true
            case 0x09: continue
            case 0..<0x20, 0x7f: return .refused(.control)
            default: continue
            }
        }
        line.append(contentsOf: bytes[start..<position])
        return .more
    }

    private mutating func endLine() -> Step {
        let written = line.dropLast()
        defer { line.removeAll(keepingCapacity: true) }
        lines += 1
        if lines == 1 { return RequestHead.refusal(ofFirst: written).map { .refused($0) } ?? .more }
        guard written.isEmpty else { return head.take(written).map { .refused($0) } ?? .more }
        if let refusal = head.refusal { return .refused(refusal) }
        if head.isChunked {
            phase = .chunkSize(digits: 0, size: 0)
        } else if let length = head.contentLength, length > 0 {
            phase = .body(length)
        }
        return .headComplete
    }

    // MARK: Chunks

    private mutating func stepChunk(_ byte: UInt8) -> RequestRefusal? {
        switch phase {
        case .chunkSize(let digits, let size):
            if let value = Self.hexadecimalValue(byte) {
                guard digits < Self.chunkSizeDigits else { return .chunk }
                phase = .chunkSize(digits: digits + 1, size: size << 4 | value)
                return nil
            }
            guard byte == Self.carriageReturn, digits > 0 else { return .chunk }
            phase = .chunkSizeEnd(size: size)
            return nil
        case .chunkSizeEnd(let size):
            guard byte == Self.lineFeed else { return .chunk }
            phase = size == 0 ? .lastEnd(wantsLineFeed: false) : .chunk(size)
            return nil
        case .chunkEnd(wantsLineFeed: false):
            guard byte == Self.carriageReturn else { return .chunk }
            phase = .chunkEnd(wantsLineFeed: true)
            return nil
        case .chunkEnd(wantsLineFeed: true):
            guard byte == Self.lineFeed else { return .chunk }
            phase = .chunkSize(digits: 0, size: 0)
            return nil
        case .lastEnd(wantsLineFeed: false):
            guard byte == Self.carriageReturn else { return .trailer }
            phase = .lastEnd(wantsLineFeed: true)
            return nil
        case .lastEnd(wantsLineFeed: true):
            guard byte == Self.lineFeed else { return .trailer }
            endRequest()
            return nil
        default: return nil
        }
    }

    private static func hexadecimalValue(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}

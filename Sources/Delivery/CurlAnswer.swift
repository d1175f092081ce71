/// An answer as it comes in, within its limits.
struct CurlAnswer {
    private(set) var headers: [String: String] = [:]
    private(set) var body: [UInt8] = []
    /// Which limit it broke, as a sentence.
    private(set) var excess: String?
    /// True once an empty line ended the latest head: libcurl takes a head that breaks off for a whole one.
    private(set) var hasWholeHead = false
    private var headerBytes = 0

    static let bodyLimitBytes = 256 << 10
    static let headerLimitBytes = 64 << 10
    /// Of a vendor's answer: a dictionary that grows to them is made anew twice.
    private static let usualHeaders = 12

    var hasBegun: Bool { headerBytes > 0 }

    /// One line of the head. A status line begins a new head: that of an interim answer (1xx) does not count.
    /// False when it is too much.
    mutating func take(header line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.headerLimitBytes else {
            excess = TransportText.longHead
            return false
        }
        // What follows the body are trailers.
        guard body.isEmpty else { return true }
        if line.starts(with: "HTTP/".utf8) {
            headers = Dictionary(minimumCapacity: Self.usualHeaders)
            hasWholeHead = false
        } else if line.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
            hasWholeHead = true
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let name = Self.trimmed(line[..<colon]).lowercased()
            let value = Self.trimmed(line[(colon + 1)...])
            headers[name] = headers[name].map { $0 + ", " + value } ?? value
        }
        return true
    }

    /// False when it is too much.
    mutating func take(body bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= Self.bodyLimitBytes else {
            excess = TransportText.longBody
            return false
        }
        body.append(contentsOf: bytes)
        return true
    }

    private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let isText = { (byte: UInt8) in byte > 0x20 }
        guard let first = bytes.firstIndex(where: isText), let last = bytes.lastIndex(where: isText) else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

import Glibc

/// One answer of a fake vendor.
package struct FakeReply: Sendable, Hashable {
    package var status: Int
    package var headers: [FakeRequest.Field]
    package var body: [UInt8]

    package init(status: Int, headers: [FakeRequest.Field] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package static func json(_ status: Int = 200, _ body: FakeJSON) -> FakeReply {
        FakeReply(status: status, headers: [.init("Content-Type", "application/json")], body: Array(body.text.utf8))
    }

    package static func empty(_ status: Int = 200) -> FakeReply { FakeReply(status: status) }

    /// As it goes over the wire.
    var bytes: [UInt8] {
        var head = FakeHTTP.head(status, length: status == 204 ? nil : body.count)
        head.removeLast(2)
        head += "Date: \(FakeHTTP.date(secondsFromNow: 0))\r\n".utf8
        for header in headers { head += "\(header.name): \(header.value)\r\n".utf8 }
        return head + [13, 10] + body
    }
}

/// Pieces of answers.
enum FakeHTTP {
    /// With the empty line at its end.
    static func head(_ status: Int, length: Int? = nil) -> [UInt8] {
        let length = length.map { "Content-Length: \($0)\r\n" } ?? ""
        return Array("HTTP/1.1 \(status) \(reason(status))\r\n\(length)\r\n".utf8)
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 302: "Found"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 422: "Unprocessable Entity"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }

    static let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)

    static let gzipHeaders: [FakeRequest.Field] = [
        .init("Content-Type", "application/json"), .init("Content-Encoding", "gzip"),
    ]

    /// 16 members of 1 MiB of zeros each in about 105 KB: within the limit of an answer while it is packed, far over it
    /// when it is not. Sources: RFC 1951, section 3.2.6; RFC 1952.
    static let gzipBomb: [UInt8] = {
        var bits = BitWriter()
        bits.append(1, count: 1)
        bits.append(1, count: 2)
        // Literal 0, then 4,064 copies of 258 bytes at distance 1, then one of 63: 1 + 4,064 × 258 + 63 = 1,048,576.
        bits.append(reversed: 0x30, count: 8)
        for _ in 0..<4_064 {
            bits.append(reversed: 0xC5, count: 8)
            bits.append(0, count: 5)
        }
        bits.append(reversed: 276 - 256, count: 7)
        bits.append(63 - 59, count: 3)
        bits.append(0, count: 5)
        bits.append(0, count: 7)
        let trailer: [UInt8] = littleEndian(zerosCRC(1 << 20)) + littleEndian(1 << 20)
        let member: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + bits.finished + trailer
        return (0..<16).flatMap { _ in member }
    }()

    private static func littleEndian(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(number >> ($0 * 8) & 255) } }

    private static func zerosCRC(_ count: Int) -> UInt32 {
        let table = (0..<256 as Range<UInt32>).map { byte in
            (0..<8).reduce(byte) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
        }
        var crc: UInt32 = .max
        for _ in 0..<count { crc = table[Int(crc & 255)] ^ (crc >> 8) }
        return crc ^ .max
    }

    /// Source: RFC 9110, section 5.6.7.
    static func date(secondsFromNow seconds: Int) -> String {
        var now = time(nil) + seconds
        var parts = tm()
        gmtime_r(&now, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }
}

/// Bits as deflate packs them: from the lowest of each byte on.
private struct BitWriter {
    private var bytes: [UInt8] = []
    private var current: UInt32 = 0
    private var count = 0

    /// Numbers go lowest bit first.
    mutating func append(_ value: UInt32, count: Int) {
        current |= value << UInt32(self.count)
        self.count += count
        while self.count >= 8 {
            bytes.append(UInt8(current & 255))
            current >>= 8
            self.count -= 8
        }
    }

    /// Codes go highest bit first.
    mutating func append(reversed code: UInt32, count: Int) {
        for bit in stride(from: count - 1, through: 0, by: -1) { append(code >> UInt32(bit) & 1, count: 1) }
    }

    var finished: [UInt8] { count > 0 ? bytes + [UInt8(current & 255)] : bytes }
}

extension FakeHTTP {
    /// The wall clock's milliseconds at a time of the monotonic clock.
    static func epoch(of milliseconds: Int64) -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000 + milliseconds - FakeServer.now
    }
}

import Glibc

/// One request as a fake server got it.
package struct FakeRequest: Sendable, Hashable {
    package struct Field: Sendable, Hashable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Of its connection, in order of connecting, from 1.
    package var connection: Int
    /// From 1 within its connection.
    package var place: Int
    /// Milliseconds of the monotonic clock when its first byte was seen.
    package var arrivedAt: Int64
    package var method: String
    /// As it was sent, with its query.
    package var target: String
    /// Names in lower case, in order; a repeated one stands more than once.
    package var headers: [Field]
    package var body: [UInt8]

    package init(
        connection: Int = 0, place: Int = 0, arrivedAt: Int64 = 0, method: String, target: String, headers: [Field] = [],
        body: [UInt8] = []
    ) {
        self.connection = connection
        self.place = place
        self.arrivedAt = arrivedAt
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// The segments of its path, percent-decoded; nil where an escape is none, or a segment is empty.
    package var path: [String]? {
        let path = target.prefix { $0 != "?" }
        guard path.first == "/" else { return nil }
        var segments: [String] = []
        for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard !segment.isEmpty, let text = Self.percentDecoded(segment) else { return nil }
            segments.append(text)
        }
        return segments
    }

    /// Query items in order, percent-decoded (`+` is a plus); nil where an escape is none.
    package var query: [Field]? {
        guard let start = target.firstIndex(of: "?") else { return [] }
        var items: [Field] = []
        for pair in target[target.index(after: start)...].split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.percentDecoded(parts[0]), let value = Self.percentDecoded(parts.count > 1 ? parts[1] : "")
            else { return nil }
            items.append(Field(name, value))
        }
        return items
    }

    package func values(ofHeader name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

    private static func percentDecoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

// MARK: - Reading

extension FakeRequest {
    enum Reading {
        case incomplete
        /// And how many bytes it took.
        case request(FakeRequest, length: Int)
        /// What is wrong with its HTTP, as a sentence.
        case malformed(String)
    }

    /// The first request in what came over a connection. A body must tell its length.
    static func reading(_ bytes: [UInt8], connection: Int, place: Int, arrivedAt: Int64) -> Reading {
        guard let end = headEnd(bytes) else {
            return bytes.count > 65_536 ? .malformed("the request's head is longer than 64 KiB") : .incomplete
        }
        guard let head = String(validating: bytes[..<end], as: UTF8.self) else { return .malformed("the head is not UTF-8") }
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        let start = (lines.popFirst() ?? "").split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard start.count == 3, start[2] == "HTTP/1.1" else { return .malformed("the first line is no request of HTTP/1.1") }
        var request = FakeRequest(
            connection: connection, place: place, arrivedAt: arrivedAt, method: start[0], target: start[1])
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                return .malformed("a header has no name")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            request.headers.append(Field(line[..<colon].lowercased(), String(value)))
        }
        if let fault = request.framingFault { return .malformed(fault) }
        let length = request.values(ofHeader: "content-length").first.flatMap { Int($0) } ?? 0
        guard bytes.count >= end + 4 + length else { return .incomplete }
        request.body = Array(bytes[(end + 4)..<(end + 4 + length)])
        return .request(request, length: end + 4 + length)
    }

    private var framingFault: String? {
        let lengths = values(ofHeader: "content-length")
        if values(ofHeader: "host").count != 1 { return "there is not exactly one Host" }
        if !values(ofHeader: "transfer-encoding").isEmpty { return "the body is not sent with its length" }
        if lengths.count > 1 || lengths.contains(where: { Int($0) ?? -1 < 0 }) { return "the Content-Length is none" }
        return nil
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBytes { bytes in
            guard bytes.count >= 4 else { return nil }
            var index = 3
            // From the end of the mark on: most bytes are passed over in steps.
            while index < bytes.count {
                switch bytes[index] {
                case 10:
                    if bytes[index - 1] == 13, bytes[index - 2] == 10, bytes[index - 3] == 13 { return index - 3 }
                    index += 2
                case 13: index += 1
                default: index += 4
                }
            }
            return nil
        }
    }
}

/// What the head of a request says about where its body ends, read line by line and more strictly than HTTP asks for (S4).
///
/// Two programs that read one head differently see different requests: one's body is the other's next request. So what could be
/// read in two ways is refused, also where the standard has a rule for it.
struct RequestHead {
    /// Bytes of the body, where the head says so.
    private(set) var contentLength: Int?
    private(set) var isChunked = false
    /// Nothing may come after this request.
    private(set) var closes = false
    private var hosts = 0
    private var fields = 0

    static let targetLimit = 2 << 10
    static let fieldLimit = 64
    /// More digits could not be counted with.
    private static let lengthDigits = 18

    // MARK: First line

    /// - Parameter line: without its end.
    static func refusal(ofFirst line: ArraySlice<UInt8>) -> RequestRefusal? {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3, !line.contains(UInt8(ascii: "\t")) else { return .requestLine }
        guard isMethod(words[0]) else { return .requestLine }
        if let refusal = refusal(ofVersion: words[2]) { return refusal }
        // HTTP/2's preface and CONNECT have no path either.
        guard words[1].first == UInt8(ascii: "/") else { return .target }
        guard words[1].count <= targetLimit else { return .targetTooLong }
        guard words[1].allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "#") }) else { return .target }
        return nil
    }

    private static func isMethod(_ word: ArraySlice<UInt8>) -> Bool {
        (1...20).contains(word.count) && !word.elementsEqual("CONNECT".utf8)
            && word.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-") }
    }

    private static func refusal(ofVersion word: ArraySlice<UInt8>) -> RequestRefusal? {
        if word.elementsEqual("HTTP/1.1".utf8) { return nil }
        let rest = word.dropFirst(5)
        let isVersion =
            word.starts(with: "HTTP/".utf8) && rest.count == 3 && rest.dropFirst().first == UInt8(ascii: ".")
            && [rest.first, rest.last].allSatisfy { $0.map(isDigit) ?? false }
        return isVersion ? .version : .requestLine
    }

    // MARK: Fields

    /// - Parameter line: without its end, not empty.
    mutating func take(_ line: ArraySlice<UInt8>) -> RequestRefusal? {
        fields += 1
        guard fields <= Self.fieldLimit else { return .headTooLarge }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
            line[..<colon].allSatisfy(Self.isNameByte)
        else { return .field }
        let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
        let name = line[..<colon]
        // Nearly all names are none of these: their length tells.
        switch name.count {
        case 4 where Self.isName(name, "host"): return takeHost(value)
        case 6 where Self.isName(name, "expect"): return takeExpectation(value)
        case 7 where Self.isName(name, "upgrade"): return .upgrade
        case 10 where Self.isName(name, "connection"): return takeConnection(value)
        case 14 where Self.isName(name, "content-length"): return takeLength(value)
        case 17 where Self.isName(name, "transfer-encoding"): return takeEncoding(value)
        default: return nil
        }
    }

    /// What stands against the head once all of it is known.
    var refusal: RequestRefusal? { hosts == 1 ? nil : .host }

    private mutating func takeHost(_ value: ArraySlice<UInt8>) -> RequestRefusal? {
        hosts += 1
        return hosts == 1 && !value.isEmpty && value.allSatisfy(Self.isHostByte) ? nil : .host
    }

    /// The connection answers it.
    private func takeExpectation(_ value: ArraySlice<UInt8>) -> RequestRefusal? {
        Self.isName(value, "100-continue") ? nil : .expectation
    }

    /// A list that names framing fields asks a proxy to take them away on the next leg.
    private mutating func takeConnection(_ value: ArraySlice<UInt8>) -> RequestRefusal? {
        for part in value.split(separator: UInt8(ascii: ",")) {
            let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
            var word = part.drop(while: isBlank)
            while let last = word.last, isBlank(last) { word.removeLast() }
            if ["host", "content-length", "transfer-encoding"].contains(where: { Self.isName(word, $0) }) { return .upgrade }
            if Self.isName(word, "close") { closes = true }
        }
        return nil
    }

    /// Digits alone: no sign, no list, no blank behind them, no superfluous zero.
    private mutating func takeLength(_ value: ArraySlice<UInt8>) -> RequestRefusal? {
        guard contentLength == nil, (1...Self.lengthDigits).contains(value.count), value.allSatisfy(Self.isDigit),
            value.count == 1 || value.first != UInt8(ascii: "0")
        else { return .contentLength }
        contentLength = value.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return isChunked ? .transferEncoding : nil
    }

    private mutating func takeEncoding(_ value: ArraySlice<UInt8>) -> RequestRefusal? {
        guard !isChunked, contentLength == nil, value.elementsEqual("chunked".utf8) else { return .transferEncoding }
        isChunked = true
        return nil
    }

    // MARK: Bytes

    static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// `tchar` of RFC 9110, 5.6.2.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || nameMarks.contains(byte)
    }

    private static let nameMarks = Array("!#$%&'*+-.^_`|~".utf8)

    /// Of names, addresses and ports.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || hostMarks.contains(byte)
    }

    private static let hostMarks = Array("-._~:[]%".utf8)

    /// - Parameter wanted: in lower case.
    private static func isName(_ name: ArraySlice<UInt8>, _ wanted: String) -> Bool {
        name.count == wanted.utf8.count
            && zip(name, wanted.utf8).allSatisfy { (0x41...0x5a).contains($0) ? $0 | 0x20 == $1 : $0 == $1 }
    }
}

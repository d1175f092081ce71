/// The bytes of a folded text as it grows: a space is taken neither at the start nor after a space.
struct FoldedBytes {
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0
    private var last: UInt8 = 0x20

    /// So many bytes more than a text has must fit: so many are appended before room is asked for again.
    static let margin = 16

    init(_ bytes: UnsafeMutableBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// For one character, or a word of them.
    var hasRoom: Bool {
        @inline(__always) get { count &+ Self.margin <= bytes.count }
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        if byte == 0x20, last == 0x20 { return }
        precondition(count < bytes.count, "a character was folded without asking for room")
        bytes[count] = byte
        count &+= 1
        last = byte
    }

    /// Appends a character as it is written, one without spaces.
    @inline(__always)
    mutating func append(_ input: UnsafeBufferPointer<UInt8>, at position: Int, count length: Int) {
        precondition(count &+ length <= bytes.count, "a character was folded without asking for room")
        for offset in 0..<length { bytes[count &+ offset] = input[position &+ offset] }
        count &+= length
        last = input[position &+ length &- 1]
    }

    /// Appends the characters that fold plainly, from the first to the first that does not.
    /// - Returns: how many.
    @inline(__always)
    mutating func append(_ word: ASCIIWord, lowercased: Bool) -> Int {
        let length = word.plainCount(afterSpace: last == 0x20)
        guard length > 0, let start = bytes.baseAddress, count &+ ASCIIWord.length <= bytes.count else { return 0 }
        (lowercased ? word.lowercased : word).store(at: start + count)
        count &+= length
        last = bytes[count &- 1]
        return length
    }

    mutating func removeAll(from count: Int) {
        self.count = count
        last = count > 0 ? bytes[count - 1] : 0x20
    }

    /// Without the space at the end.
    var trimmedCount: Int { count > 0 && last == 0x20 ? count - 1 : count }
}

/// Eight bytes of a text at once, the first lowest: as far as they are ASCII, folding them changes no more than their case.
///
/// Each byte is looked at by its highest bit, which ASCII leaves free: with it set, nothing is borrowed from the next byte
/// when something is taken from all of them.
struct ASCIIWord {
    private let bits: UInt64

    static let length = 8
    /// Those that are not white space to be joined or dropped.
    static let characters: ClosedRange<UInt8> = 0x20...0x7F

    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits = ones << 7

    /// `place` must have eight bytes.
    @inline(__always)
    init(_ place: UnsafePointer<UInt8>) {
        bits = UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
    }

    @inline(__always)
    private init(bits: UInt64) { self.bits = bits }

    /// `place` must have room for eight bytes.
    @inline(__always)
    func store(at place: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(place).storeBytes(of: bits.littleEndian, as: UInt64.self)
    }

    /// How many bytes from the first on are `characters`, and no space after a space.
    @inline(__always)
    func plainCount(afterSpace: Bool) -> Int {
        let isOther = bits & Self.highBits | ~isAtLeast(0x20)
        let isSpace = isAtLeast(0x20) & ~isAtLeast(0x21)
        let isSpaceAfterSpace = isSpace & (isSpace << 8 | (afterSpace ? 0x80 : 0))
        let stops = (isOther | isSpaceAfterSpace) & Self.highBits
        return stops.trailingZeroBitCount >> 3
    }

    @inline(__always)
    var lowercased: ASCIIWord {
        let isUpper = isAtLeast(0x41) & ~isAtLeast(0x5B) & Self.highBits
        return ASCIIWord(bits: bits | isUpper >> 2)
    }

    static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    /// The highest bit of each byte that is ASCII and no less; what other bits say means nothing.
    @inline(__always)
    private func isAtLeast(_ byte: UInt8) -> UInt64 { (bits | Self.highBits) &- Self.ones &* UInt64(byte) }
}

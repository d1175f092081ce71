/// Where in a text one of many literals may begin, by its first bytes. Texts have few such places, and these take one look at a
/// small table each, which no look depends on the one before.
///
/// Never misses a place where a literal does begin; it may name others.
struct LiteralStarts: Sendable {
    /// Of literals of four bytes and more: where none of these begins, none of the next two sets has to be asked.
    private let first: Prefixes
    /// Of those of six and more.
    private let long: Prefixes
    /// Of the others among them.
    private let middle: Prefixes
    /// Of shorter ones, a bit for each two bytes; empty when there are none.
    private let pairs: [UInt64]

    /// So many bytes tell most literals from what is written everywhere.
    static let length = 6
    private static let firstLength = 4

    init(_ literals: [[UInt8]]) {
        first = Prefixes(of: literals.filter { $0.count >= Self.firstLength }, length: Self.firstLength)
        long = Prefixes(of: literals.filter { $0.count >= Self.length }, length: Self.length)
        middle = Prefixes(
            of: literals.filter { (Self.firstLength..<Self.length).contains($0.count) }, length: Self.firstLength)
        pairs = Self.pairs(of: literals.filter { $0.count < Self.firstLength })
    }

    /// The next place from `start` on; nil when there is none.
    @inline(__always)
    func next(in text: Span<UInt8>, from start: Int) -> Int? {
        let end = text.count &- 8
        let (first, bits, pairs) = (first, first.bits.span, pairs.span)
        var position = start
        if pairs.isEmpty {
            while position <= end {
                let word = Self.word(of: text, at: position)
                if first.contain(word, bits: bits), isLong(word) { return position }
                position &+= 1
            }
        } else {
            while position <= end {
                let word = Self.word(of: text, at: position)
                if Self.isPair(word, among: pairs) || first.contain(word, bits: bits) && isLong(word) { return position }
                position &+= 1
            }
        }
        return nextNearEnd(of: text, from: position)
    }

    /// Eight bytes of the text, the first lowest.
    @inline(__always)
    private static func word(of text: Span<UInt8>, at position: Int) -> UInt64 {
        UInt64(littleEndian: text.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// The same where fewer than eight bytes are left: 0 stands behind the end, where nothing long begins.
    @inline(never)
    private func nextNearEnd(of text: Span<UInt8>, from start: Int) -> Int? {
        var position = start
        var word: UInt64 = 0
        for index in (position..<max(position, text.count)).reversed() { word = word << 8 | UInt64(text[index]) }
        while position < text.count {
            if isLong(word) || Self.isPair(word, among: pairs.span) { return position }
            position &+= 1
            word >>= 8
        }
        return nil
    }

    @inline(never)
    private func isLong(_ word: UInt64) -> Bool {
        long.contain(word, bits: long.bits.span) || middle.contain(word, bits: middle.bits.span)
    }

    @inline(__always)
    private static func isPair(_ word: UInt64, among pairs: Span<UInt64>) -> Bool {
        let pair = Int(truncatingIfNeeded: word & 0xFFFF)
        return pair >> 6 < pairs.count && pairs[pair >> 6] >> UInt64(pair & 63) & 1 != 0
    }

    private static func pairs(of literals: [[UInt8]]) -> [UInt64] {
        guard !literals.isEmpty else { return [] }
        var bits = [UInt64](repeating: 0, count: (1 << 16) / 64)
        for literal in literals {
            guard let first = literal.first else { continue }
            let seconds = literal.count > 1 ? literal[1]...literal[1] : 0...UInt8.max
            for second in seconds {
                let pair = Int(first) | Int(second) << 8
                bits[pair >> 6] |= 1 << UInt64(pair & 63)
            }
        }
        return bits
    }
}

/// A set of the first bytes of literals, as bits by their hash.
private struct Prefixes: Sendable {
    let bits: [UInt64]
    private let mask: UInt64
    private let shift: UInt64

    /// One bit in so many is set at most.
    private static let sparsity = 16
    private static let bitCounts = 6...20

    init(of literals: [[UInt8]], length: Int) {
        mask = (1 << UInt64(8 * length)) - 1
        let exponent = Self.bitCounts.first { 1 << $0 >= literals.count * Self.sparsity } ?? Self.bitCounts.upperBound
        shift = UInt64(64 - exponent)
        var bits = [UInt64](repeating: 0, count: (1 << exponent) / 64)
        for literal in literals {
            let word = literal.prefix(length).reversed().reduce(0) { $0 << 8 | UInt64($1) }
            let place = Self.place(of: word, shift)
            bits[place >> 6] |= 1 << UInt64(place & 63)
        }
        self.bits = bits
    }

    /// The upper bits of a product with 2⁶⁴ divided by the golden ratio, as Knuth has it: they depend on all bytes.
    @inline(__always)
    private static func place(of word: UInt64, _ shift: UInt64) -> Int {
        Int(truncatingIfNeeded: (word &* 0x9E37_79B9_7F4A_7C15) &>> shift)
    }

    /// - Parameter bits: its own, held for many looks.
    @inline(__always)
    func contain(_ word: UInt64, bits: Span<UInt64>) -> Bool {
        let place = Self.place(of: word & mask, shift)
        return bits[place >> 6] &>> UInt64(truncatingIfNeeded: place) & 1 != 0
    }
}

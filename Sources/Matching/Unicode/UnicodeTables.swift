/// The character database that folding works from, decoded once from `UnicodeTableText`.
///
/// A table in two stages: one block for each 128 characters, equal blocks shared as far as they are uniform. An entry holds
/// the traits (bits 0–7), the canonical combining class (8–15) and the number of the character's mapping (16–31, 0 = none).
struct UnicodeTables: Sendable {
    static let shared = UnicodeTables()

    private var blockOf: [UInt16]
    private var entries: [UInt32]
    private var mappings: [Mapping]
    private var mappedScalars: [UInt32]
    private var compositions: [UInt64: UInt32]
    private var composingFirsts: Set<UInt32>

    /// Where the two decompositions of a character stand in `mappedScalars`.
    private struct Mapping {
        var plain: Range<Int>
        var caseFolded: Range<Int>
    }

    private static let blockBits: UInt32 = 7
    private static let blockSize = 1 << Int(blockBits)
    private static let limit = 0x110000

    private init() {
        mappings = [Mapping(plain: 0..<0, caseFolded: 0..<0)]
        mappedScalars = []
        compositions = [:]
        composingFirsts = []
        blockOf = []
        entries = []
        var flat = [UInt32](repeating: 0, count: Self.limit)
        Self.readRuns(UnicodeTableText.properties, shift: 0, into: &flat)
        Self.readRuns(UnicodeTableText.combiningClasses, shift: 8, into: &flat)
        readMappings(into: &flat)
        readCompositions()
        compress(flat)
    }

    func entry(of scalar: UInt32) -> UInt32 {
        guard scalar < UInt32(Self.limit) else { return 0 }
        let block = Int(blockOf[Int(scalar >> Self.blockBits)])
        return entries[block &* Self.blockSize &+ Int(scalar) & (Self.blockSize - 1)]
    }

    func traits(of scalar: UInt32) -> CharacterTraits {
        CharacterTraits(rawValue: UInt8(truncatingIfNeeded: entry(of: scalar)))
    }

    func combiningClass(of scalar: UInt32) -> UInt8 {
        UInt8(truncatingIfNeeded: entry(of: scalar) >> 8)
    }

    /// The compatibility decomposition of a character, quotes, dashes and white space made ASCII, and case-folded unless the
    /// case is to be exact. A Hangul syllable stands for itself here.
    func decomposition(of scalar: UInt32, caseExact: Bool) -> ArraySlice<UInt32>? {
        let number = Int(entry(of: scalar) >> 16)
        guard number != 0 else { return nil }
        return mappedScalars[caseExact ? mappings[number].plain : mappings[number].caseFolded]
    }

    /// The primary composite of two characters.
    func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
        Hangul.composition(first, second) ?? compositions[UInt64(first) << 32 | UInt64(second)]
    }

    /// Whether a character that follows this one can change it.
    func composesForward(_ scalar: UInt32) -> Bool {
        composingFirsts.contains(scalar) || Hangul.composesForward(scalar)
    }
}

// MARK: - Decoding

extension UnicodeTables {
    /// Runs of characters with one value: gap since the run before, length, value.
    private static func readRuns(_ text: StaticString, shift: UInt32, into flat: inout [UInt32]) {
        var reader = HexadecimalReader(text)
        var end = 0
        while let gap = reader.next(), let length = reader.next(), let value = reader.next() {
            let start = end + Int(gap)
            end = start + Int(length)
            for scalar in start..<end { flat[scalar] |= value << shift }
        }
    }

    /// Gap since the character before, its decomposition, and the case-folded one where it differs.
    private mutating func readMappings(into flat: inout [UInt32]) {
        var reader = HexadecimalReader(UnicodeTableText.mappings)
        var scalar = 0
        while let gap = reader.next() {
            scalar += Int(gap)
            let plain = readSequence(&reader)
            let caseFolded = reader.separator == UInt8(ascii: "/") ? readSequence(&reader) : plain
            flat[scalar] |= UInt32(mappings.count) << 16
            mappings.append(Mapping(plain: plain, caseFolded: caseFolded))
        }
    }

    private mutating func readSequence(_ reader: inout HexadecimalReader) -> Range<Int> {
        let start = mappedScalars.count
        repeat {
            guard let scalar = reader.next() else { break }
            mappedScalars.append(scalar)
        } while reader.separator == UInt8(ascii: ",")
        return start..<mappedScalars.count
    }

    private mutating func readCompositions() {
        var reader = HexadecimalReader(UnicodeTableText.compositions)
        while let first = reader.next(), let second = reader.next(), let composed = reader.next() {
            compositions[UInt64(first) << 32 | UInt64(second)] = composed
            composingFirsts.insert(first)
        }
    }

    private mutating func compress(_ flat: [UInt32]) {
        var uniformBlocks: [UInt32: UInt16] = [:]
        for start in stride(from: 0, to: Self.limit, by: Self.blockSize) {
            let block = flat[start..<start + Self.blockSize]
            let value = flat[start]
            let isUniform = block.allSatisfy { $0 == value }
            if isUniform, let known = uniformBlocks[value] {
                blockOf.append(known)
                continue
            }
            let number = UInt16(entries.count / Self.blockSize)
            if isUniform { uniformBlocks[value] = number }
            entries += block
            blockOf.append(number)
        }
    }
}

/// Reads the hexadecimal numbers of a text, whatever stands between them.
private struct HexadecimalReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    /// The byte that ended the number read last.
    private(set) var separator: UInt8 = 0

    /// The bytes of a static string live as long as the process.
    init(_ text: StaticString) {
        bytes = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    mutating func next() -> UInt32? {
        while position < bytes.count, Self.digit(bytes[position]) == nil { position += 1 }
        guard position < bytes.count else { return nil }
        var value: UInt32 = 0
        while position < bytes.count, let digit = Self.digit(bytes[position]) {
            value = value << 4 | digit
            position += 1
        }
        separator = position < bytes.count ? bytes[position] : 0
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        default: nil
        }
    }
}

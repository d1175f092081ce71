#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// simdjson's tape: words of 64 bits, a value's words in a row, its tag in the upper 8 bits of the first.
///
/// After an array's or object's first word come its elements, or its keys and values by turns, and its end. A number is
/// a word with the tag and a word with the bits; everything else is one word. A word outside the tape reads as 0, which
/// no tag has and which therefore is null: odd positions never trap.
///
/// A plain value that does not keep the memory alive: `JSONDocument` does. Walking it touches no reference count.
struct JSONTape {
    private let words: UnsafePointer<UInt64>
    private let count: Int
    private let strings: UnsafePointer<UInt8>

    init(words: UnsafePointer<UInt64>, count: Int, strings: UnsafePointer<UInt8>) {
        self.words = words
        self.count = count
        self.strings = strings
    }

    @inline(__always)
    func word(_ index: Int) -> UInt64 { index >= 0 && index < count ? words[index] : 0 }

    @inline(__always)
    func tag(_ index: Int) -> Tag { Tag(rawValue: UInt8(truncatingIfNeeded: word(index) >> 56)) }

    /// The tags, by their characters in simdjson's description of the tape.
    struct Tag: RawRepresentable, Equatable {
        let rawValue: UInt8

        static let object = Tag(rawValue: UInt8(ascii: "{"))
        static let array = Tag(rawValue: UInt8(ascii: "["))
        static let string = Tag(rawValue: UInt8(ascii: "\""))
        static let integer = Tag(rawValue: UInt8(ascii: "l"))
        /// An integer beyond `Int64.max`.
        static let unsigned = Tag(rawValue: UInt8(ascii: "u"))
        static let number = Tag(rawValue: UInt8(ascii: "d"))
        static let `true` = Tag(rawValue: UInt8(ascii: "t"))
        static let `false` = Tag(rawValue: UInt8(ascii: "f"))
    }
}

// MARK: - Walking

extension JSONTape {
    /// Where the value after the one at `index` begins; always beyond `index`.
    @inline(__always)
    func next(after index: Int) -> Int {
        switch tag(index) {
        case .object, .array: max(end(of: index), index) + 1
        case .integer, .unsigned, .number: index + 2
        default: index + 1
        }
    }

    /// Where the end of the array or object at `index` stands.
    @inline(__always)
    func end(of index: Int) -> Int { min(Int(UInt32(truncatingIfNeeded: word(index))), count) - 1 }

    /// Visits the elements of the array at `index`, or the keys of the object: the word after a key is its value.
    @inline(__always)
    func forEach(in index: Int, _ visit: (Int) -> Void) {
        let keyWords = tag(index) == .object ? 1 : 0
        let end = end(of: index)
        var position = index + 1
        while position < end {
            visit(position)
            position = next(after: position + keyWords)
        }
    }

    /// How many elements the array at `index` has, or members the object; else 0.
    func count(of index: Int) -> Int {
        guard tag(index) == .array || tag(index) == .object else { return 0 }
        // The word has 24 bits for the count and stays at the greatest.
        let noted = Int((word(index) >> 32) & 0xFF_FFFF)
        if noted < 0xFF_FFFF { return noted }
        var count = 0
        forEach(in: index) { _ in count += 1 }
        return count
    }

    /// The last value with this key in the object at `index`; nil of other kinds.
    /// - Parameter areKeysUnique: no key is there twice, so that the first is the last.
    func member(_ key: String, of index: Int, areKeysUnique: Bool) -> Int? {
        guard tag(index) == .object else { return nil }
        var key = key
        return key.withUTF8 { wanted in
            var found: Int?
            let end = end(of: index)
            var position = index + 1
            while position < end {
                let utf8 = utf8(position)
                // Most keys are of another length, and a step then looks at no more than that.
                if utf8.count == wanted.count, isEqual(utf8, wanted) {
                    found = position + 1
                    if areKeysUnique { break }
                }
                position = next(after: position + 1)
            }
            return found
        }
    }

    /// The element with this number of the array at `index`; nil of other kinds and out of range.
    func element(_ number: Int, of index: Int) -> Int? {
        guard tag(index) == .array, number >= 0, number < count(of: index) else { return nil }
        var position = index + 1
        for _ in 0..<number { position = next(after: position) }
        return position
    }

    /// The member with this key, or the element whose number the key is by its digits.
    func value(at key: String, of index: Int, areKeysUnique: Bool) -> Int? {
        guard tag(index) == .array else { return member(key, of: index, areKeysUnique: areKeysUnique) }
        guard key.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int(key).flatMap { element($0, of: index) }
    }
}

// MARK: - Strings

extension JSONTape {
    /// The bytes of the string at `index`, valid UTF-8; none of other kinds. They live as long as the document.
    @inline(__always)
    func utf8(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        guard tag(index) == .string else { return UnsafeBufferPointer(start: nil, count: 0) }
        let start = strings + Int(word(index) & 0x00FF_FFFF_FFFF_FFFF)
        let length = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return UnsafeBufferPointer(start: start + 4, count: Int(length))
    }

    func text(_ index: Int) -> String { String(decoding: utf8(index), as: UTF8.self) }

    @inline(__always)
    func isEqual(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        guard !left.isEmpty, let first = left.baseAddress, let second = right.baseAddress else { return true }
        return first.pointee == second.pointee && memcmp(first, second, left.count) == 0
    }
}

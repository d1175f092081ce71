#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Exact search for one byte string: `memchr` finds the byte of it that is rarest in ordinary text, a comparison the rest.
struct ByteSearch: Hashable, Sendable {
    private let needle: [UInt8]
    /// The place of the rarest byte.
    private let anchor: Int

    /// `needle` must not be empty.
    init(_ needle: [UInt8]) {
        precondition(!needle.isEmpty, "nothing to look for")
        self.needle = needle
        anchor = needle.indices.min { Self.commonness(of: needle[$0]) < Self.commonness(of: needle[$1]) } ?? 0
    }

    /// The first place at or after `from`.
    func first(in haystack: UnsafeBufferPointer<UInt8>, from: Int) -> Int? {
        guard let start = haystack.baseAddress else { return nil }
        let (byte, last) = (Int32(needle[anchor]), haystack.count - needle.count)
        var candidate = from
        while candidate <= last {
            guard let found = memchr(start + candidate + anchor, byte, last - candidate + 1) else { return nil }
            candidate = UnsafeRawPointer(found) - UnsafeRawPointer(start) - anchor
            if memcmp(start + candidate, needle, needle.count) == 0 { return candidate }
            candidate += 1
        }
        return nil
    }

    private static let byFrequency = Array(" eaoinstrdlucmpghbvfyq".utf8)

    /// A guess over the languages customers write in: letters by frequency; first bytes of multi-byte characters are alike
    /// all over a text, their last bytes are not.
    private static func commonness(of byte: UInt8) -> Int {
        if let rank = byFrequency.firstIndex(of: byte) { return 100 - rank }
        return byte >= 0xC0 ? 99 : byte >= 0x80 ? 60 : 10
    }
}

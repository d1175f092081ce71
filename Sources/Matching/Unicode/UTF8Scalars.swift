/// Reading and writing single characters in text that is known to be valid UTF-8.
enum UTF8Scalars {
    /// The character at `position` and the number of its bytes. `position` must be at the start of a character.
    @inline(__always)
    static func scalar(in bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> (scalar: UInt32, length: Int) {
        let first = UInt32(bytes[position])
        if first < 0x80 { return (first, 1) }
        func continuation(_ offset: Int) -> UInt32 {
            position + offset < bytes.count ? UInt32(bytes[position + offset]) & 0x3F : 0
        }
        if first < 0xE0 { return ((first & 0x1F) << 6 | continuation(1), 2) }
        if first < 0xF0 { return ((first & 0x0F) << 12 | continuation(1) << 6 | continuation(2), 3) }
        return ((first & 0x07) << 18 | continuation(1) << 12 | continuation(2) << 6 | continuation(3), 4)
    }

    /// The character that ends right before `position`; nil at the start.
    static func scalar(in bytes: UnsafeBufferPointer<UInt8>, before position: Int) -> UInt32? {
        guard position > 0 else { return nil }
        var start = position - 1
        while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return scalar(in: bytes, at: start).scalar
    }

    /// The character that begins at `position`; nil at the end.
    static func scalar(in bytes: UnsafeBufferPointer<UInt8>, after position: Int) -> UInt32? {
        position < bytes.count ? scalar(in: bytes, at: position).scalar : nil
    }

    static func encode(_ scalar: UInt32, _ emit: (UInt8) -> Void) {
        switch scalar {
        case ..<0x80:
            emit(UInt8(truncatingIfNeeded: scalar))
        case ..<0x800:
            emit(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
            emit(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        case ..<0x10000:
            emit(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            emit(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            emit(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        default:
            emit(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
            emit(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
            emit(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            emit(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        }
    }
}

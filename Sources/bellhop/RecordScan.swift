/// Finds the body in a capture's record as it is written there: JSON that was parsed tells its values, not where they stand.
enum RecordScan {
    /// The bytes of the last member `body` of an object; nil when there is none, or the text is not what it seems.
    /// - Parameter bytes: valid JSON.
    static func body(in bytes: [UInt8]) -> Range<Int>? {
        bytes.withUnsafeBufferPointer { bytes in
            var scan = Scan(bytes: bytes)
            return scan.body()
        }
    }

    private struct Scan {
        let bytes: UnsafeBufferPointer<UInt8>
        var position = 0

        mutating func body() -> Range<Int>? {
            var found: Range<Int>?
            skipSpace()
            guard take(UInt8(ascii: "{")) else { return nil }
            while true {
                skipSpace()
                let key = position
                guard skipString() else { return nil }
                let isBody = bytes[key..<position].elementsEqual("\"body\"".utf8)
                // A key with an escape in it may be the same.
                if bytes[key..<position].contains(UInt8(ascii: "\\")) { return nil }
                skipSpace()
                guard take(UInt8(ascii: ":")) else { return nil }
                skipSpace()
                let start = position
                guard skipValue() else { return nil }
                if isBody { found = start..<position }
                skipSpace()
                if !take(UInt8(ascii: ",")) { return found }
            }
        }

        private mutating func skipValue() -> Bool {
            var depth = 0
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: "\""):
                    guard skipString() else { return false }
                    if depth == 0 { return true }
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    // The end of the object around a number.
                    if depth == 0 { return true }
                    depth -= 1
                    if depth == 0 {
                        position += 1
                        return true
                    }
                case UInt8(ascii: ","): if depth == 0 { return true }
                default: break
                }
                position += 1
            }
            return false
        }

        private mutating func skipString() -> Bool {
            guard take(UInt8(ascii: "\"")) else { return false }
            while position < bytes.count {
                let byte = bytes[position]
                position += byte == UInt8(ascii: "\\") ? 2 : 1
                if byte == UInt8(ascii: "\"") { return true }
            }
            return false
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        private mutating func skipSpace() {
            while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
        }
    }
}

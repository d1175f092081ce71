import GRDB

/// Text from outside as it stands in a column.
///
/// SQLite's text ends at a NUL, so two ids that differ only after one would become the same id, and the second event would
/// count as a duplicate. NUL is therefore written as SUB (U+001A) and `0`, and SUB itself as SUB and `1`. Everything else,
/// which is practically every text, stands as it is.
struct StoredText: DatabaseValueConvertible {
    let text: String

    init(_ text: String) { self.text = text }

    var databaseValue: DatabaseValue {
        guard Self.mustBeEscaped(text) else { return text.databaseValue }
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\0": escaped += "\u{1A}0"
            case "\u{1A}": escaped += "\u{1A}1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped.databaseValue
    }

    private static func mustBeEscaped(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            // Without a branch, which compilers turn into a few instructions for 16 bytes.
            bytes.reduce(into: UInt8(0)) { marks, byte in
                marks |= (byte == 0 ? 1 : 0) | (byte == 0x1A ? 1 : 0)
            } != 0
        }
    }

    static func fromDatabaseValue(_ value: DatabaseValue) -> StoredText? {
        String.fromDatabaseValue(value).map { StoredText(stored: $0) }
    }

    init(stored: String) {
        guard stored.utf8.contains(0x1A) else {
            text = stored
            return
        }
        var text = ""
        var isEscaped = false
        for scalar in stored.unicodeScalars {
            if isEscaped {
                text += scalar == "0" ? "\0" : "\u{1A}"
                isEscaped = false
            } else if scalar == "\u{1A}" {
                isEscaped = true
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        self.text = text
    }
}

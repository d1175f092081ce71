import JSON
import Model

/// A test's `raw` as the bytes of a payload.
enum RawText {
    static func bytes(of value: Value) -> [UInt8] { JSONWriter.bytes(value) }

    /// Nil for what is no JSON.
    static func value(of bytes: [UInt8]) -> Value? { (try? JSONDocument(bytes))?.root.value }
}

import CSimdjson

/// A parsed JSON document: members are read lazily from simdjson's tape, nothing is copied until asked for.
///
/// What is accepted is RFC 8259 in UTF-8 without a byte order mark, nested at most `maxDepth` deep. Two things that the
/// RFC allows and simdjson refuses are accepted too, because senders do write them:
/// - a number that fits neither `Int64` nor `Double` (an id of 20 digits, `1e400`) is a string of the text it was
///   written as, so that an id keeps its digits;
/// - half of a surrogate pair (`"\ud83d"`, an emoji cut in two) is U+FFFD.
package final class JSONDocument: @unchecked Sendable {
    // Unchecked because pointers are not Sendable: the memory is this object's own, and is only read after init.

    /// Arrays and objects inside each other; a scalar alone has depth 0.
    package static let maxDepth = 64

    private let handle: UnsafeMutableRawPointer
    let tape: JSONTape

    /// Throws where `bytes` is not exactly one JSON value, with white space around it at most.
    package init(_ bytes: [UInt8]) throws(JSONError) {
        var parsed = Self.parsed(bytes, maxDepth: Self.maxDepth)
        if parsed.error == CSIMDJSON_REFUSED {
            // simdjson's depth counts the scalars of the innermost array as a level; the scan has the exact limit.
            let accepted = try JSONScan.acceptedText(of: bytes, maxDepth: Self.maxDepth)
            parsed = Self.parsed(accepted, maxDepth: Self.maxDepth + 1)
        }
        guard let handle = parsed.handle, let tape = parsed.tape, let strings = parsed.strings else {
            throw JSONError(message: Self.message(for: parsed.error))
        }
        self.handle = handle
        self.tape = JSONTape(words: tape, count: parsed.tape_length, strings: strings)
    }

    package convenience init(_ text: String) throws(JSONError) {
        try self.init(Array(text.utf8))
    }

    deinit { csimdjson_free(handle) }

    package var root: JSONElement { JSONElement(document: self, index: 1) }

    private static func parsed(_ bytes: [UInt8], maxDepth: Int) -> csimdjson_document {
        bytes.withUnsafeBufferPointer { csimdjson_parse($0.baseAddress, $0.count, maxDepth) }
    }

    private static func message(for error: csimdjson_error) -> String {
        switch error {
        case CSIMDJSON_TOO_LARGE: "the JSON document is too large"
        case CSIMDJSON_NO_MEMORY: "no memory for the JSON document"
        default: "invalid JSON"
        }
    }
}

import JSON
import Model

/// How decoders read members of payloads: what is missing, null, `false` or of another kind is nil, never an error.
extension JSONElement {
    /// An id as text: a string that is not empty, or a whole number's digits. `false` and `true` are no ids.
    var identifier: String? {
        switch kind {
        case .string: string.flatMap { $0.isEmpty ? nil : $0 }
        case .integer, .number: int64?.description ?? text
        case .null, .bool, .array, .object: nil
        }
    }

    /// A string that holds more than white space, as it was written, or a number's digits.
    var filledText: String? {
        guard let text = identifier, text.contains(where: { !$0.isBlank }) else { return nil }
        return text
    }

    /// True for `true`, 1, `"true"` and `"1"`: some vendors write booleans as text.
    var saysTrue: Bool {
        switch kind {
        case .bool: bool == true
        case .integer, .number: int64 == 1
        case .string: ["true", "1"].contains(string?.lowercased())
        case .null, .array, .object: false
        }
    }

    /// Itself when it is an object: what is `false` or `null` in place of one is none.
    var object: JSONElement? { kind == .object ? self : nil }

    /// An object's members as a `Value`; empty for any other kind.
    var valueObject: Value.Object { kind == .object ? value.object ?? [:] : [:] }

    /// The texts of an array, or of one text in place of it; elements without text are left out.
    var texts: [String] {
        kind == .array ? elements.compactMap(\.filledText) : [filledText].compactMap(\.self)
    }
}

extension Optional<String> {
    /// Equal by their bytes, and neither missing: `String ==` takes different bytes for equal.
    func isSameID(as other: String?) -> Bool {
        guard let self, let other else { return false }
        return self.utf8.elementsEqual(other.utf8)
    }
}

import Model
import Rules

/// What schemas are put together from.
enum SchemaPart {
    // MARK: Kinds of values

    /// A scalar is read by what is expected where it stands, so that text may look like a number, a flag or null.
    static let text: Value = ["type": ["string", "number", "boolean", "null"]]

    static let flag = choice(ofValues: [true, false, "true", "false"])

    static let isTrue = choice(ofValues: [true, "true"])

    static func integer(from least: Int64? = nil, to most: Int64? = nil) -> Value {
        var number: Value.Object = ["type": "integer"]
        if let least { number["minimum"] = .integer(least) }
        if let most { number["maximum"] = .integer(most) }
        return anyOf([.object(number), ["type": "string", "pattern": "^[+-]?[0-9]+$"]])
    }

    static let number: Value = anyOf([
        ["type": "number"], ["type": "string", "pattern": "^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$"],
    ])

    static let duration: Value = [
        "type": "string", "pattern": "^0*[1-9][0-9]*[smhd]$",
        "description": "A whole number above 0 and one of s, m, h, d: `90s`, `10m`, `4h`, `2d`",
    ]

    /// One of the values, exactly.
    static func choice(ofValues values: [Value]) -> Value { ["enum": .array(values)] }

    static func choice(of words: [String]) -> Value { choice(ofValues: words.map(Value.string)) }

    /// One of the words, in upper or lower case: completed as they are listed.
    static func foldedChoice(of words: [String]) -> Value {
        let pattern = words.map(caselessPattern).joined(separator: "|")
        return anyOf([choice(of: words), ["type": "string", "pattern": .string("^(\(pattern))$")]])
    }

    private static func caselessPattern(_ word: String) -> String {
        word.reduce(into: "") { pattern, character in
            if character.isLetter {
                pattern += "[\(character.lowercased())\(character.uppercased())]"
            } else {
                pattern += character == "." ? "\\." : String(character)
            }
        }
    }

    // MARK: Shapes

    static func list(of element: Value, atLeast count: Int64 = 0, _ description: String? = nil) -> Value {
        var list: Value.Object = ["type": "array", "items": element]
        if count > 0 { list["minItems"] = .integer(count) }
        return described(.object(list), description)
    }

    /// One value, or a list of them.
    static func oneOrMore(_ element: Value, mayBeEmpty: Bool = false) -> Value {
        anyOf([element, list(of: element, atLeast: mayBeEmpty ? 0 : 1)])
    }

    /// Names that the author chooses.
    static func map(of value: Value, _ description: String? = nil) -> Value {
        described(["type": "object", "additionalProperties": value], description)
    }

    /// Fixed keys, and those beginning with `x-`.
    static func mapping(
        _ members: [(String, Value)], required: [String] = [], atLeastOne: Bool = false, _ description: String? = nil
    ) -> Value {
        var mapping: Value.Object = [
            "type": "object", "properties": .object(Value.Object(members)), "patternProperties": ["^x-": true],
            "additionalProperties": false,
        ]
        if !required.isEmpty { mapping["required"] = .array(required.map(Value.string)) }
        if atLeastOne { mapping["minProperties"] = 1 }
        return described(.object(mapping), description)
    }

    /// A line with exactly one of some keys, and perhaps others beside it.
    static func line(_ keys: [(String, Value)], beside others: [(String, Value)] = []) -> Value {
        var line = mapping(keys + others).object ?? [:]
        line["oneOf"] = .array(keys.map { key, _ in ["required": [.string(key)]] })
        return .object(line)
    }

    static func anyOf(_ schemas: [Value]) -> Value { ["anyOf": .array(schemas)] }

    /// A value that may also be left blank.
    static func orBlank(_ schema: Value) -> Value {
        guard var object = schema.object, let type = object["type"]?.string else {
            return anyOf([schema, ["type": "null"]])
        }
        object["type"] = [.string(type), "null"]
        return .object(object)
    }

    static func ref(_ name: String) -> Value { ["$ref": .string("#/definitions/\(name)")] }

    /// With a text that editors show. A reference takes none beside it in this draft, so it is wrapped.
    static func described(_ schema: Value, _ description: String?) -> Value {
        guard let description, var object = schema.object else { return schema }
        if object["$ref"] != nil { object = ["allOf": [schema]] }
        object["description"] = .string(description)
        return .object(object)
    }

    /// With the row of the reference that the code has for it.
    static func described(_ schema: Value, by reference: Reference) -> Value {
        described(schema, "\(reference.meaning)\n\nValue: \(reference.value)\n\nExample: \(reference.example)")
    }

    // MARK: Definitions

    /// What every schema may refer to.
    static let definitions: [(String, Value)] = [
        ("text", text),
        ("texts", oneOrMore(ref("text"))),
        ("textsOrNone", oneOrMore(ref("text"), mayBeEmpty: true)),
        ("flag", flag),
        ("duration", duration),
        ("anything", true),
    ]
}

import Foundation
import Model

/// As much of JSON Schema (draft 7) as the schemas for editors use. An unknown keyword is a mistake in the schema: it is told
/// as one, since an editor would pass it over in silence.
struct SchemaValidator {
    private let root: Value

    init(_ root: Value) { self.root = root }

    /// Why an editor would underline the value; empty when it would not.
    func problems(in value: Value) -> [String] { problems(value, root, at: "") }

    private static let annotations: Set<String> = [
        "$schema", "$id", "title", "description", "definitions", "default", "examples", "markdownDescription",
    ]

    private func problems(_ value: Value, _ schema: Value, at path: String) -> [String] {
        if case .bool(let accepts) = schema { return accepts ? [] : ["\(path): nothing may stand here"] }
        guard let keywords = schema.object else { return ["\(path): the schema is no object"] }
        if let reference = keywords["$ref"]?.string { return problems(value, target(reference), at: path) }
        return keywords.entries.flatMap { entry -> [String] in
            if Self.annotations.contains(entry.key) { return [] }
            return problems(value, entry.key, entry.value, keywords, at: path)
        }
    }

    private func target(_ reference: String) -> Value {
        let parts = reference.split(separator: "/").dropFirst()
        return parts.reduce(root) { $0[String($1)] ?? .bool(false) }
    }

    private func accepts(_ value: Value, _ schema: Value) -> Bool { problems(value, schema, at: "").isEmpty }

    private func problems(
        _ value: Value, _ keyword: String, _ argument: Value, _ siblings: Value.Object, at path: String
    ) -> [String] {
        func unless(_ holds: Bool, _ message: String) -> [String] { holds ? [] : ["\(path): \(message)"] }
        let branches = argument.array ?? []
        switch keyword {
        case "type": return unless(isOf(type: argument, value), "is no \(argument)")
        case "enum": return unless(branches.contains(value), "is none of \(branches.compactMap(\.text))")
        case "const": return unless(value == argument, "is not \(argument)")
        case "allOf": return branches.flatMap { problems(value, $0, at: path) }
        case "anyOf":
            return unless(branches.contains { accepts(value, $0) }, "fits none of \(branches.count)")
        case "oneOf": return unless(branches.count { accepts(value, $0) } == 1, "does not fit just one of \(branches.count)")
        case "not": return unless(!accepts(value, argument), "fits what it must not")
        case "if":
            let branch = accepts(value, argument) ? siblings["then"] : siblings["else"]
            return branch.map { problems(value, $0, at: path) } ?? []
        case "then", "else": return []
        case "minimum": return unless(number(value).map { $0 >= number(argument) ?? 0 } ?? true, "is too small")
        case "maximum": return unless(number(value).map { $0 <= number(argument) ?? 0 } ?? true, "is too large")
        case "pattern":
            return unless(value.string.map { matches($0, argument.string ?? "") } ?? true, "does not match \(argument)")
        case "minItems": return unless(value.array.map { Double($0.count) >= number(argument) ?? 0 } ?? true, "is too short")
        case "items":
            return (value.array ?? []).enumerated().flatMap { problems($0.element, argument, at: "\(path)/\($0.offset)") }
        default: return objectProblems(value, keyword, argument, siblings, at: path)
        }
    }

    private func objectProblems(
        _ value: Value, _ keyword: String, _ argument: Value, _ siblings: Value.Object, at path: String
    ) -> [String] {
        guard let object = value.object else { return Self.objectKeywords.contains(keyword) ? [] : ["the keyword \(keyword)"] }
        switch keyword {
        case "minProperties":
            return Double(object.entries.count) >= number(argument) ?? 0 ? [] : ["\(path): is too small"]
        case "required":
            return (argument.array ?? []).compactMap(\.string).filter { object[$0] == nil }.map { "\(path): lacks \($0)" }
        case "properties", "patternProperties":
            return object.entries.flatMap { entry in
                schemas(for: entry.key, keyword, argument).flatMap { problems(entry.value, $0, at: "\(path)/\(entry.key)") }
            }
        case "additionalProperties":
            let others = object.entries.filter { entry in
                ["properties", "patternProperties"].allSatisfy { kind in
                    siblings[kind].map { schemas(for: entry.key, kind, $0).isEmpty } ?? true
                }
            }
            return others.flatMap { problems($0.value, argument, at: "\(path)/\($0.key)") }
        case "propertyNames":
            return object.entries.flatMap { problems(.string($0.key), argument, at: "\(path)/\($0.key)") }
        case "dependencies":
            return (argument.object?.entries ?? []).flatMap { entry -> [String] in
                guard object[entry.key] != nil else { return [] }
                guard let names = entry.value.array else { return problems(value, entry.value, at: path) }
                return names.compactMap(\.string).filter { object[$0] == nil }.map { "\(path): \(entry.key) needs \($0)" }
            }
        default: return ["the keyword \(keyword)"]
        }
    }

    private static let objectKeywords: Set<String> = [
        "minProperties", "required", "properties", "patternProperties", "additionalProperties", "propertyNames", "dependencies",
    ]

    private func schemas(for key: String, _ keyword: String, _ argument: Value) -> [Value] {
        if keyword == "properties" { return argument[key].map { [$0] } ?? [] }
        return (argument.object?.entries ?? []).filter { matches(key, $0.key) }.map(\.value)
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        text.range(of: pattern, options: .regularExpression) != nil
    }

    private func number(_ value: Value) -> Double? {
        switch value {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        default: nil
        }
    }

    private func isOf(type: Value, _ value: Value) -> Bool {
        if let types = type.array { return types.contains { isOf(type: $0, value) } }
        return switch (type.string, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null),
            ("integer", .integer), ("number", .integer), ("number", .number):
            true
        default: false
        }
    }
}

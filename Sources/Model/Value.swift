/// A JSON value: what payloads, variables, attributes and request bodies are made of.
///
/// Integers and other numbers are apart, so that an id such as 2932424 keeps its digits. An object keeps the order in
/// which its keys were written, so that a request prints as its author wrote it; order does not count for equality.
package enum Value: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([Value])
    case object(Object)
}

extension Value {
    /// Keys and values in the order of first writing. Keys are unique; a later write replaces the value in place.
    package struct Object: Sendable {
        package private(set) var entries: [Entry]

        package struct Entry: Sendable, Hashable {
            package var key: String
            package var value: Value

            package init(key: String, value: Value) {
                self.key = key
                self.value = value
            }
        }

        package init() { entries = [] }

        /// For a repeated key the last value counts, at the place of the first.
        package init(_ pairs: some Sequence<(String, Value)>) {
            entries = []
            entries.reserveCapacity(pairs.underestimatedCount)
            for (key, value) in pairs { self[key] = value }
        }

        package var isEmpty: Bool { entries.isEmpty }
        package var keys: [String] { entries.map(\.key) }

        package subscript(key: String) -> Value? {
            get { index(of: key).map { entries[$0].value } }
            set {
                let index = index(of: key)
                switch (index, newValue) {
                case (let index?, let value?): entries[index].value = value
                case (let index?, nil): entries.remove(at: index)
                case (nil, let value?): entries.append(Entry(key: key, value: value))
                case (nil, nil): break
                }
            }
        }

        /// By bytes: canonically equivalent keys are two. Most differ in length already.
        private func index(of key: String) -> Int? {
            let length = key.utf8.count
            return entries.indices.first { index in
                let other = entries[index].key
                return other.utf8.count == length && other == key && other.utf8.elementsEqual(key.utf8)
            }
        }

        /// Appends without looking for an equal key: only for keys known to be unique.
        package mutating func append(uniqueKey key: String, _ value: Value) {
            entries.append(Entry(key: key, value: value))
        }
    }

    /// The member of an object, or the element of an array when `key` is its index; nil where there is none.
    package subscript(key: String) -> Value? {
        switch self {
        case .object(let object): object[key]
        case .array(let elements): Int(key).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
        default: nil
        }
    }

    package var isNull: Bool { if case .null = self { true } else { false } }
    package var object: Object? { if case .object(let object) = self { object } else { nil } }
    package var array: [Value]? { if case .array(let array) = self { array } else { nil } }
    package var string: String? { if case .string(let string) = self { string } else { nil } }
    package var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }

    /// The number, also of a text that is one; nil otherwise.
    package var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let number): number
        case .string(let text): Double(text)
        default: nil
        }
    }

    /// A scalar as text: a string itself, a number by its digits, `true` or `false`; nil for null, arrays and objects.
    package var text: String? {
        switch self {
        case .string(let string): string
        case .integer(let integer): String(integer)
        case .number(let number): number.description
        case .bool(let bool): bool ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}

extension Value: Hashable {
    package static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.integer(let integer), .number(let number)), (.number(let number), .integer(let integer)):
            Double(integer) == number
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let bool): hasher.combine(bool)
        case .integer(let integer): hasher.combine(Double(integer))
        case .number(let number): hasher.combine(number)
        case .string(let string): for byte in string.utf8 { hasher.combine(byte) }
        case .array(let array): hasher.combine(array)
        case .object(let object): hasher.combine(object)
        }
    }
}

extension Value.Object: Hashable {
    package static func == (left: Value.Object, right: Value.Object) -> Bool {
        left.entries.count == right.entries.count && left.entries.allSatisfy { right[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(entries.count)
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: Value...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, Value)...) { self = .object(Value.Object(elements)) }
}

extension Value.Object: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}

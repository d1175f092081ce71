package import Model

extension JSONElement {
    /// The whole, copied. Of a repeated key the last value counts, at the place of the first.
    package var value: Value { withTape { $0.value(index) } }
}

extension JSONTape {
    /// Recursion is as deep as the document, which `JSONDocument.maxDepth` bounds.
    fileprivate func value(_ index: Int) -> Value {
        switch tag(index) {
        case .object: .object(object(index))
        case .array: .array(array(index))
        case .string: .string(text(index))
        case .integer: .integer(Int64(bitPattern: word(index + 1)))
        case .unsigned: .string(String(word(index + 1)))
        case .number: .number(Double(bitPattern: word(index + 1)))
        case .true: .bool(true)
        case .false: .bool(false)
        default: .null
        }
    }

    private func array(_ index: Int) -> [Value] {
        var elements: [Value] = []
        elements.reserveCapacity(count(of: index))
        forEach(in: index) { elements.append(value($0)) }
        return elements
    }

    private func object(_ index: Int) -> Value.Object {
        var keys: [Int] = []
        keys.reserveCapacity(count(of: index))
        forEach(in: index) { keys.append($0) }
        return hasRepetition(keys) ? object(ofRepeated: keys) : object(ofUnique: keys)
    }

    private func object(ofUnique keys: [Int]) -> Value.Object {
        var object = Value.Object()
        for key in keys { object.append(uniqueKey: text(key), value(key + 1)) }
        return object
    }

    private func object(ofRepeated keys: [Int]) -> Value.Object {
        var lastValue: [Key: Int] = [:]
        for key in keys { lastValue[Key(utf8: utf8(key))] = key + 1 }
        var object = Value.Object()
        for key in keys {
            guard let position = lastValue.removeValue(forKey: Key(utf8: utf8(key))) else { continue }
            object.append(uniqueKey: text(key), value(position))
        }
        return object
    }

    /// Few keys are compared each with each, which costs less than hashing them. Many are hashed, so that a body of many
    /// short keys does not cost the square of their number.
    func hasRepetition(_ keys: [Int]) -> Bool {
        if keys.count > Self.fewKeys { return Set(keys.lazy.map { Key(utf8: utf8($0)) }).count < keys.count }
        return keys.indices.contains { isAmong(keys[..<$0], keys[$0]) }
    }

    static let fewKeys = 24

    /// Whether one of the keys has the bytes of another.
    @inline(__always)
    func isAmong(_ keys: some Sequence<Int>, _ key: Int) -> Bool {
        let wanted = utf8(key)
        return keys.contains { isEqual(utf8($0), wanted) }
    }

    /// A key by its bytes: `String` would take two spellings of one accented letter for one key.
    private struct Key: Hashable {
        let utf8: UnsafeBufferPointer<UInt8>

        static func == (left: Key, right: Key) -> Bool { left.utf8.elementsEqual(right.utf8) }

        func hash(into hasher: inout Hasher) { hasher.combine(bytes: UnsafeRawBufferPointer(utf8)) }
    }
}

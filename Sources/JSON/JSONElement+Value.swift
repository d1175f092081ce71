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
        let marks = keys.map(mark)
        return marks.indices.contains { isAmong(marks[..<$0], marks[$0]) }
    }

    static let fewKeys = 48

    /// Where a key stands, and what most keys differ in: length, first byte and the one in the middle.
    struct KeyMark {
        var position: UInt32
        var looks: UInt32
    }

    @inline(__always)
    func mark(of key: Int) -> KeyMark {
        let utf8 = utf8(key)
        let middle = utf8.isEmpty ? 0 : utf8[utf8.count / 2]
        let looks = UInt32(truncatingIfNeeded: utf8.count) << 16 | UInt32(utf8.first ?? 0) << 8 | UInt32(middle)
        return KeyMark(position: UInt32(truncatingIfNeeded: key), looks: looks)
    }

    /// Whether one of the keys has the bytes of another.
    @inline(__always)
    func isAmong(_ marks: some Sequence<KeyMark>, _ mark: KeyMark) -> Bool {
        marks.contains { $0.looks == mark.looks && isEqual(utf8(Int($0.position)), utf8(Int(mark.position))) }
    }

    /// A key by its bytes: `String` would take two spellings of one accented letter for one key.
    private struct Key: Hashable {
        let utf8: UnsafeBufferPointer<UInt8>

        static func == (left: Key, right: Key) -> Bool { left.utf8.elementsEqual(right.utf8) }

        func hash(into hasher: inout Hasher) { hasher.combine(bytes: UnsafeRawBufferPointer(utf8)) }
    }
}

/// One value of a document, which it keeps alive. Reading a member that is missing gives nil and never traps.
package struct JSONElement: Sendable {
    let document: JSONDocument
    /// Where its first word stands on the document's tape.
    let index: Int
    /// True when it is known that no object in it has a key twice: a member is then looked for up to the first.
    let areKeysUnique: Bool

    init(document: JSONDocument, index: Int, areKeysUnique: Bool = false) {
        self.document = document
        self.index = index
        self.areKeysUnique = areKeysUnique
    }

    /// Another value of the same document.
    private func element(at index: Int) -> JSONElement {
        JSONElement(document: document, index: index, areKeysUnique: areKeysUnique)
    }

    package enum Kind: Sendable, Hashable { case null, bool, integer, number, string, array, object }

    /// An integer outside `Int64` and a number outside `Double` are strings: see `JSONDocument`.
    package var kind: Kind {
        switch tag {
        case .object: .object
        case .array: .array
        case .string, .unsigned: .string
        case .integer: .integer
        case .number: .number
        case .true, .false: .bool
        default: .null
        }
    }

    package var isNull: Bool { kind == .null }

    private var tag: JSONTape.Tag { withTape { $0.tag(index) } }

    /// The document must outlive every look at its tape, also where the element is a temporary that is used once.
    @inline(__always)
    func withTape<Result>(_ body: (JSONTape) -> Result) -> Result {
        withExtendedLifetime(document) { body(document.tape) }
    }
}

// MARK: - Members

extension JSONElement {
    /// The member of an object, of a repeated key the last one; nil for other kinds or a missing key. Keys are equal by
    /// their bytes. Cost: one step for each member.
    package subscript(key: String) -> JSONElement? {
        withTape { $0.member(key, of: index, areKeysUnique: areKeysUnique) }.map(element(at:))
    }

    /// The element of an array; nil out of its range. Cost: one step for each element before it.
    package subscript(index: Int) -> JSONElement? {
        withTape { $0.element(index, of: self.index) }.map(element(at:))
    }

    /// The value that `keys` lead to, one after the other; itself for none. In an array a key of digits is an index.
    package func path(_ keys: [String]) -> JSONElement? {
        withTape { tape in
            var position = index
            for key in keys {
                guard let inner = tape.value(at: key, of: position, areKeysUnique: areKeysUnique) else { return nil }
                position = inner
            }
            return element(at: position)
        }
    }

    /// The elements of an array in order, else none.
    package var elements: [JSONElement] {
        guard kind == .array else { return [] }
        var elements: [JSONElement] = []
        elements.reserveCapacity(count)
        withTape { $0.forEach(in: index) { elements.append(element(at: $0)) } }
        return elements
    }

    /// The members of an object in order, else none. A repeated key comes as often as it was written.
    package var members: [(key: String, value: JSONElement)] {
        guard kind == .object else { return [] }
        var members: [(key: String, value: JSONElement)] = []
        members.reserveCapacity(count)
        withTape { tape in
            tape.forEach(in: index) { members.append((tape.text($0), element(at: $0 + 1))) }
        }
        return members
    }

    /// How many elements an array has, or members an object with repeated keys counted each; else 0.
    package var count: Int { withTape { $0.count(of: index) } }
}

// MARK: - Scalars

extension JSONElement {
    /// The text of a string; nil of any other kind.
    package var string: String? {
        switch tag {
        case .string: withTape { $0.text(index) }
        case .unsigned: String(numberBits)
        default: nil
        }
    }

    /// A scalar as text: a string itself, the digits of an integer, the shortest form of a number (`0.5`, `100.0`),
    /// `true` or `false`; nil of null, arrays and objects.
    package var text: String? {
        switch tag {
        case .string, .unsigned: string
        case .integer: integer?.description
        case .number: number?.description
        case .true: "true"
        case .false: "false"
        default: nil
        }
    }

    package var bool: Bool? {
        switch tag {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// An integer, also of a number without a fraction (`100.0`); nil of any other kind, of a string of digits too.
    package var int64: Int64? { integer ?? number.flatMap(Int64.init(exactly:)) }

    /// The nearest double of an integer or number; nil of any other kind, of a string of digits too.
    package var double: Double? { number ?? integer.map(Double.init) }

    private var integer: Int64? { tag == .integer ? Int64(bitPattern: numberBits) : nil }

    private var number: Double? { tag == .number ? Double(bitPattern: numberBits) : nil }

    private var numberBits: UInt64 { withTape { $0.word(index + 1) } }
}

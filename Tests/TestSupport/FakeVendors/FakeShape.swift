/// What a JSON value may look like: types, members and limits as a vendor documents them.
package indirect enum FakeShape: Sendable {
    case any
    case text(longest: Int?)
    /// A text that is not empty.
    case word
    case oneWord(of: Set<String>)
    case integer
    case bool
    case emptyText
    case list(of: FakeShape, longest: Int?, shortest: Int)
    /// Any keys, all with values of one shape.
    case map(FakeShape)
    /// Only these members.
    case object([String: FakeMember])
    case either([FakeShape])

    /// What is wrong with a value, as a sentence; nil when it is as documented.
    package func fault(of value: FakeJSON, at place: String = "the body") -> String? {
        switch self {
        case .any: nil
        case .text(let longest): fault(ofText: value, at: place, longest)
        case .word: value.string.map { $0.isEmpty } ?? true ? "\(place) is no text with something in it" : nil
        case .oneWord(let words):
            value.string.map { words.contains($0) } ?? false
                ? nil : "\(place) is none of \(words.sorted().joined(separator: ", "))"
        case .integer: value.integer == nil ? "\(place) is no integer" : nil
        case .bool: value.bool == nil ? "\(place) is neither true nor false" : nil
        case .emptyText: value.string == "" ? nil : "\(place) is not \"\""
        case .list(let shape, let longest, let shortest):
            fault(ofList: value, at: place, shape, longest, shortest)
        case .map(let shape): fault(ofMap: value, at: place, shape)
        case .object(let members): fault(ofObject: value, at: place, members)
        case .either(let shapes):
            shapes.contains { $0.fault(of: value, at: place) == nil } ? nil : shapes.last?.fault(of: value, at: place)
        }
    }

    private func fault(ofText value: FakeJSON, at place: String, _ longest: Int?) -> String? {
        guard let text = value.string else { return "\(place) is no text" }
        if let longest, text.utf16.count > longest { return "\(place) is longer than \(longest) characters" }
        return nil
    }

    private func fault(ofMap value: FakeJSON, at place: String, _ shape: FakeShape) -> String? {
        guard let members = value.object else { return "\(place) is no object" }
        return members.sorted { $0.key < $1.key }.lazy.compactMap { shape.fault(of: $0.value, at: "\(place).\($0.key)") }.first
    }

    private func fault(
        ofList value: FakeJSON, at place: String, _ shape: FakeShape, _ longest: Int?, _ shortest: Int
    ) -> String? {
        guard let items = value.array else { return "\(place) is no list" }
        if let longest, items.count > longest { return "\(place) has more than \(longest) items" }
        if items.count < shortest { return "\(place) has less than \(shortest) items" }
        return items.enumerated().lazy.compactMap { shape.fault(of: $1, at: "\(place)[\($0)]") }.first
    }

    private func fault(ofObject value: FakeJSON, at place: String, _ members: [String: FakeMember]) -> String? {
        guard let object = value.object else { return "\(place) is no object" }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) where member.isRequired && object[name] == nil {
            return "\(place) has no \(name)"
        }
        for (name, value) in object.sorted(by: { $0.key < $1.key }) {
            guard let member = members[name] else { return "\(place) has \(name), which is not documented" }
            if let fault = member.shape.fault(of: value, at: "\(place).\(name)") { return fault }
        }
        return nil
    }
}

extension FakeShape {
    /// Any text.
    package static let text = FakeShape.text(longest: nil)

    package static func list(_ shape: FakeShape, longest: Int? = nil, shortest: Int = 0) -> FakeShape {
        .list(of: shape, longest: longest, shortest: shortest)
    }
}

package struct FakeMember: Sendable {
    package var shape: FakeShape
    package var isRequired: Bool

    package static func needed(_ shape: FakeShape) -> FakeMember { FakeMember(shape: shape, isRequired: true) }
    package static func optional(_ shape: FakeShape) -> FakeMember { FakeMember(shape: shape, isRequired: false) }
}

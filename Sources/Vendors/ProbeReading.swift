import JSON
import VendorKit

/// How probes read the answers of different vendors: one object, or a list of objects with an id.
extension OnlineAnswer {
    /// One object that is there by its id.
    static func one(_ element: JSONElement?, id: String, name: String, note: String? = nil) -> OnlineAnswer {
        guard let finding = element.flatMap({ OnlineFinding($0, id: id, name: name, note: note) }) else {
            return .unreadable("the answer has no object with `\(id)`")
        }
        return .found([finding], isComplete: true)
    }

    /// A list; what has no id in it is left out.
    static func list(
        _ element: JSONElement?, id: String, name: String, note: String? = nil, isComplete: Bool = true
    ) -> OnlineAnswer {
        guard let element, element.kind == .array else { return .unreadable("the answer holds no list") }
        let findings = element.elements.compactMap { OnlineFinding($0, id: id, name: name, note: note) }
        return .found(findings, isComplete: isComplete)
    }
}

extension OnlineFinding {
    fileprivate init?(_ element: JSONElement, id: String, name: String, note: String?) {
        guard let identifier = element[id]?.identifier else { return nil }
        self.init(
            id: identifier, name: element[name]?.filledText, note: note.flatMap { element[$0]?.filledText })
    }
}

import JSON
import Model

/// The UI blocks that a message may be made of, in place of text.
struct RocketChatBlocks {
    private let list: JSONElement?
    private let blocks: [JSONElement]

    init(_ list: JSONElement?) {
        self.list = list
        blocks = list?.elements.compactMap(\.object) ?? []
    }

    /// What the blocks say, a line for each text; labels of buttons are no text.
    var text: String {
        blocks.flatMap { block in
            let fields = block["fields"]?.elements ?? []
            let elements = Self.parts(of: block, "elements").filter { !Self.isButton($0) }.map { $0["text"] }
            return ([block["text"]] + fields + elements).compactMap { $0.flatMap(Self.text) }
        }.joined(separator: "\n")
    }

    var holdsButton: Bool {
        blocks.contains { block in
            let parts = Self.parts(of: block, "elements") + Self.parts(of: block, "accessory")
            return ([block] + parts).contains(where: Self.isButton)
        }
    }

    /// True for a text that is only these blocks again, as JSON.
    func isSpelledOut(in text: String) -> Bool {
        guard !blocks.isEmpty, let list, text.first(where: { !$0.isWhitespace }) == "[" else { return false }
        return (try? JSONDocument(text))?.root.value == list.value
    }

    /// The objects of an array, or the one object in place of it.
    private static func parts(of block: JSONElement, _ key: String) -> [JSONElement] {
        guard let member = block[key] else { return [] }
        return (member.kind == .array ? member.elements : [member]).compactMap(\.object)
    }

    private static func isButton(_ element: JSONElement) -> Bool { element["type"]?.string == "button" }

    /// `{"type": "mrkdwn", "text": "…"}`, or the text alone.
    private static func text(_ element: JSONElement) -> String? {
        element.kind == .object ? element["text"]?.filledText : element.filledText
    }
}

import CYAML
import Model

/// The comments of a YAML text, which the parser drops.
///
/// libyaml tells where each scalar begins and ends; a `#` outside of them that begins a line or stands behind a blank begins
/// a comment. So a `#` in quotes, in a block of text or within a word is none.
struct YAMLComments {
    struct Comment: Sendable, Hashable {
        /// Behind the `#`, without blanks at the ends.
        var text: String
        /// Of the `#`.
        var at: SourcePosition
        /// In characters, with the `#`.
        var length: Int
        /// The column of the first character of the line when nothing but the comment stands in it.
        var isAlone: Bool
    }

    let comments: [Comment]

    /// Those of a text that libyaml reads; what stands behind an error in it is not looked at.
    init(_ bytes: [UInt8], file: String) {
        let characters = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        let scalars = Self.scalars(in: bytes, characters)
        var comments: [Comment] = []
        var line = 1
        var start = 0
        var next = 0
        while start < characters.count {
            let end = characters[start...].firstIndex { $0 == "\n" || $0 == "\r" } ?? characters.count
            if let place = Self.comment(in: start..<end, characters, scalars, &next) {
                let text = String(String.UnicodeScalarView(characters[(place + 1)..<end]))
                comments.append(
                    Comment(
                        text: text.trimmed, at: SourcePosition(file: file, line: line, column: place - start + 1),
                        length: end - place, isAlone: characters[start..<place].allSatisfy { $0 == " " || $0 == "\t" }))
            }
            let isPair = end + 1 < characters.count && characters[end] == "\r" && characters[end + 1] == "\n"
            start = end + (isPair ? 2 : 1)
            line += 1
        }
        self.comments = comments
    }

    /// - Parameter next: the first scalar that may reach into this line or a later one.
    private static func comment(
        in line: Range<Int>, _ characters: [Unicode.Scalar], _ scalars: [Range<Int>], _ next: inout Int
    ) -> Int? {
        var place = line.lowerBound
        while place < line.upperBound {
            while next < scalars.count, scalars[next].upperBound <= place { next += 1 }
            if next < scalars.count, scalars[next].contains(place) {
                place = scalars[next].upperBound
                continue
            }
            if characters[place] == "#",
                place == line.lowerBound || characters[place - 1] == " " || characters[place - 1] == "\t"
            {
                return place
            }
            place += 1
        }
        return nil
    }

    /// Where text stands, in characters, ascending. Of a block of text its lines alone: a comment may follow its `|`.
    private static func scalars(in bytes: [UInt8], _ characters: [Unicode.Scalar]) -> [Range<Int>] {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { return [] }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        var scalars: [Range<Int>] = []
        bytes.withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            var isOver = false
            while !isOver {
                var event = yaml_event_t()
                guard yaml_parser_parse(&parser, &event) == 1 else { return }
                isOver = event.type == YAML_STREAM_END_EVENT
                if event.type == YAML_SCALAR_EVENT, let range = range(of: event, characters) { scalars.append(range) }
                yaml_event_delete(&event)
            }
        }
        return scalars
    }

    private static func range(of event: yaml_event_t, _ characters: [Unicode.Scalar]) -> Range<Int>? {
        var start = Int(event.start_mark.index)
        let end = min(Int(event.end_mark.index), characters.count)
        let style = event.data.scalar.style
        if style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE, start < end {
            start = characters[start..<end].firstIndex { $0 == "\n" || $0 == "\r" } ?? end
        }
        return start < end ? start..<end : nil
    }
}

extension String {
    /// Without blanks at the ends.
    var trimmed: String {
        let characters = unicodeScalars.drop { $0 == " " || $0 == "\t" }
        guard let last = characters.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(characters[...last])
    }
}

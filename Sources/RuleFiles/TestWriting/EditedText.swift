import Model

/// A text that is edited by places: everything that is not named stays as it is, to the byte.
struct EditedText {
    private let byteOrderMark: Bool
    private let scalars: [Unicode.Scalar]
    /// Where each line begins.
    private let lineStarts: [Int]
    let lineEnd: String
    private var edits: [(range: Range<Int>, text: String)] = []

    /// Nil for bytes that are no text.
    init?(_ bytes: [UInt8]) {
        byteOrderMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        guard let text = String(validating: byteOrderMark ? Array(bytes.dropFirst(3)) : bytes, as: UTF8.self) else { return nil }
        let scalars = Array(text.unicodeScalars)
        var starts = [0]
        for (index, scalar) in scalars.enumerated() {
            let isEnd = scalar == "\n" || scalar == "\r" && !(index + 1 < scalars.count && scalars[index + 1] == "\n")
            if isEnd { starts.append(index + 1) }
        }
        self.scalars = scalars
        lineStarts = starts
        lineEnd = text.contains("\r\n") ? "\r\n" : "\n"
    }

    var isEdited: Bool { !edits.isEmpty }

    /// Nil for a place that the text does not have.
    func offset(of place: SourcePosition) -> Int? {
        guard place.line >= 1, place.line <= lineStarts.count, place.column >= 1 else { return nil }
        let offset = lineStarts[place.line - 1] + place.column - 1
        return offset <= scalars.count ? offset : nil
    }

    func text(in range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[range.clamped(to: 0..<scalars.count)])
        return String(view)
    }

    mutating func replace(_ range: Range<Int>, with text: String) { edits.append((range, text)) }

    /// Nil when two edits are in each other's way.
    func edited() -> String? {
        var view = String.UnicodeScalarView(byteOrderMark ? ["\u{FEFF}"] : [])
        var end = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            guard edit.range.lowerBound >= end, edit.range.upperBound <= scalars.count else { return nil }
            view.append(contentsOf: scalars[end..<edit.range.lowerBound])
            view.append(contentsOf: edit.text.unicodeScalars)
            end = edit.range.upperBound
        }
        view.append(contentsOf: scalars[end...])
        return String(view)
    }
}

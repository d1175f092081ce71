extension Reply {
    /// The text with what the vendor cannot show by itself: a file as a link on a line of its own, then buttons as a
    /// numbered list, `1. Label` on a line each, whose numbers a flow understands as answers.
    package func text(listingButtons: Bool, linkingFile: Bool) -> String {
        var lines = text.isEmpty ? [] : [text]
        if linkingFile, let file { lines.append(file) }
        if listingButtons { lines += buttons.enumerated().map { "\($0.offset + 1). \($0.element)" } }
        return lines.joined(separator: "\n")
    }
}

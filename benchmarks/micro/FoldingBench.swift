import Foundation
import Matching

/// `fold MESSAGES LIMIT`: folding beside Foundation's; `fold-to MESSAGES FILE` writes what it comes to.
enum FoldingBench {
    static func measure(_ arguments: Arguments) throws -> String {
        let messages = try Array(arguments.lines(0, "MESSAGES").prefix(arguments.number(1, "LIMIT")))
        // The tables are built once, at the first text.
        for text in messages.prefix(1) { keep(FoldedText(text)) }
        let ours = nanoseconds(messages.count) { for text in messages { keep(FoldedText(text)) } }
        let options: String.CompareOptions = [.caseInsensitive, .diacriticInsensitive, .widthInsensitive]
        let theirs = nanoseconds(messages.count) { for text in messages { keep(text.folding(options: options, locale: nil)) } }
        return "{\"ns_per_message\": \(ours), \"foundation_ns_per_message\": \(theirs)}"
    }

    static func write(_ arguments: Arguments) throws -> String {
        let messages = try arguments.lines(0, "MESSAGES")
        let folded = messages.map { FoldedText($0).string }.joined(separator: "\n") + "\n"
        try folded.write(toFile: arguments.text(1, "FILE"), atomically: false, encoding: .utf8)
        return "{\"messages\": \(messages.count)}"
    }
}

/// Cuts a reply that is longer than one message may be into several messages.
///
/// Each message but the last ends at the last blank line that leaves it within the limit; without one at the last end of a
/// line or sentence; without that at the last white space; else between two characters as people see them. White space at
/// a cut is dropped, and nothing else. Buttons and file go with the last message, where they count as the vendor shows
/// them: as a numbered list and a link in the text, or beside it.
package struct ReplySplitting: Sendable {
    /// A text that needs more messages is not sent: it is a mistake sooner than an answer.
    package static let mostParts = 10

    private let limit: TextLimit
    private let listsButtons: Bool
    private let linksFile: Bool

    /// - Parameters:
    ///   - listsButtons: the vendor's messages hold buttons as a list in the text.
    ///   - linksFile: they hold a file as a link in the text.
    package init(limit: TextLimit, listsButtons: Bool, linksFile: Bool) {
        self.limit = limit
        self.listsButtons = listsButtons
        self.linksFile = linksFile
    }

    /// The messages, in order; just the reply where it fits. Nil when it cannot be done in `mostParts` messages. No message
    /// is empty or over the limit, and all visible text is in them once and in its order.
    package func parts(of reply: Reply) -> [Reply]? {
        if fits(reply) { return [reply] }
        var last = reply
        last.text = ""
        guard fits(last), limit.visible(reply.text) / Self.mostParts <= limit.count else { return nil }
        var rest = reply.text[...].trimmed
        var parts: [Reply] = []
        while true {
            last.text = String(rest)
            if fits(last) { return shown(last).isEmpty ? nil : parts + [last] }
            guard parts.count < Self.mostParts - 1, let cut = cut(in: rest, before: last) else { return nil }
            parts.append(Reply(text: String(rest[..<cut.end])))
            rest = rest[cut.next...].trimmed
        }
    }

    private func shown(_ reply: Reply) -> String { reply.text(listingButtons: listsButtons, linkingFile: linksFile) }

    private func fits(_ reply: Reply) -> Bool { limit.fits(shown(reply)) }

    /// Where the next message ends; `last` is what it would be without a cut. Nil when not even one code point fits.
    /// What remains may be empty: then the list and the link are a message of their own.
    private func cut(in rest: Substring, before last: Reply) -> Cut? {
        guard limit.fits(String(rest)) else { return cutWithinLimit(rest) }
        // Only buttons and file do not fit: they take the last bit of text with them, where it ends well and they can.
        let cuts = Cuts(in: rest, room: .max, unit: limit)
        let cut = cuts.byMerit.first { cut in
            var last = last
            last.text = String(rest[cut.next...])
            return fits(last)
        }
        return cut ?? Cut(end: rest.endIndex, next: rest.endIndex)
    }

    private func cutWithinLimit(_ rest: Substring) -> Cut? {
        var room = limit.count
        while room > 0, let cut = Cuts(in: rest, room: room, unit: limit).best {
            let excess = limit.length(of: String(rest[..<cut.end])) - limit.count
            if excess <= 0 { return cut }
            room -= excess
        }
        return nil
    }
}

/// One text ends, and the next begins behind the white space between them.
private struct Cut {
    var end: Substring.Index
    var next: Substring.Index
}

/// The last cuts of each kind in a text that leave at most `room` units before them.
///
/// The text neither begins nor ends with white space.
private struct Cuts {
    private var blankLine: Cut?
    private var sentence: Cut?
    private var space: Cut?
    private var hard: Cut?

    /// Those that end something, the best first.
    var byMerit: [Cut] { [blankLine, sentence, space].compactMap(\.self) }

    var best: Cut? { byMerit.first ?? hard }

    init(in text: Substring, room: Int, unit: TextLimit) {
        var used = 0
        var ending = SentenceEnding.none
        var index = text.startIndex
        while index < text.endIndex, used <= room {
            let character = text[index]
            if character.isGap {
                let gap = text[index...].prefix(while: \.isGap)
                record(Cut(end: index, next: gap.endIndex), lines: gap.count(where: \.isNewline), after: ending)
                used += unit.written(gap)
                index = gap.endIndex
                ending = .none
            } else {
                if ending == .atOnce, !character.continuesEnding { sentence = Cut(end: index, next: index) }
                let next = text.index(after: index)
                used += unit.written(text[index..<next])
                if used > room { break }
                ending.pass(character)
                index = next
                hard = Cut(end: index, next: index)
            }
        }
        if hard == nil { hard = Cuts.cutInsideCharacter(text, room: room, unit: unit) }
    }

    private mutating func record(_ cut: Cut, lines: Int, after ending: SentenceEnding) {
        if lines > 1 {
            blankLine = cut
        } else if lines == 1 || ending != .none {
            sentence = cut
        } else {
            space = cut
        }
    }

    /// For one character that is over the limit by itself, such as a letter with a thousand marks.
    private static func cutInsideCharacter(_ text: Substring, room: Int, unit: TextLimit) -> Cut? {
        var used = 0
        var end = text.startIndex
        for index in text.unicodeScalars.indices {
            let next = text.unicodeScalars.index(after: index)
            used += unit.written(text[index..<next])
            if used > room { break }
            end = next
        }
        // A space alone, without the marks that it carries, would be an empty message.
        return text[..<end].unicodeScalars.allSatisfy(\.properties.isWhitespace) ? nil : Cut(end: end, next: end)
    }
}

/// Whether the text so far ends a sentence.
private enum SentenceEnding {
    case none
    /// If white space follows.
    case beforeSpace
    /// Whatever follows: scripts without spaces between sentences.
    case atOnce

    mutating func pass(_ character: Character) {
        if character.isFullStop {
            self = character.isWideFullStop ? .atOnce : .beforeSpace
        } else if !character.closes {
            self = .none
        }
    }
}

extension Character {
    /// White space through and through: a space that carries a mark is not.
    fileprivate var isGap: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }

    fileprivate var isFullStop: Bool { isWideFullStop || ".!?…．؟۔।".contains(self) }
    fileprivate var isWideFullStop: Bool { "。！？｡".contains(self) }

    /// Quotes and brackets that belong to the sentence before them.
    fileprivate var closes: Bool { #""'”’»)]}」』）】》"#.contains(self) }

    fileprivate var continuesEnding: Bool { isFullStop || closes }
}

extension Substring {
    /// Without white space at its ends.
    fileprivate var trimmed: Substring {
        guard let first = firstIndex(where: { !$0.isGap }), let last = lastIndex(where: { !$0.isGap }) else { return "" }
        return self[first...last]
    }
}

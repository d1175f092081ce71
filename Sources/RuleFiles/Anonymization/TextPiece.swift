/// What a text is made of, as far as it can name somebody.
enum TextPiece: Sendable, Hashable {
    case plain(String)
    /// `2026-01-05`: no phone number, and rules read times.
    case date(String)
    case email(mailbox: String, domain: String)
    /// `https://`, the host with its port, and what stands behind it.
    case link(scheme: String, host: String, rest: String)
    /// `10.0.0.7`, `fe80::1`
    case address(String)
    /// Eight digits or more, with what people write between them.
    case number(String)

    /// A word is looked at in parts of about this many characters, so that none takes longer than it is long: cut at the next
    /// sign that is in no address, link or number, and in any case at the second.
    private static let (partLength, longestPart) = (1024, 4096)

    /// All of the text, in order. One pass over white space and one over each word.
    static func pieces(of text: String) -> [TextPiece] {
        var pieces: [TextPiece] = []
        for stretch in stretches(of: text) { append(stretch, to: &pieces) }
        return joinedNumbers(pieces)
    }

    /// Words and the white space between them.
    private static func stretches(of text: String) -> [String] {
        var stretches: [String] = []
        var isSpace = false
        var length = 0
        for character in text {
            let isEnd = length >= longestPart || (length >= partLength && ",;\"'|<>()[]{}".contains(character))
            if stretches.isEmpty || character.isWhitespace != isSpace || isEnd {
                stretches.append("")
                length = 0
            }
            isSpace = character.isWhitespace
            length += 1
            stretches[stretches.count - 1].append(character)
        }
        return stretches
    }

    /// What stands before the first of a kind has none of that kind, so that it goes no deeper than there are kinds; what
    /// stands behind it is the next round.
    private static func append(_ word: String, to pieces: inout [TextPiece]) {
        var word = word
        while let found = first(in: word) {
            if found.range.lowerBound > word.startIndex { append(String(word[..<found.range.lowerBound]), to: &pieces) }
            pieces.append(found.piece)
            word = String(word[found.range.upperBound...])
        }
        guard !word.isEmpty else { return }
        // A comma behind a number is none of it.
        let number = word.prefix(while: isPartOfNumber)
        let rest = word[number.endIndex...]
        let isSplit = !number.isEmpty && !rest.isEmpty && !rest.contains { $0.isLetter || $0.isNumber }
        pieces += isSplit ? [.plain(String(number)), .plain(String(rest))] : [.plain(word)]
    }

    /// Links before e-mails, these before addresses and dates, wherever they stand.
    private static func first(in word: String) -> (range: Range<String.Index>, piece: TextPiece)? {
        if let scheme = scheme(in: word) {
            let rest = word[scheme.upperBound...]
            let host = rest.prefix { !"/?#\"'<>()".contains($0) }
            let piece = TextPiece.link(
                scheme: String(word[scheme]), host: String(host), rest: String(rest.dropFirst(host.count)))
            return (scheme.lowerBound..<word.endIndex, piece)
        }
        if let email = email(in: word) {
            let piece = TextPiece.email(mailbox: String(word[email.mailbox]), domain: String(word[email.domain]))
            return (email.mailbox.lowerBound..<email.domain.upperBound, piece)
        }
        if let address = NetworkAddress.first(in: word) { return (address, .address(String(word[address]))) }
        guard word.contains("-"), let date = word.firstMatch(of: #/\d{4}-\d{2}-\d{2}(?:T[\d:.Zz+\-]+)?/#) else { return nil }
        return (date.range, .date(String(date.output)))
    }

    /// Of the first link.
    private static func scheme(in word: String) -> Range<String.Index>? {
        guard word.utf8.contains(UInt8(ascii: ":")) else { return nil }
        return [word.firstRange(of: "https://"), word.firstRange(of: "http://")].compactMap(\.self)
            .min { $0.lowerBound < $1.lowerBound }
    }

    /// Found from its `@` on: one pass, however long the word is.
    private static func email(in word: String) -> (mailbox: Range<String.Index>, domain: Range<String.Index>)? {
        var searched = word.startIndex
        while let at = word[searched...].firstIndex(of: "@") {
            let before = word[searched..<at].reversed().prefix { isWordPart($0) || "._%+-".contains($0) }
            let start = word.index(at, offsetBy: -before.count)
            let behind = word.index(after: at)
            var domain = word[behind...].prefix { isWordPart($0) || "-.".contains($0) }
            while domain.last == "." { domain.removeLast() }
            let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
            if start < at, labels.count > 1, labels.allSatisfy({ !$0.isEmpty }) { return (start..<at, behind..<domain.endIndex) }
            searched = behind
        }
        return nil
    }

    private static func isWordPart(_ character: Character) -> Bool { character.isLetter || character.isNumber }

    private static func isPartOfNumber(_ character: Character) -> Bool {
        character.isASCII && (character.isNumber || "+-().".contains(character))
    }

    /// Neighbours that are only digits and what stands between the digits of a phone number are one number, if there are
    /// enough of them.
    private static func joinedNumbers(_ pieces: [TextPiece]) -> [TextPiece] {
        var result: [TextPiece] = []
        var open: [String] = []
        func close() {
            // White space at the end belongs to what follows.
            var tail: [String] = []
            while let last = open.last, last.allSatisfy(\.isWhitespace) { tail.insert(open.removeLast(), at: 0) }
            let number = open.joined()
            let digits = number.count { $0.isASCII && $0.isNumber }
            if digits >= 8, digits <= 20 {
                result.append(.number(number))
            } else {
                result += open.map(TextPiece.plain)
            }
            result += tail.map(TextPiece.plain)
            open = []
        }
        for piece in pieces {
            if case .plain(let text) = piece, text.allSatisfy(isPartOfNumber) {
                open.append(text)
            } else if case .plain(let text) = piece, !open.isEmpty, text == " " {
                open.append(text)
            } else {
                close()
                result.append(piece)
            }
        }
        close()
        return result
    }
}

import Matching
package import Model

/// Puts stand-ins in the place of names, e-mails, phones, ids and tokens in payloads, consistently over all of them.
///
/// First every payload is shown to it (`note`), so that a name in one is known when it stands in the text of another; then each
/// is changed. Words that rules look for stay.
package struct Anonymizer: Sendable {
    private let kept: KeptWords
    private var mentions = Mentions()
    private var fixed: Set<String> = []
    private var standIns: StandIns?

    package init(keeping kept: KeptWords) { self.kept = kept }

    /// How many different things got a stand-in so far.
    package var counts: AnonymizationCounts { standIns?.counts ?? AnonymizationCounts() }

    /// - Parameter events: what the payload says, as a vendor's decoder reads it.
    package mutating func note(_ body: Value, events: [Event]) { mentions.note(body, events: events) }

    /// What is shorter names nobody.
    private static let shortestID = 4
    private static let shortestNumber = 5
    private static let shortestPhone = 8
    /// Where an id must stand.
    private static let shortestNumberOfID = 3
    /// Without white space, in letters and digits: what is longer is no word that anybody wrote.
    private static let longestWord = 16

    // MARK: Changing

    /// Says what stands in for an id that is known from elsewhere.
    package mutating func fix(_ id: String, _ standIn: String) {
        fixed.insert(id)
        withStandIns { standIns, _ in standIns.fix(id, standIn) }
    }

    package mutating func anonymized(_ body: Value) -> Value {
        withStandIns { standIns, this in this.changed(body, FieldPlace(), &standIns) }
    }

    private mutating func withStandIns<Result>(_ body: (inout StandIns, Anonymizer) -> Result) -> Result {
        var standIns = standIns ?? StandIns(avoiding: mentions.originals, kept: kept)
        let result = body(&standIns, self)
        self.standIns = standIns
        return result
    }

    private func changed(_ value: Value, _ place: FieldPlace, _ standIns: inout StandIns) -> Value {
        switch value {
        case .null, .bool: return value
        case .number: return place.kind == .coordinate ? 0 : value
        case .integer(let integer): return changed(integer, place, &standIns)
        case .string(let text): return .string(changed(text, place, &standIns))
        case .array(let elements): return .array(elements.map { changed($0, place, &standIns) })
        case .object(let object):
            return .object(
                Value.Object(
                    object.entries.map { entry in
                        (key(entry.key, &standIns), changed(entry.value, place.member(entry.key, of: object), &standIns))
                    }))
        }
    }

    /// Members are named by the vendor, or by somebody's id.
    private func key(_ key: String, _ standIns: inout StandIns) -> String {
        let isID = mentions.ids.contains(key) && key.contains(where: \.isNumber)
        return isID || key.contains("@") ? text(key, FieldPlace(), &standIns) : key
    }

    private func changed(_ integer: Int64, _ place: FieldPlace, _ standIns: inout StandIns) -> Value {
        let text = String(integer)
        func replaced(_ standIn: String) -> Value { Int64(standIn).map(Value.integer) ?? .integer(integer) }
        guard place.kind != .coordinate else { return 0 }
        guard !kept.includes(text) else { return .integer(integer) }
        switch place.kind {
        case .phone: return replaced(phone(text, &standIns))
        case .document: return replaced(id(text, &standIns))
        case .id where text.count >= Self.shortestNumberOfID: return replaced(id(text, &standIns))
        case .id, .token, .name, .email, .text, .address, .coordinate:
            if mentions.ids.contains(text) { return replaced(id(text, &standIns)) }
            return mentions.toldPhones.contains(text) ? replaced(phone(text, &standIns)) : .integer(integer)
        }
    }

    private func changed(_ text: String, _ place: FieldPlace, _ standIns: inout StandIns) -> String {
        guard !text.isEmpty else { return text }
        if fixed.contains(text) { return standIns.id(text) }
        switch place.kind {
        case .token: return text.count < Self.shortestID || isKept(text) ? text : standIns.token(text)
        case .id where !text.contains("@"):
            return words(of: text) { word, standIns in
                let isNumber = word.count >= Self.shortestNumberOfID && word.allSatisfy { $0.isASCII && $0.isNumber }
                return isNumber || mentions.ids.contains(word) ? id(word, &standIns) : word
            }(&standIns)
        case .phone: return isKept(text) ? text : phone(text, &standIns)
        case .document: return words(of: text) { word, standIns in id(word, &standIns) }(&standIns)
        case .name: return name(text, &standIns)
        case .coordinate: return "0"
        case .address where NetworkAddress.first(in: text) != nil: return isKept(text) ? text : standIns.address(text)
        case .id, .email, .address: return self.text(text, place, &standIns)
        case .text where !place.isWritten && !place.isVocabulary && mentions.toldNames.contains(text):
            return name(text, &standIns)
        // A picture or a key, and no words.
        case .text where isOpaque(text): return isKept(text) ? text : standIns.token(text)
        // One word alone may be the vendor's own, as `manager` is: only what people write has names in it.
        case .text:
            let isWord = text.allSatisfy { $0.isLetter || "_-.".contains($0) }
            if place.isVocabulary, isWord { return text }
            let hasNames = place.isWritten || text.contains(where: \.isWhitespace) || isFile(text)
            return self.text(text, place, &standIns, hasNames: hasNames)
        }
    }

    private func name(_ text: String, _ standIns: inout StandIns) -> String {
        guard !text.contains("@"), !text.contains("://") else { return self.text(text, FieldPlace(), &standIns) }
        if mentions.phrases.contains(text.lowercased()), !isKept(text) { return standIns.phrase(text) }
        return words(of: text) { word, standIns in
            if mentions.names.contains(FoldedText(word)) { return self.word(word, &standIns) }
            let isNumber = mentions.ids.contains(word) || word.allSatisfy(\.isNumber)
            return isNumber && word.count >= Self.shortestID ? id(word, &standIns) : word
        }(&standIns)
    }

    /// Every word that is not kept, changed; what stands between stays.
    private func words(
        of text: String, _ change: @escaping (String, inout StandIns) -> String
    ) -> (inout StandIns) -> String {
        { standIns in
            TextRun.runs(of: text).map { run in
                run.kind == .gap || kept.includes(run.text) ? run.text : change(run.text, &standIns)
            }.joined()
        }
    }

    // MARK: With what rules look for

    private func id(_ word: String, _ standIns: inout StandIns) -> String {
        standIns.id(word, keeping: kept.places(in: word))
    }

    private func phone(_ text: String, _ standIns: inout StandIns) -> String {
        standIns.phone(text) { digits in kept.places(in: digits) }
    }

    /// Of a name. One that has a part which rules look for keeps that part, and its length.
    private func word(_ word: String, _ standIns: inout StandIns) -> String {
        let places = kept.places(in: word)
        return places.isEmpty ? standIns.word(word) : standIns.id(word, keeping: places)
    }

    // MARK: Text

    /// Addresses, numbers of five digits and more, ids, and words of names; all else is as it was written.
    private func text(
        _ text: String, _ place: FieldPlace, _ standIns: inout StandIns, hasNames: Bool = true
    ) -> String {
        var result = ""
        // Names go over white space.
        var open = ""
        for piece in TextPiece.pieces(of: text) {
            if case .plain(let text) = piece {
                open += text
                continue
            }
            result += plain(open, &standIns, hasNames)
            open = ""
            switch piece {
            case .plain: break
            case .date(let text): result += text
            case .email(let mailbox, let domain) where kept.includes(address: mailbox + "@" + domain):
                result += mailbox + "@" + domain
            case .email(let mailbox, let domain):
                result += self.mailbox(mailbox, domain, &standIns) + "@" + self.domain(domain, &standIns)
            case .link(let scheme, let host, let rest): result += scheme + self.host(host, &standIns) + link(rest, &standIns)
            case .address(let text): result += place.isSoftware || isKept(text) ? text : standIns.address(text)
            case .number(let text): result += isKept(text) ? text : number(text, &standIns)
            }
        }
        return result + plain(open, &standIns, hasNames)
    }

    private func plain(_ text: String, _ standIns: inout StandIns, _ hasNames: Bool) -> String {
        var runs = TextRun.runs(of: text)[...]
        var result = ""
        while let run = runs.first {
            if run.kind == .word, let phrase = phrase(at: runs), !isKept(phrase.text) {
                result += standIns.phrase(phrase.text)
                runs.removeFirst(phrase.count)
            } else {
                result += run.kind == .gap || kept.includes(run.text) ? run.text : plainWord(run.text, &standIns, hasNames)
                runs.removeFirst()
            }
        }
        return result
    }

    private func plainWord(_ word: String, _ standIns: inout StandIns, _ hasNames: Bool) -> String {
        if mentions.ids.contains(word) { return id(word, &standIns) }
        if word.count >= Self.shortestNumber, word.allSatisfy({ $0.isASCII && $0.isNumber }) {
            return number(word, &standIns)
        }
        if word.count > Self.longestWord, word.allSatisfy(\.isASCII), word.contains(where: \.isNumber) {
            return standIns.id(word, keeping: kept.places(in: word))
        }
        guard hasNames else { return word }
        if mentions.names.contains(FoldedText(word)) { return self.word(word, &standIns) }
        guard !mentions.unspacedNames.isEmpty, word.unicodeScalars.contains(where: \.isUnspaced) else { return word }
        return withoutUnspacedNames(word, &standIns)
    }

    /// The longest name that begins here and is made of words which name nobody.
    private func phrase(at runs: ArraySlice<TextRun>) -> (text: String, count: Int)? {
        guard let first = runs.first, mentions.phraseBeginnings.contains(first.text.lowercased()) else { return nil }
        var (text, found): (String, (String, Int)?) = ("", nil)
        for (count, run) in runs.prefix(2 * Mentions.longestPhrase - 1).enumerated() {
            text += run.text
            if run.kind == .word, mentions.phrases.contains(text.lowercased()) { found = (text, count + 1) }
        }
        return found
    }

    private func withoutUnspacedNames(_ word: String, _ standIns: inout StandIns) -> String {
        var result = word
        // The longer ones first: one may be part of another.
        for name in mentions.unspacedNames.sorted(by: { ($1.count, $0) < ($0.count, $1) }) where result.contains(name) {
            guard !kept.includes(name) else { continue }
            result = result.replacing(name, with: self.word(name, &standIns))
        }
        return result
    }

    /// One that is nobody's id may be a phone's, with or without its country: as it is in a phone's own field.
    private func number(_ text: String, _ standIns: inout StandIns) -> String {
        mentions.ids.contains(text) || text.count < Self.shortestPhone ? id(text, &standIns) : phone(text, &standIns)
    }

    private func isKept(_ text: String) -> Bool {
        TextRun.runs(of: text).allSatisfy { $0.kind == .gap || kept.includes($0.text) }
    }

    /// Of a picture in text form, a signed token and the like.
    private func isOpaque(_ text: String) -> Bool {
        text.count >= 40 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !text.contains("://") && !text.contains("@")
            && text.contains(where: \.isNumber)
            && text.allSatisfy { $0.isLetter || $0.isNumber || "+/=_-.,:;".contains($0) } && !isFile(text)
    }

    /// `Ana Souza.pdf`, also without the space.
    private func isFile(_ text: String) -> Bool {
        guard let point = text.lastIndex(of: "."), point > text.startIndex else { return false }
        let ending = text[text.index(after: point)...]
        return (2...4).contains(ending.count) && ending.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            && ending.contains(where: \.isLetter)
    }

    /// As one, unless rules look for a part of it.
    private func mailbox(_ mailbox: String, _ domain: String, _ standIns: inout StandIns) -> String {
        let words = TextRun.runs(of: mailbox).filter { $0.kind == .word }
        guard words.contains(where: { kept.mayBeTaken(for: $0.text) }) else { return standIns.mailbox(mailbox + "@" + domain) }
        return self.words(of: mailbox) { word, standIns in id(word, &standIns) }(&standIns)
    }

    /// A machine's name or address, with its port, and whoever is named before it.
    private func host(_ host: String, _ standIns: inout StandIns) -> String {
        if let end = host.lastIndex(of: "@") {
            return "user@" + self.host(String(host[host.index(after: end)...]), &standIns)
        }
        if let address = NetworkAddress.first(in: host) {
            return String(host[..<address.lowerBound]) + standIns.address(String(host[address])) + host[address.upperBound...]
        }
        let name = host.prefix { $0 != ":" }
        return domain(String(name), &standIns) + host.dropFirst(name.count)
    }

    /// Of what rules look for, and the ending.
    private func domain(_ domain: String, _ standIns: inout StandIns) -> String {
        let labels = domain.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let endings: Set<String> = ["com", "org", "net", "edu", "gov", "co", "ac"]
        return labels.enumerated().map { index, label in
            let isLast = index == labels.count - 1
            let isEnding = isLast && (labels.count > 1 || label == "localhost")
            guard !isEnding, index == 0 || !endings.contains(label.lowercased()), !isKept(label) else { return label }
            let isLookedFor = TextRun.runs(of: label).contains { $0.kind == .word && kept.mayBeTaken(for: $0.text) }
            return isLookedFor ? words(of: label) { word, standIns in id(word, &standIns) }(&standIns) : "example"
        }.joined(separator: ".")
    }

    /// The words of a path and a query, but for a file's ending.
    private func link(_ rest: String, _ standIns: inout StandIns) -> String {
        let ending = isFile(rest) ? rest.split(separator: ".").last.map(String.init) : nil
        return words(of: rest) { word, standIns in
            let isLong = word.count >= Self.shortestID || (word.count > 2 && word.contains(where: \.isNumber))
            return word != ending && (isLong || mentions.names.contains(FoldedText(word))) ? id(word, &standIns) : word
        }(&standIns)
    }
}

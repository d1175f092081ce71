import Matching
package import Model

/// Puts stand-ins in the place of names, e-mails, phones, ids and tokens in payloads, consistently over all of them.
///
/// First every payload is shown to it (`note`), so that a name in one is known when it stands in the text of another; then each
/// is changed. Words that rules look for stay.
package struct Anonymizer: Sendable {
    private let kept: KeptWords
    /// Folded words of names.
    private var names: Set<FoldedText> = []
    private var ids: Set<String> = []
    private var originals: Set<String> = []
    private var fixed: Set<String> = []
    private var standIns: StandIns?

    package init(keeping kept: KeptWords) { self.kept = kept }

    /// How many different things got a stand-in so far.
    package var counts: AnonymizationCounts { standIns?.counts ?? AnonymizationCounts() }

    // MARK: Looking

    /// - Parameter events: what the payload says, as a vendor's decoder reads it.
    package mutating func note(_ body: Value, events: [Event]) {
        note(body, FieldPlace())
        for event in events {
            for name in [event.contact?.name, event.sender?.name, event.agent?.name, event.agent?.username] {
                if let name { noteName(name) }
            }
            for id in [event.conversation?.id, event.message?.id, event.contact?.id, event.sender?.id, event.agent?.id] {
                if let id { noteID(id) }
            }
        }
    }

    private mutating func note(_ value: Value, _ place: FieldPlace) {
        switch value {
        case .null, .bool, .number: break
        case .integer(let integer): if place.kind == .id { noteID(String(integer)) }
        case .string(let text):
            switch place.kind {
            case .name: noteName(text)
            case .id, .token: noteID(text)
            case .email, .phone, .document, .coordinate, .text: break
            }
        case .array(let elements): for element in elements { note(element, place) }
        case .object(let object):
            for entry in object.entries { note(entry.value, place.member(entry.key, of: object)) }
        }
    }

    private mutating func noteName(_ name: String) {
        // An address or a number in the place of a name is none.
        guard !name.contains("@"), !name.contains("://") else { return }
        for run in TextRun.runs(of: name) where run.kind == .word {
            originals.insert(run.text.lowercased())
            if run.isNameWord { names.insert(FoldedText(run.text)) }
        }
    }

    private mutating func noteID(_ id: String) {
        for part in Self.parts(ofID: id) {
            ids.insert(part)
            originals.insert(part)
        }
    }

    /// An id of one word is itself; of one such as `userChat-6098e` the words with digits name something.
    private static func parts(ofID id: String) -> [String] {
        let words = TextRun.runs(of: id).filter { $0.kind == .word }.map(\.text)
        let naming = words.count == 1 ? words : words.filter { $0.contains(where: \.isNumber) }
        return naming.filter { $0.count >= shortestID }
    }

    /// What is shorter names nobody.
    private static let shortestID = 4
    private static let shortestNumber = 5
    private static let shortestPhone = 8

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
        var standIns = standIns ?? StandIns(avoiding: originals)
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
                        (entry.key, changed(entry.value, place.member(entry.key, of: object), &standIns))
                    }))
        }
    }

    private func changed(_ integer: Int64, _ place: FieldPlace, _ standIns: inout StandIns) -> Value {
        let text = String(integer)
        switch place.kind {
        case .coordinate: return 0
        case .phone: return Int64(standIns.phone(text)).map(Value.integer) ?? .integer(integer)
        case .document: return Int64(standIns.id(text)).map(Value.integer) ?? .integer(integer)
        case .id, .token, .name, .email, .text:
            guard ids.contains(text), !kept.includes(text) else { return .integer(integer) }
            return Int64(standIns.id(text)).map(Value.integer) ?? .integer(integer)
        }
    }

    private func changed(_ text: String, _ place: FieldPlace, _ standIns: inout StandIns) -> String {
        guard !text.isEmpty else { return text }
        if fixed.contains(text) { return standIns.id(text) }
        switch place.kind {
        case .token: return text.count < Self.shortestID || isKept(text) ? text : standIns.token(text)
        case .id where !text.contains("@"):
            return words(of: text) { word, standIns in ids.contains(word) ? standIns.id(word) : word }(&standIns)
        case .phone: return isKept(text) ? text : standIns.phone(text)
        case .document: return words(of: text) { word, standIns in standIns.id(word) }(&standIns)
        case .name: return name(text, &standIns)
        case .coordinate: return "0"
        case .id, .email: return self.text(text, &standIns)
        // One word alone may be the vendor's own, as `manager` is: only what people write has names in it.
        case .text: return self.text(text, &standIns, hasNames: place.isWritten || text.contains(where: \.isWhitespace))
        }
    }

    private func name(_ text: String, _ standIns: inout StandIns) -> String {
        guard !text.contains("@"), !text.contains("://") else { return self.text(text, &standIns) }
        return words(of: text) { word, standIns in
            if names.contains(FoldedText(word)) { return standIns.word(word) }
            let isNumber = ids.contains(word) || word.allSatisfy(\.isNumber)
            return isNumber && word.count >= Self.shortestID ? standIns.id(word) : word
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

    // MARK: Text

    /// Addresses, numbers of five digits and more, ids, and words of names; all else is as it was written.
    private func text(_ text: String, _ standIns: inout StandIns, hasNames: Bool = true) -> String {
        var result = ""
        for piece in TextPiece.pieces(of: text) {
            switch piece {
            case .plain(let text): result += plain(text, &standIns, hasNames)
            case .date(let text): result += text
            case .email(let mailbox, let domain):
                result += (kept.includes(mailbox) ? mailbox : standIns.mailbox(mailbox + "@" + domain)) + "@"
                result += self.domain(domain)
            case .link(let scheme, let host, let rest): result += scheme + self.domain(host) + link(rest, &standIns)
            case .number(let text): result += isKept(text) ? text : number(text, &standIns)
            }
        }
        return result
    }

    private func plain(_ text: String, _ standIns: inout StandIns, _ hasNames: Bool) -> String {
        words(of: text) { word, standIns in
            if ids.contains(word) { return standIns.id(word) }
            if word.count >= Self.shortestNumber, word.allSatisfy({ $0.isASCII && $0.isNumber }) {
                return number(word, &standIns)
            }
            return hasNames && names.contains(FoldedText(word)) ? standIns.word(word) : word
        }(&standIns)
    }

    /// One that is nobody's id may be a phone's, with or without its country: as it is in a phone's own field.
    private func number(_ text: String, _ standIns: inout StandIns) -> String {
        ids.contains(text) || text.count < Self.shortestPhone ? standIns.id(text) : standIns.phone(text)
    }

    private func isKept(_ text: String) -> Bool {
        TextRun.runs(of: text).allSatisfy { $0.kind == .gap || kept.includes($0.text) }
    }

    /// Of what rules look for, and the ending.
    private func domain(_ domain: String) -> String {
        let labels = domain.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let endings: Set<String> = ["com", "org", "net", "edu", "gov", "co", "ac"]
        return labels.enumerated().map { index, label in
            let isEnding = index == labels.count - 1 || (index > 0 && endings.contains(label.lowercased()))
            return isEnding || kept.includes(label) ? label : "example"
        }.joined(separator: ".")
    }

    /// The words of a path and a query, but for a file's ending.
    private func link(_ rest: String, _ standIns: inout StandIns) -> String {
        let ending = rest.split(separator: "/").last?.split(separator: ".").dropFirst().last.map(String.init)
        return words(of: rest) { word, standIns in
            word == ending || word.count < Self.shortestID ? word : standIns.id(word)
        }(&standIns)
    }
}

extension TextRun {
    /// What stands between names, what says what somebody is, and letters alone name nobody.
    fileprivate var isNameWord: Bool {
        text.count > 1 && !Self.nobody.contains(text.lowercased()) && !text.allSatisfy(\.isNumber)
    }

    private static let nobody: Set<String> = [
        "de", "da", "do", "das", "dos", "del", "van", "von", "der", "la", "le", "el", "di", "agent", "manager", "bot", "visitor",
        "guest", "user", "customer", "client", "cliente", "admin", "support", "suporte", "atendente", "name", "test", "system",
    ]
}

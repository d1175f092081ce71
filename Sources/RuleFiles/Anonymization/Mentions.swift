import Matching
import Model

/// Names, ids and numbers that payloads mention, so that they are known wherever else they stand.
struct Mentions: Sendable {
    /// Folded words of names.
    private(set) var names: Set<FoldedText> = []
    /// Those of scripts that write without white space, so that they stand in longer words.
    private(set) var unspacedNames: Set<String> = []
    /// Names in lower case that have no word which names somebody, such as `guest-412`; and with what they begin.
    private(set) var phrases: Set<String> = []
    private(set) var phraseBeginnings: Set<String> = []
    /// Names, as events tell them: wherever one stands alone it is one.
    private(set) var toldNames: Set<String> = []
    /// The digits of phone numbers that events tell.
    private(set) var toldPhones: Set<String> = []
    private(set) var ids: Set<String> = []
    private(set) var originals: Set<String> = []

    /// - Parameter events: what the payload says, as a vendor's decoder reads it.
    mutating func note(_ body: Value, events: [Event]) {
        note(body, FieldPlace())
        for event in events {
            for name in [event.contact?.name, event.sender?.name, event.agent?.name, event.agent?.username] {
                guard let name, !name.isEmpty else { continue }
                noteName(name)
                toldNames.insert(name)
            }
            if let phone = event.contact?.phone {
                let digits = phone.filter { $0.isASCII && $0.isNumber }
                if digits.count >= Self.shortestPhone { toldPhones.insert(digits) }
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
            case .email, .phone, .document, .coordinate, .address, .text: break
            }
        case .array(let elements): for element in elements { note(element, place) }
        case .object(let object):
            for entry in object.entries { note(entry.value, place.member(entry.key, of: object)) }
        }
    }

    private mutating func noteName(_ name: String) {
        // An address or a number in the place of a name is none.
        guard !name.contains("@"), !name.contains("://") else { return }
        let words = TextRun.runs(of: name).filter { $0.kind == .word }
        for run in words {
            originals.insert(run.text.lowercased())
            guard run.isNameWord else { continue }
            names.insert(FoldedText(run.text))
            if run.text.unicodeScalars.contains(where: \.isUnspaced) { unspacedNames.insert(run.text) }
        }
        let namesNobody = words.allSatisfy { !$0.isNameWord }
        guard let first = words.first, namesNobody, words.count > 1, words.count <= Self.longestPhrase else { return }
        phrases.insert(name.lowercased())
        phraseBeginnings.insert(first.text.lowercased())
        originals.insert(name.lowercased())
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
    private static let shortestPhone = 8
    /// Words.
    static let longestPhrase = 4
}

extension Unicode.Scalar {
    /// Of Chinese, Japanese, Korean, Thai, Lao and Khmer.
    var isUnspaced: Bool {
        switch value {
        case 0x0E00...0x0EFF, 0x1100...0x11FF, 0x1780...0x17FF, 0x3040...0x30FF, 0x3400...0x9FFF, 0xAC00...0xD7AF,
            0x20000...0x3134F:
            true
        default: false
        }
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

import JSON
package import Matching
package import Model

/// The commonest words and phrases in customers' messages that nobody answered, each with a rule to begin with.
package struct UnmatchedReport: Sendable {
    package var traffic: TrafficCount
    package var messages: Int
    package var unanswered: Int
    package var besideHuman: Int
    package private(set) var phrases: [Phrase]
    package var isInterrupted: Bool

    package struct Phrase: Sendable {
        /// Folded.
        package var text: String
        /// Unanswered messages that no phrase before it tells.
        package var count: Int
        package var conversations: Int
        package var examples: [MessageExample]
        package var stub: RuleStub
        /// Of this traffic, messages that the stub's condition holds for.
        package var matchesUnanswered: Int
        package var matchesAnswered: Int
    }

    /// - Parameters:
    ///   - minCount: a phrase of fewer unanswered messages is not told; nil for one that goes by how many there are.
    ///   - ruleIDs: those that are taken.
    package init(
        _ book: MessageBook, traffic: TrafficCount, top: Int, minCount: Int?, exampleLimit: Int, ruleIDs: Set<String>,
        isInterrupted: Bool = false
    ) {
        self.traffic = traffic
        self.isInterrupted = isInterrupted
        (messages, unanswered, besideHuman) = (book.messages, book.unanswered, book.besideHuman)
        // In the order of their bytes, so that equals are told in one order.
        let entries = book.entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        var finder = PhraseFinder(
            entries.map { .init(text: $0.key, unanswered: $0.value.unanswered, answered: $0.value.answered) },
            minCount: minCount ?? max(2, book.unanswered / 2000))
        var taken = ruleIDs
        phrases = finder.phrases(atMost: top).map { phrase in
            let stub = RuleStub(phrase.text, count: phrase.count, taken: &taken)
            var matches = (unanswered: 0, answered: 0)
            for entry in entries where stub.holds(entry.key) {
                matches.unanswered += entry.value.unanswered
                matches.answered += entry.value.answered
            }
            let told = phrase.texts.map { entries[$0].value }
            return Phrase(
                text: phrase.text, count: phrase.count, conversations: Set(told.flatMap(\.conversations)).count,
                examples: Array(told.compactMap(\.example).sorted { $0.number < $1.number }.prefix(exampleLimit)), stub: stub,
                matchesUnanswered: matches.unanswered, matchesAnswered: matches.answered)
        }
    }

    // MARK: Telling

    package var value: Value {
        var object: Value.Object = ["schema": 1]
        for entry in traffic.members.entries { object[entry.key] = entry.value }
        object["messages"] = .integer(Int64(messages))
        object["unanswered"] = .integer(Int64(unanswered))
        object["unanswered_beside_human"] = .integer(Int64(besideHuman))
        object["phrases"] = .array(
            phrases.map { phrase in
                [
                    "phrase": .string(phrase.text), "count": .integer(Int64(phrase.count)),
                    "conversations": .integer(Int64(phrase.conversations)),
                    "examples": .array(phrase.examples.map(\.value)), "rule": .string(phrase.stub.id),
                    "stub": .string(phrase.stub.yaml),
                    "would_match": [
                        "unanswered": .integer(Int64(phrase.matchesUnanswered)),
                        "answered": .integer(Int64(phrase.matchesAnswered)),
                    ],
                ]
            })
        object["interrupted"] = .bool(isInterrupted)
        return .object(object)
    }

    package var text: String {
        var lines = ["read: \(traffic.words)"]
        if isInterrupted { lines.append("interrupted: this is of the traffic until then") }
        lines.append(
            "\(unanswered) of \(messages) customers' messages have no answer by a rule or flow"
                + (besideHuman > 0 ? ", \(besideHuman) of these while a human had the conversation" : ""))
        if phrases.isEmpty, unanswered > 0 { lines.append("no word or phrase is common among them") }
        for (index, phrase) in phrases.enumerated() {
            let messages = phrase.count == 1 ? "message" : "messages"
            let conversations = phrase.conversations == 1 ? "conversation" : "conversations"
            lines.append("")
            lines.append(
                "\(index + 1). \u{201C}\(phrase.text)\u{201D}  \(phrase.count) \(messages), "
                    + "\(phrase.conversations) \(conversations)")
            lines += phrase.examples.map { example in
                "   \(example.place.text)  \(TrafficText.line(example.eventID))  \u{201C}\(TrafficText.line(example.text))\u{201D}"
            }
            lines.append(
                "   a rule on it would match \(phrase.matchesUnanswered) unanswered messages, and \(phrase.matchesAnswered) that "
                    + "rules answer today:")
            lines += phrase.stub.yaml.split(separator: "\n").map { "     " + $0 }
        }
        return lines.joined(separator: "\n")
    }
}

/// A rules file with one rule on a phrase, to begin with. It is observed, so that nothing is sent before somebody wrote an answer.
package struct RuleStub: Sendable {
    package let id: String
    package let yaml: String
    private let keyword: Keyword?

    /// - Parameters:
    ///   - phrase: folded.
    ///   - taken: ids that rules have; the stub's is added.
    package init(_ phrase: String, count: Int, taken: inout Set<String>) {
        id = Self.freeID(phrase, &taken)
        let source = Self.keyword(for: phrase)
        keyword = try? Keyword(source)
        yaml = """
            version: 1
            rules:
              - id: \(id)
                why: \(WrittenYAML.text("\(count) messages of customers had no answer").line)
                when:
                  - text: { any: [\(WrittenYAML.text(source).line)] }
                do:
                  - reply: "Write the answer here"
                mode: observe   # nothing is sent: take this line away when the answer is written

            """
    }

    /// Whether the rule's condition holds for a message.
    package func holds(_ text: FoldedText) -> Bool { keyword?.occurs(in: text) ?? false }

    /// The phrase as a keyword of which no character has a meaning.
    private static func keyword(for phrase: String) -> String {
        String(
            String.UnicodeScalarView(
                phrase.unicodeScalars.flatMap { scalar -> [Unicode.Scalar] in
                    ["*", "$", "\\"].contains(scalar) ? ["\\", scalar] : [scalar]
                }))
    }

    /// `where-is-my-order`; where nothing of the phrase can be in an id, `unanswered`.
    private static func freeID(_ phrase: String, _ taken: inout Set<String>) -> String {
        var name = ""
        for byte in phrase.utf8 {
            let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
            if isPlain {
                name.append(Character(Unicode.Scalar(byte)))
            } else if !name.isEmpty, name.last != "-" {
                name.append("-")
            }
        }
        while name.last == "-" { name.removeLast() }
        if name.isEmpty { name = "unanswered" }
        name = String(name.prefix(48))
        var free = name
        var number = 2
        while !taken.insert(free).inserted {
            free = "\(name)-\(number)"
            number += 1
        }
        return free
    }
}

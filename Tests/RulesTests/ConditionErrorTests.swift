import Model
import Rules
import Testing
import Vendors

@Suite struct ConditionErrorTests {
    private func scope() -> DecodingScope {
        let word = RuleNode(.scalar(RuleNode.Scalar(text: "re*fund", style: .plain)), at: position(500))
        return DecodingScope(lists: ["refund_words": [], "stars": [word]], vendors: VendorCatalog.ids)
    }

    @Test(
        arguments: [
            // Lines.
            ("{ text: a }", [Finding(.wrongType, 1, 1)]),
            ("[text]", [Finding(.wrongType, 2, 4)]),
            ("[{}]", [Finding(.missingKey, 2, 1)]),
            ("[{ x-a: 1 }]", [Finding(.missingKey, 2, 1)]),
            ("[{ text: a, channel: b }]", [Finding(.badValue, 13, 7)]),
            ("[{ txet: a }]", [Finding(.unknownKey, 4, 4)]),
            ("[{ Text: a }]", [Finding(.unknownKey, 4, 4)]),
            ("[{ txet: a }, { text: {} }]", [Finding(.unknownKey, 4, 4), Finding(.missingKey, 23, 1)]),
            ("[{ txet: a, chanel: b }]", [Finding(.unknownKey, 4, 4), Finding(.badValue, 13, 6), Finding(.unknownKey, 13, 6)]),
            // Texts.
            ("[{ text: }]", [Finding(.blankText, 10, 1)]),
            ("[{ text: [] }]", [Finding(.emptyList, 10, 1)]),
            ("[{ text: [a, [b]] }]", [Finding(.wrongType, 14, 1)]),
            ("[{ text: [a, , b] }]", [Finding(.blankText, 14, 1)]),
            ("[{ text: { x-a: 1 } }]", [Finding(.missingKey, 10, 1)]),
            ("[{ text: { case: exact } }]", [Finding(.missingKey, 10, 1)]),
            ("[{ text: { any: [] } }]", [Finding(.emptyList, 17, 1)]),
            (
                "[{ text: { is: [], starts: [], ends: [], substring: [], regex: [] } }]",
                [(16), (28), (38), (53), (64)].map { Finding(.emptyList, $0, 1) }
            ),
            ("[{ text: $refund_words }]", [Finding(.emptyList, 10, 13)]),
            ("[{ text: $refund_word }]", [Finding(.unknownName, 10, 12)]),
            ("[{ text: [a, $nope] }]", [Finding(.unknownName, 14, 5)]),
            (
                "[{ text: { regex: $nope, is: $nope, all: [$nope] } }]",
                [(19), (30), (43)].map { Finding(.unknownName, $0, 5) }
            ),
            ("[{ text: $stars }]", [Finding(.badKeyword, 500, 7)]),
            ("[{ text: { anny: a } }]", [Finding(.unknownKey, 12, 4)]),
            ("[{ text: { gt: 1 } }]", [Finding(.unknownKey, 12, 2)]),
            ("[{ text: '*' }]", [Finding(.badKeyword, 10, 3)]),
            ("[{ text: 'a*b' }]", [Finding(.badKeyword, 10, 5)]),
            ("[{ text: '  ' }]", [Finding(.badKeyword, 10, 4)]),
            ("[{ text: { starts: ' ' } }]", [Finding(.badKeyword, 20, 3)]),
            ("[{ text: { case: exakt, any: a } }]", [Finding(.badValue, 18, 5)]),
            ("[{ text: { accents: true, any: a } }]", [Finding(.badValue, 21, 4)]),
            ("[{ text: { empty: yes } }]", [Finding(.wrongType, 19, 3)]),
            ("[{ text: { length: 5 } }]", [Finding(.wrongType, 20, 1)]),
            ("[{ text: { length: {} } }]", [Finding(.missingKey, 20, 1)]),
            ("[{ text: { length: { min: -1 } } }]", [Finding(.badValue, 27, 2)]),
            ("[{ text: { length: { max: 1.5 } } }]", [Finding(.wrongType, 27, 3)]),
            ("[{ text: { length: { min: 3, max: 2 } } }]", [Finding(.badValue, 27, 1)]),
            ("[{ text: { length: { min: 99999999999999999999 } } }]", [Finding(.badValue, 27, 20)]),
            // Regular expressions: the caret stands at the offset where the notation lets one find it.
            ("[{ text: { regex: 'a(b' } }]", [Finding(.badRegex, 23, 1)]),
            ("[{ text: { regex: 'it''s (b' } }]", [Finding(.badRegex, 28, 1)]),
            ("[{ text: { regex: x(b } }]", [Finding(.badRegex, 22, 1)]),
            ("[{ text: { regex: \"a(b\" } }]", [Finding(.badRegex, 19, 5)]),
            ("[{ text: { regex: \"\u{8}refund\u{8}\" } }]", [Finding(.badRegex, 19, 10)]),
            // Words.
            ("[{ vendor: hugy }]", [Finding(.unknownWord, 12, 4)]),
            ("[{ kind: [message.recieved, xyzzy] }]", [Finding(.unknownWord, 11, 16), Finding(.unknownWord, 29, 5)]),
            ("[{ sender: user }]", [Finding(.unknownWord, 12, 4)]),
            ("[{ handler: nobody }]", [Finding(.unknownWord, 13, 6)]),
            ("[{ channel: [] }]", [Finding(.emptyList, 13, 1)]),
            ("[{ channel: { any: a } }]", [Finding(.wrongType, 13, 1)]),
            ("[{ department: }]", [Finding(.blankText, 16, 1)]),
            ("[{ tags: {} }]", [Finding(.missingKey, 10, 1)]),
            ("[{ tags: { any: [] } }]", [Finding(.emptyList, 17, 1)]),
            ("[{ tags: { non: a } }]", [Finding(.unknownKey, 12, 3)]),
            // Schedules, history.
            ("[{ inside: office }]", [Finding(.unknownName, 12, 6)]),
            ("[{ outside: [office] }]", [Finding(.wrongType, 13, 1)]),
            ("[{ first_message: 1 }]", [Finding(.wrongType, 19, 1)]),
            ("[{ repeated: 3 }]", [Finding(.wrongType, 14, 1)]),
            ("[{ repeated: { times: 3 } }]", [Finding(.missingKey, 14, 1)]),
            ("[{ repeated: { times: 0, within: 10 } }]", [Finding(.badValue, 23, 1), Finding(.badTime, 34, 2)]),
            // Fields.
            ("[{ field: vars.a }]", [Finding(.wrongType, 11, 6)]),
            ("[{ field: {} }]", [Finding(.missingKey, 11, 1)]),
            ("[{ field: { vars.a: 1, vars.b: 2 } }]", [Finding(.badValue, 24, 6)]),
            ("[{ field: { conversation.chanel: a } }]", [Finding(.unknownPath, 13, 19)]),
            ("[{ field: { vars.a: } }]", [Finding(.blankText, 21, 1)]),
            ("[{ field: { vars.a: [] } }]", [Finding(.emptyList, 21, 1)]),
            ("[{ field: { vars.a: {} } }]", [Finding(.missingKey, 21, 1)]),
            (
                "[{ field: { vars.a: { gt: many, exists: 1, lte: nan } } }]",
                [Finding(.wrongType, 27, 4), Finding(.wrongType, 41, 1), Finding(.wrongType, 49, 3)]
            ),
            ("[{ field: { vars.a: { not: { an: b } } } }]", [Finding(.unknownKey, 30, 2)]),
            ("[{ field: { nope: { regex: '(' } } }]", [Finding(.unknownPath, 13, 4), Finding(.badRegex, 30, 1)]),
            // Groups.
            ("[{ any: [] }]", [Finding(.emptyList, 9, 1)]),
            ("[{ any: { text: a } }]", [Finding(.wrongType, 9, 1)]),
            ("[{ none: [{ all: [{ txt: a }] }] }]", [Finding(.unknownKey, 21, 3)]),
        ] as [(String, [Finding])])
    func reportsAllThatIsWrong(when: String, findings: [Finding]) {
        #expect(errors(when, in: scope()).map(Finding.init) == findings)
    }

    @Test(
        arguments: [
            ("[{ txet: a }]", "there is no condition 'txet'", "did you mean 'text'?"),
            (
                "[{ text: a, channel: b }]", "a line has one condition, and 'text' stands here already",
                "begin a line of its own with `- channel:`"
            ),
            ("[{ text: { contains: a } }]", "a text matcher has no key 'contains'", "did you mean 'any'?"),
            ("[{ hours: office }]", "there is no condition 'hours'", "did you mean 'inside'?"),
            (
                "[{ text: '*refund' }]", "a star stands at the end of a keyword only",
                "a keyword is found wherever it stands in a message, without stars; write `\\*` for the character itself"
            ),
            ("[{ text: { regexp: a, is: b } }]", "a text matcher has no key 'regexp'", "did you mean 'regex'?"),
            ("[{ text: $refund_word }]", "there is no list 'refund_word'", "did you mean '$refund_words'?"),
            ("[{ text: $100 }]", "there is no list '100'", "define it under `lists:`, or write '\\$100' for the text itself"),
            ("[{ vendor: hugy }]", "there is no vendor 'hugy'", "did you mean 'huggy'?"),
            ("[{ sender: xyzzy }]", "there is no sender 'xyzzy'", "it can be `customer`, `agent`, `bot` or `system`"),
            (
                "[{ field: { conversation.chanel: a } }]", "no event has 'conversation.chanel'",
                "did you mean 'conversation.channel'?"
            ),
            (
                "[{ repeated: { times: 3, within: 10 } }]", "'10' is no duration",
                "write a whole number above 0 and one of s, m, h, d: `90s`, `10m`, `4h`, `2d`"
            ),
            (
                "[{ text: { regex: \"\u{8}a\" } }]",
                "the pattern holds a backspace character at offset 0 of the regular expression",
                "in double quotes YAML reads `\\b` as a backspace: write the pattern in single quotes, '\\b'"
            ),
            ("[{ text: { empty: yes } }]", "`true` or `false` is expected here, found 'yes'", nil),
            ("[{ repeated: { times: 2000, within: 1d } }]", "2000 is out of range", "write a whole number from 1 to 1000"),
        ] as [(String, String, String?)])
    func saysHowToMendIt(when: String, message: String, help: String?) {
        let errors = errors(when, in: scope())
        #expect(errors.map(\.message) == [message])
        #expect(errors.map(\.help) == [help])
    }

    @Test func everyConditionHasARowAndAnExampleThatReads() throws {
        let scope = scope()
        scope.schedules["office"] = Schedule(node("{ tz: UTC }"), name: "office", at: position(1), in: scope)
        for reference in ConditionCatalog.references {
            _ = try conditions("[{ \(reference.example) }]", in: scope)
        }
        #expect(Set(ConditionCatalog.keys).count == ConditionCatalog.keys.count)
        #expect(
            Set(ConditionCatalog.keys) == [
                "text", "channel", "vendor", "account", "kind", "sender", "department", "team", "agent", "tags", "handler",
                "inside", "outside", "first_message", "repeated", "field", "any", "all", "none",
            ])
    }
}

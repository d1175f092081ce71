import Model
import Rules
import Testing

@Suite struct ActionErrorTests {
    @Test(arguments: [
        ("{ reply: a }", [Finding(.wrongType, 1, 1)]),
        ("reply", [Finding(.wrongType, 1, 5)]),
        ("[]", [Finding(.emptyList, 1, 1)]),
        ("[reply]", [Finding(.wrongType, 2, 5)]),
        ("[{}]", [Finding(.missingKey, 2, 1)]),
        ("[{ delay: 5s }]", [Finding(.missingKey, 2, 1)]),
        ("[{ x-reply: a }]", [Finding(.missingKey, 2, 1)]),
        ("[{ delay: 5, reply: a }]", [Finding(.badTime, 11, 1)]),
        ("[{ reply: a, note: b }]", [Finding(.badValue, 14, 4)]),
        ("[{ replay: a }]", [Finding(.unknownKey, 4, 6)]),
        (
            "[{ replay: a }, { tga: b }, { reply: }]",
            [Finding(.unknownKey, 4, 6), Finding(.unknownKey, 19, 3), Finding(.blankText, 38, 1)]
        ),
    ])
    func refusesLines(lines: String, findings: [Finding]) {
        #expect(actionFindings(lines) == findings)
    }

    @Test(arguments: [
        ("[{ reply: [a] }]", [Finding(.wrongType, 11, 1)]),
        ("[{ reply: '' }]", [Finding(.blankText, 11, 2)]),
        ("[{ reply: '{{x' }]", [Finding(.template, 11, 5)]),
        ("[{ reply: { buttons: [a] } }]", [Finding(.missingKey, 11, 1)]),
        ("[{ reply: { text: a, button: [b] } }]", [Finding(.unknownKey, 22, 6)]),
        ("[{ reply: { text: a, buttons: b } }]", [Finding(.wrongType, 31, 1)]),
        ("[{ reply: { text: a, buttons: [] } }]", [Finding(.emptyList, 31, 1)]),
        ("[{ reply: { one_of: [] } }]", [Finding(.emptyList, 21, 1)]),
        ("[{ reply: { one_of: a } }]", [Finding(.wrongType, 21, 1)]),
        ("[{ reply: { one_of: [a, ''] } }]", [Finding(.blankText, 25, 2)]),
        ("[{ reply: { one_of: [a], text: b } }]", [Finding(.badValue, 26, 4)]),
        ("[{ reply: { by_language: { pt: a } } }]", [Finding(.missingKey, 26, 1)]),
        ("[{ reply: { by_language: { pt: a, PT: b, default: c } } }]", [Finding(.duplicateKey, 35, 2)]),
        ("[{ reply: { by_language: { 'pt br': a, default: c } } }]", [Finding(.badValue, 28, 5)]),
        ("[{ reply: { by_language: a } }]", [Finding(.wrongType, 26, 1)]),
        ("[{ note: { text: a } }]", [Finding(.wrongType, 10, 1)]),
        ("[{ route: billing }]", [Finding(.badValue, 11, 7)]),
        ("[{ route: [queue] }]", [Finding(.wrongType, 11, 1)]),
        ("[{ route: {} }]", [Finding(.missingKey, 11, 1)]),
        ("[{ route: { departement: a } }]", [Finding(.unknownKey, 13, 11)]),
        ("[{ route: { department: a, team: b } }]", [Finding(.badValue, 28, 4)]),
        ("[{ route: { department: } }]", [Finding(.blankText, 25, 1)]),
        ("[{ tag: [] }]", [Finding(.emptyList, 9, 1)]),
        ("[{ tag: [a, ''] }]", [Finding(.blankText, 13, 2)]),
        ("[{ tag: { contact: [] } }]", [Finding(.emptyList, 20, 1)]),
        ("[{ tag: { conversation: a } }]", [Finding(.missingKey, 9, 1), Finding(.unknownKey, 11, 12)]),
        ("[{ untag: [[a]] }]", [Finding(.wrongType, 12, 1)]),
        ("[{ close: false }]", [Finding(.badValue, 11, 5)]),
        ("[{ close: yes }]", [Finding(.wrongType, 11, 3)]),
        ("[{ close: {} }]", [Finding(.missingKey, 11, 1)]),
        ("[{ close: { coment: a } }]", [Finding(.unknownKey, 13, 6)]),
        ("[{ set: {} }]", [Finding(.emptyList, 9, 1)]),
        ("[{ set: a }]", [Finding(.wrongType, 9, 1)]),
        ("[{ set: { a.b: 1, 'c d': 2, e: 3 } }]", [Finding(.badValue, 11, 3), Finding(.badValue, 19, 3)]),
        ("[{ set: { a: } }]", [Finding(.blankText, 14, 1)]),
        ("[{ contact: {} }]", [Finding(.emptyList, 13, 1)]),
        ("[{ contact: { a: [b] } }]", [Finding(.wrongType, 18, 1)]),
        ("[{ start: order-statsu }]", [Finding(.unknownName, 11, 12)]),
        ("[{ start: { flow: refund } }]", [Finding(.wrongType, 11, 1)]),
        ("[{ stop_flow: false }]", [Finding(.badValue, 15, 5)]),
        ("[{ stop_flow: refund }]", [Finding(.wrongType, 15, 6)]),
    ])
    func refusesActions(lines: String, findings: [Finding]) {
        #expect(actionFindings(lines) == findings)
    }

    @Test(arguments: [
        ("[{ http: { save: a } }]", [Finding(.missingKey, 10, 1)]),
        ("[{ http: 'https://h/' }]", [Finding(.wrongType, 10, 12)]),
        ("[{ http: { url: 'ftp://h/' } }]", [Finding(.badValue, 17, 10)]),
        ("[{ http: { url: '{{vars.base}}/a' } }]", [Finding(.badValue, 17, 17)]),
        ("[{ http: { url: 'https://{{vars.host}}/a' } }]", [Finding(.badValue, 17, 25)]),
        ("[{ http: { url: 'https://h.example{{vars.host}}/a' } }]", [Finding(.badValue, 17, 34)]),
        ("[{ http: { url: 'https:///a' } }]", [Finding(.badValue, 17, 12)]),
        ("[{ http: { url: 'https://a@h/' } }]", [Finding(.badValue, 17, 14)]),
        ("[{ http: { url: 'https://h\\@evil/' } }]", [Finding(.badValue, 17, 18)]),
        ("[{ http: { url: 'https://h/a b' } }]", [Finding(.badValue, 17, 15)]),
        ("[{ http: { url: 'https://h/', json: a, body: b } }]", [Finding(.badValue, 40, 4)]),
        ("[{ http: { url: 'https://h/', method: GETS } }]", [Finding(.badValue, 39, 4)]),
        ("[{ http: { url: 'https://h/', timeout: 61s } }]", [Finding(.badValue, 40, 3)]),
        ("[{ http: { url: 'https://h/', timeout: 5 } }]", [Finding(.badTime, 40, 1)]),
        ("[{ http: { url: 'https://h/', save: a.b } }]", [Finding(.badValue, 37, 3)]),
        ("[{ http: { url: 'https://h/', headers: { 'a b': c } } }]", [Finding(.badValue, 42, 3)]),
        ("[{ http: { url: 'https://h/', headers: { '{{vars.a}}': c } } }]", [Finding(.badValue, 42, 10)]),
        ("[{ http: { url: 'https://h/', headers: { Host: c } } }]", [Finding(.badValue, 42, 4)]),
        ("[{ http: { url: 'https://h/', headers: { A: b, a: c } } }]", [Finding(.duplicateKey, 48, 1)]),
        ("[{ http: { url: 'https://h/', headers: [a] } }]", [Finding(.wrongType, 40, 1)]),
        ("[{ http: { url: 'https://h/', form: { a: { b: c } } } }]", [Finding(.wrongType, 42, 1)]),
        ("[{ http: { url: 'https://h/', json: { a: '{{> b}}' } } }]", [Finding(.template, 42, 9)]),
        ("[{ http: { url: 'https://h/', jsn: a } }]", [Finding(.unknownKey, 31, 3)]),
        ("[{ call: { method: POST } }]", [Finding(.missingKey, 10, 1)]),
        ("[{ call: { path: '//h' } }]", [Finding(.badValue, 18, 5)]),
        ("[{ call: { path: '//evil.example/a' } }]", [Finding(.badValue, 18, 18)]),
        ("[{ call: { path: 'https://evil.example/a' } }]", [Finding(.badValue, 18, 24)]),
        ("[{ call: { path: 'https://h/x' } }]", [Finding(.badValue, 18, 13)]),
        ("[{ call: { path: /a, body: b } }]", [Finding(.unknownKey, 22, 4)]),
    ])
    func refusesRequests(lines: String, findings: [Finding]) {
        #expect(actionFindings(lines) == findings)
    }

    @Test(arguments: [
        ("[{ replay: a }]", "did you mean 'reply'?"),
        ("[{ send: a }]", "did you mean 'reply'?"), ("[{ assign: a }]", "did you mean 'route'?"),
        ("[{ then: stop }]", "`then` is a line of the rule itself: write it beside `do`, not under it"),
        ("[{ note: { vars.a: } }]", "a text that begins with `{{` must stand in quotes"),
        ("[{ start: order-statsu }]", "did you mean 'order-status'?"),
        ("[{ route: { departement: a } }]", "did you mean 'department'?"),
        ("[{ route: queu }]", "did you mean 'queue'?"),
        ("[{ reply: { by_language: { defualt: a } } }]", "did you mean 'default' by 'defualt'?"),
        ("[{ http: { url: 'https://h/', method: PSOT } }]", "did you mean 'POST'?"),
    ])
    func suggestsWhatWasMeant(lines: String, help: String) {
        let scope = ruleScope(flows: ["order-status", "refund"])
        _ = ActionCatalog.actions(node(lines), in: scope)
        #expect(scope.diagnostics.map(\.help) == [help])
    }
}

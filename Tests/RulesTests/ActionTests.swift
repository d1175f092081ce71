import Model
import Rules
import Testing

@Suite struct ActionTests {
    static let variables: Value.Object = ["o": "55", "tag": "vip", "empty": "", "list": ["a", 1], "line": "a\r\nb"]

    @Test(arguments: [
        ("{ reply: 'Hi {{contact.first_name}}' }", Action.reply(Reply(text: "Hi Ana"))),
        ("{ reply: no }", .reply(Reply(text: "no"))),
        (
            "{ reply: { text: 'Choose', buttons: ['{{vars.o}}', no, '{{vars.empty}}'], file: 'https://h.example/{{vars.o}}.pdf' } }",
            .reply(Reply(text: "Choose", buttons: ["55", "no"], file: "https://h.example/55.pdf"))
        ),
        ("{ reply: { text: a, x-mine: b } }", .reply(Reply(text: "a"))),
        ("{ note: 'said {{message.text}}' }", .note("said hello")),
        ("{ route: queue }", .route(.queue)),
        ("{ route: { department: billing } }", .route(.department("billing"))),
        ("{ route: { team: '{{vars.tag}}' } }", .route(.team("vip"))),
        ("{ route: { agent: 007 } }", .route(.agent("007"))),
        ("{ tag: refund }", .tag(["refund"], of: .conversation)),
        ("{ tag: [a, '{{vars.tag}}', '{{vars.empty}}', a] }", .tag(["a", "vip"], of: .conversation)),
        ("{ tag: { contact: [a, b] } }", .tag(["a", "b"], of: .contact)),
        ("{ untag: { contact: a } }", .untag(["a"], of: .contact)),
        ("{ untag: [a, b] }", .untag(["a", "b"], of: .conversation)),
        ("{ close: true }", .close(Closing())),
        ("{ close: { comment: 'by {{rule.id}}', tags: [done] } }", .close(Closing(comment: "by refund", tags: ["done"]))),
        ("{ close: { comment: '{{vars.empty}}' } }", .close(Closing())),
        (
            "{ set: { order: '{{match.order}}', n: 5, yes: true, none: null, code: 007, price: 1.50, big: 1e3, x-y: a, q: '5' } }",
            .set([
                "order": "1234", "n": 5, "yes": true, "none": .null, "code": "007", "price": "1.50", "big": "1e3", "x-y": "a",
                "q": "5",
            ])
        ),
        ("{ set: { a: { b: ['{{vars.o}}', 2, ''] } } }", .set(["a": ["b": ["55", 2, ""]]])),
        ("{ set: { copy: '{{vars.list}}' } }", .set(["copy": #"["a",1]"#])),
        (
            "{ contact: { plan: gold, age: 41, x-tier: '{{vars.tag}}', gone: '' } }",
            .contact(["plan": "gold", "age": "41", "x-tier": "vip", "gone": ""])
        ),
        ("{ start: order-status }", .start("order-status")),
        ("{ stop_flow: true }", .stopFlow),
        (
            "{ http: { url: 'https://erp.example.org/orders/{{vars.o}}', save: info, timeout: 5s } }",
            .http(HTTPCall(method: "GET", url: "https://erp.example.org/orders/55", timeoutMilliseconds: 5000, save: "info"))
        ),
        (
            "{ http: { url: 'http://h', json: { n: 1.50, t: '1', e: 1e3, s: 'x {{vars.o}}', l: [true, null, no], z: 01 } } }",
            .http(
                HTTPCall(
                    method: "POST", url: "http://h",
                    body: .json(["n": .number(1.5), "t": "1", "e": 1000, "s": "x 55", "l": [true, .null, "no"], "z": "01"])))
        ),
        (
            "{ http: { method: put, url: 'https://h/?q={{vars.o}}', form: { a: 1, b: '{{message.text}}' } } }",
            .http(HTTPCall(method: "PUT", url: "https://h/?q=55", body: .form(["a": "1", "b": "hello"])))
        ),
        (
            "{ http: { url: 'https://h/', headers: { X-Order: '{{vars.o}}', Accept: text/plain, x-n: 5 }, body: 'n={{vars.o}}' } }",
            .http(
                HTTPCall(
                    method: "POST", url: "https://h/",
                    headers: ["X-Order": "55", "Accept": "text/plain", "x-n": "5"], body: .text("n=55")))
        ),
        (
            "{ call: { method: PATCH, path: '/chats/{{conversation.id}}', json: { a: ['{{vars.o}}'] } } }",
            .call(VendorCall(method: "PATCH", path: "/chats/c1", json: ["a": ["55"]]))
        ),
        ("{ call: { path: '/chats/{{vars.line}}' } }", .call(VendorCall(method: "GET", path: "/chats/a%0D%0Ab"))),
    ])
    func rendersTo(line: String, action: Action) throws {
        #expect(try rendered(line, richSubject(variables: Self.variables)) == .action(action))
    }

    @Test func keepsTheKindsOfValuesOfAVariable() throws {
        guard case .action(.set(let set)) = try rendered("{ set: { a: 5, b: 0.5, c: '0.5' } }") else {
            Issue.record("no set")
            return
        }
        #expect(set.entries.map { "\($0.value)" } == ["integer(5)", "number(0.5)", #"string("0.5")"#])
    }

    @Test(arguments: ["a\r\nb", "a\nb", "a\rb", "a\tb", "a\u{0}b", "\u{7F}"])
    func holdsBackAHeaderWithAControlCharacter(value: String) throws {
        let line = "{ http: { url: 'https://h/', headers: { X-A: '{{vars.v}}' } } }"
        let call = HTTPCall(method: "GET", url: "https://h/", headers: ["X-A": .string(value)])
        #expect(try rendered(line, richSubject(variables: ["v": .string(value)])) == .suppressed(.header, .http(call)))
    }

    @Test func letsLettersOfAnyScriptIntoAHeader() throws {
        let line = "{ http: { url: 'https://h/', headers: { X-A: '{{vars.v}}' } } }"
        let call = HTTPCall(method: "GET", url: "https://h/", headers: ["X-A": "a ção"])
        #expect(try rendered(line, richSubject(variables: ["v": "a ção"])) == .action(.http(call)))
    }

    @Test(
        arguments: [
            ("pt", nil, "olá"), ("pt-BR", nil, "oi"), ("PT_br", nil, "oi"), ("pt-PT", nil, "olá"), ("pt-br-x-foo", nil, "oi"),
            ("ko", nil, "hello"), ("", "pt", "olá"), (nil, "pt_BR", "oi"), (nil, nil, "hello"), ("ko", "pt", "hello"),
            (" pt ", nil, "olá"), ("não sei", nil, "hello"), ("default", nil, "hello"),
        ] as [(String?, String?, String)])
    func speaksTheLanguageOfTheContact(variable: String?, attribute: String?, text: String) throws {
        var event = Event.message()
        event.contact?.attributes["language"] = attribute.map(Value.string)
        var variables: Value.Object = [:]
        variables["language"] = variable.map(Value.string)
        let subject = subject(event, state: ConversationState(variables: variables))
        let line = "{ reply: { by_language: { pt: olá, pt-BR: oi, default: { text: hello } } } }"
        #expect(try rendered(line, subject) == .action(.reply(Reply(text: text))))
    }

    @Test func picksOneByTheEventAlone() throws {
        let action = try action("{ reply: { one_of: [a, b, { text: c, buttons: [d] }] } }")
        let picked = (0..<60).map { number in
            var event = Event.message()
            event.id = "any:test:message:\(number)"
            return action.template.rendered(subject(event))
        }
        let again = (0..<60).map { number in
            var event = Event.message("another text")
            event.id = "any:test:message:\(number)"
            return action.template.rendered(subject(event))
        }
        #expect(picked == again)
        #expect(
            Set(picked) == [
                .action(.reply(Reply(text: "a"))), .action(.reply(Reply(text: "b"))),
                .action(.reply(Reply(text: "c", buttons: ["d"]))),
            ])
    }

    @Test(arguments: [
        (
            "{ reply: { one_of: [a, { text: b, buttons: [c] }, { text: d, file: 'https://h/e' }] } }",
            Action.reply(Reply(text: "a", buttons: ["c"], file: "https://h/e"))
        ),
        (
            "{ reply: { by_language: { pt: { text: a, buttons: ['{{vars.b}}'] }, default: '{{vars.c}}' } } }",
            .reply(Reply(text: "{{vars.c}}", buttons: ["{{vars.b}}"]))
        ),
        ("{ close: { comment: '{{vars.a}}' } }", .close(Closing(comment: "{{vars.a}}"))),
        ("{ route: { team: '{{vars.a}}' } }", .route(.team("{{vars.a}}"))),
        ("{ tag: { contact: ['{{vars.a}}'] } }", .tag(["{{vars.a}}"], of: .contact)),
        (
            "{ http: { url: 'https://h/{{vars.a}}', form: { a: '{{vars.b}}' } } }",
            .http(HTTPCall(method: "POST", url: "https://h/{{vars.a}}", body: .form(["a": "{{vars.b}}"])))
        ),
        ("{ set: { a: '{{vars.b}}' } }", .set(["a": "{{vars.b}}"])),
    ])
    func outlinesWithTheTemplatesAsWritten(line: String, outline: Action) throws {
        #expect(try action(line).template.outline == outline)
    }

    @Test(
        arguments: [
            ("{ reply: Hi }", [(Reply(text: "Hi"), true)]),
            ("{ reply: 'Hi {{contact.name}}, {{! you }}there{{#vars.o}} no{{/vars.o}}' }", [(Reply(text: "Hi , there"), false)]),
            (
                "{ reply: { text: a, buttons: ['{{vars.b}}', 'b {{vars.b}}', c], file: 'https://h/{{vars.b}}' } }",
                [(Reply(text: "a", buttons: ["b ", "c"], file: "https://h/"), false)]
            ),
            ("{ reply: { text: a, file: '{{vars.b}}' } }", [(Reply(text: "a"), false)]),
            (
                "{ reply: { one_of: [a, { by_language: { pt: b, default: '{{vars.b}}' } }, { text: c, buttons: [d] }] } }",
                [
                    (Reply(text: "a"), true), (Reply(text: ""), false), (Reply(text: "b"), true),
                    (Reply(text: "c", buttons: ["d"]), true),
                ]
            ),
        ] as [(String, [(Reply, Bool)])])
    func knowsWhatIsSaidWhateverTheEvent(line: String, messages: [(Reply, Bool)]) throws {
        let literal = try #require(action(line).template as? ReplyAction).literalMessages
        #expect(literal.map(\.reply) == messages.map(\.0))
        #expect(literal.map(\.isWhole) == messages.map(\.1))
    }

    @Test func readsLinesInOrderWithTheirDelays() throws {
        let scope = ruleScope()
        let read = ActionCatalog.actions(
            node("[{ tag: a }, { delay: 5s, note: b, x-why: c }, { x-a: b, reply: d, delay: 2h }]"), in: scope)
        let actions = try #require(read)
        #expect(actions.map(\.template.outline) == [.tag(["a"], of: .conversation), .note("b"), .reply(Reply(text: "d"))])
        #expect(actions.map(\.delay) == [nil, .seconds(5), .seconds(7200)])
        #expect(actions.map(\.at.column) == [4, 27, 58])
        #expect(scope.diagnostics == [])
    }

    @Test func notesTheVariablesThatItSets() throws {
        let scope = ruleScope()
        _ = ActionCatalog.actions(node("[{ set: { a: 1, b: '' } }, { http: { url: 'https://h/', save: info } }]"), in: scope)
        #expect(scope.setVariables == ["language", "a", "b", "info"])
    }

    @Test func hasARowOfTheReferenceForEveryKind() {
        #expect(ActionCatalog.references.map(\.key) == ActionKind.allCases.map(\.rawValue))
        #expect(ActionCatalog.keys == ActionKind.allCases.map(\.rawValue))
    }
}

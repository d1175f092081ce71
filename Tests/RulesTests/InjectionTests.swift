import JSON
import Model
import Rules
import TestSupport
import Testing

/// Whatever a customer writes comes out of a template as that text: never as a template, and never as part of what surrounds it
/// (S6, T37).
@Suite struct InjectionTests {
    static let texts = HostileTexts.all(seed: TestScale.seed(usual: 37))

    @Test func thereAreEnoughOfThem() { #expect(Set(Self.texts.map { Array($0.unicodeScalars) }).count >= 300) }

    /// A message that says it, of a contact who is called it, with a variable and an attribute of it.
    private func subject(_ text: String) -> Subject {
        var event = Event.message(text)
        event.contact?.name = text
        event.contact?.attributes["plan"] = .string(text)
        event.raw = JSONWriter.bytes(["x": .string(text)])
        let subject = RulesTests.subject(
            event, state: ConversationState(variables: ["v": .string(text), "list": [.string(text)], "secret": "do-not-tell"]))
        subject.captures.take(numbered: [text, text], names: [("order", text)], namedGroups: [])
        return subject
    }

    private static let names = [
        "message.text", "contact.name", "contact.attributes.plan", "vars.v", "match.1", "match.order", "raw.x",
    ]

    @Test(arguments: names)
    func aTextStandsAsItIs(name: String) throws {
        let forms = ["{{\(name)}}", "{{{\(name)}}}", "{{&\(name)}}", "{{#\(name)}}{{.}}{{/\(name)}}"]
        let templates = try forms.map { try template("a " + $0 + " b {{vars.none}}", in: ruleScope(["order"], count: 2)) }
        for text in Self.texts + [HostileTexts.long] {
            let subject = subject(text)
            for template in templates {
                let isSame = template.rendered(subject).utf8.elementsEqual("a \(text) b ".utf8)
                #expect(isSame, "\(template.source): \(text.debugDescription.prefix(200))")
            }
        }
    }

    /// More than a template may give is nothing at all, not a part of it (R6).
    @Test(arguments: names)
    func aTextThatIsTooLongIsLeftOut(name: String) throws {
        let template = try template("a {{\(name)}} b", in: ruleScope(["order"], count: 2))
        #expect(template.rendered(subject(HostileTexts.megabyte)) == "")
    }

    @Test func partsOfAListStandAsTheyAre() throws {
        let template = try template("{{#vars.list}}<{{.}}>{{/vars.list}}")
        for text in Self.texts { #expect(template.rendered(subject(text)).utf8.elementsEqual("<\(text)>".utf8)) }
    }

    @Test func theActionsOfARuleHoldTheTextWhole() throws {
        for text in Self.texts {
            let subject = subject(text)
            let marked = "x\(text)y"
            try expect("{ reply: 'x{{message.text}}y' }", subject) { action in
                if case .reply(let reply) = action { reply.text.utf8.elementsEqual(marked.utf8) } else { false }
            }
            try expect("{ note: 'x{{vars.v}}y' }", subject) { action in
                if case .note(let note) = action { note.utf8.elementsEqual(marked.utf8) } else { false }
            }
            try expect("{ tag: ['x{{contact.name}}y'] }", subject) { action in
                if case .tag(let tags, _) = action { tags.map { Array($0.utf8) } == [Array(marked.utf8)] } else { false }
            }
        }
    }

    /// What is sent as JSON is read back as the same value, with the same members.
    @Test func aJSONBodyReadsBackEqual() throws {
        let line =
            "{ http: { url: 'https://h/', json: { a: '{{message.text}}', b: ['x{{vars.v}}y', { c: '{{raw.x}}' }], n: 5 } } }"
        for text in Self.texts + [HostileTexts.long] {
            guard case .action(.http(let call)) = try rendered(line, subject(text)), case .json(let body)? = call.body else {
                Issue.record("no call for \(text.debugDescription.prefix(200))")
                continue
            }
            let expected: Value = ["a": .string(text), "b": [.string("x\(text)y"), ["c": .string(text)]], "n": 5]
            let isFilled = body == expected
            #expect(isFilled, "\(text.debugDescription.prefix(200))")
            let read = try JSONDocument(JSONWriter.bytes(body)).root.value
            let isSame = read == expected && JSONWriter.bytes(read) == JSONWriter.bytes(expected)
            #expect(isSame, "\(text.debugDescription.prefix(200))")
        }
    }

    /// A value fills one segment, or one value of the query: it adds no part to the URL, and takes none away.
    @Test func aValueStaysInItsPlaceOfTheURL() throws {
        let line = "{ http: { url: 'https://h.example:8443/a/{{message.text}}/b?q={{vars.v}}&r=1#f' } }"
        for text in Self.texts {
            guard case .action(.http(let call)) = try rendered(line, subject(text)) else {
                Issue.record("no call for \(text.debugDescription)")
                continue
            }
            let (before, between, after) = ("https://h.example:8443/a/", "/b?q=", "&r=1#f")
            let isWhole = call.url.hasPrefix(before) && call.url.hasSuffix(after)
            let values = String(call.url.dropFirst(before.count).dropLast(after.count)).components(around: between)
            guard isWhole, let values else {
                Issue.record("\(call.url)")
                continue
            }
            for value in [values.0, values.1] {
                #expect(value.utf8.allSatisfy(Self.isOfOneSegment), "\(call.url)")
                #expect(value != "." && value != "..", "it steps out of no folder")
                #expect(Self.percentDecoded(value) == Array(text.utf8))
            }
        }
    }

    @Test func aPathOfTheVendorsAPIIsKeptToo() throws {
        for text in Self.texts {
            let line = "{ call: { path: '/chats/{{message.text}}/snooze' } }"
            guard case .action(.call(let call)) = try rendered(line, subject(text)) else {
                Issue.record("no call for \(text.debugDescription)")
                continue
            }
            let value = call.path.dropFirst("/chats/".count).dropLast("/snooze".count)
            #expect(call.path.hasPrefix("/chats/") && call.path.hasSuffix("/snooze"))
            #expect(value.utf8.allSatisfy(Self.isOfOneSegment) && value != "..")
        }
    }

    /// A control character in a header is an error: the action is held back (libcurl would pass it on).
    @Test func aHeaderWithAControlCharacterIsNotSent() throws {
        let line = "{ http: { url: 'https://h/', headers: { X-A: 'x{{message.text}}y' } } }"
        for text in Self.texts {
            let isClean = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            switch try rendered(line, subject(text)) {
            case .action(.http(let call)):
                #expect(isClean, "\(text.debugDescription)")
                #expect(call.headers["X-A"]?.string.map { Array($0.utf8) } == Array("x\(text)y".utf8))
            case .suppressed(.header, _): #expect(!isClean, "\(text.debugDescription)")
            default: Issue.record("\(text.debugDescription)")
            }
        }
    }

    @Test func aFormFieldHoldsTheTextWhole() throws {
        let line = "{ http: { url: 'https://h/', form: { a: 'x{{message.text}}y', b: 1 } } }"
        for text in Self.texts {
            guard case .action(.http(let call)) = try rendered(line, subject(text)), case .form(let form)? = call.body else {
                Issue.record("no call for \(text.debugDescription)")
                continue
            }
            #expect(form.entries.map(\.key) == ["a", "b"])
            #expect(form["a"]?.string.map { Array($0.utf8) } == Array("x\(text)y".utf8))
        }
    }

    /// Where a call goes is for the author of the rules alone.
    @Test(arguments: [
        "url: '{{vars.v}}'", "url: '{{vars.v}}://h/'", "url: 'https://{{vars.v}}/'", "url: 'https://{{vars.v}}.example.org/'",
        "url: 'https://h{{vars.v}}'", "url: 'https://h{{vars.v}}/'", "url: 'https://h:{{vars.v}}/'",
        "url: 'https://{{vars.v}}@h/'",
        "url: 'https:/{{vars.v}}'", "url: 'ht{{vars.v}}tps://h/'", "url: 'ftp://h/'", "url: 'file:///etc/passwd'", "url: '//h/'",
        "url: 'https://h/', headers: { 'X-{{vars.v}}': a }", "url: 'https://h/', headers: { '{{vars.v}}': a }",
        "url: 'https://h/', headers: { Host: '{{vars.v}}' }", "url: 'https://h/', headers: { Content-Length: '1' }",
        "url: 'https://h/', headers: { Transfer-Encoding: chunked }", "url: 'https://h/', headers: { X-A: 'a\u{7F}b' }",
        "url: 'https://h/', method: '{{vars.v}}'",
    ])
    func noTemplateSaysWhereACallGoes(http: String) {
        #expect(!actionFindings("[{ http: { \(http) } }]").isEmpty)
    }

    // What the tests share.

    private func expect(_ line: String, _ subject: Subject, _ holds: (Action) -> Bool) throws {
        guard case .action(let action) = try rendered(line, subject) else {
            Issue.record("\(line) is held back")
            return
        }
        #expect(holds(action), "\(line): \(action)")
    }

    private static func isOfOneSegment(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._~%".utf8.contains(byte)
        }
    }

    private static func percentDecoded(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return bytes
    }
}

extension String {
    /// What stands before and behind the one place where the other text is.
    fileprivate func components(around separator: String) -> (String, String)? {
        let (bytes, other) = (Array(utf8), Array(separator.utf8))
        let places = bytes.indices.filter { bytes[$0...].starts(with: other) }
        guard places.count == 1 else { return nil }
        return (
            String(decoding: bytes[..<places[0]], as: UTF8.self),
            String(decoding: bytes[(places[0] + other.count)...], as: UTF8.self)
        )
    }
}

import Model
import Rules
import Testing
import Zones

@Suite struct TemplateTests {
    static let variables: Value.Object = [
        "hostile": "<b>&\"'</b> {{contact.name}} {{{x}}}", "empty": "", "no": false, "yes": true, "zero": 0, "nothing": .null,
        "half": .number(0.5), "none": [], "list": ["a", "b"], "items": [["name": "Pen", "n": 1], ["name": "Ink", "n": 2]],
        "info": ["status": 200, "json": ["state": "sent"]], "grid": [[1, 2], [3]], "brace": "}} {{",
        "ação": "é", "x-y": "hyphen", "hole": [.null, 1],
    ]

    @Test(arguments: [
        ("plain text, } and { and }}", "plain text, } and { and }}"),
        ("Hi {{contact.first_name}}!", "Hi Ana!"),
        (
            "{{contact.name}}|{{{contact.name}}}|{{&contact.name}}|{{ contact.name }}|{{& contact.name }}",
            "Ana Souza|Ana Souza|Ana Souza|Ana Souza|Ana Souza"
        ),
        ("{{vars.hostile}}", "<b>&\"'</b> {{contact.name}} {{{x}}}"),
        (
            "{{message.text}} {{conversation.id}} {{kind}} {{id}} {{vendor}} {{account}}",
            "hello c1 message.received any:test:message:1 any test"
        ),
        ("{{contact.attributes.plan}} {{contact.attributes.age}} {{contact.attributes.score}}", "Gold 41 9.5"),
        ("[{{contact.email}}{{vars.unset.deep}}{{vars.nothing}}{{test}}{{raw.nope}}]", "[]"),
        ("{{match.1}} {{match.order}} [{{match.2}}]", "12 1234 []"),
        ("{{rule.id}} {{now.date}} {{now.time}}", "refund 2026-11-20 12:00:00"),
        ("{{vars.info.json.state}} {{vars.info.status}}", "sent 200"),
        (
            "{{vars.list}} {{vars.info}} {{vars.yes}} {{vars.no}} {{vars.half}}",
            #"["a","b"] {"status":200,"json":{"state":"sent"}} true false 0.5"#
        ),
        ("{{conversation.tags.1}} {{vars.items.0.name}}", "São Paulo Pen"),
        (#"{{details.context."SYSTEM.CHAT_ID"}} {{raw."a b".0}} {{raw.list.1}}"#, "7 x 2"),
        ("{{vars.ação}} {{vars.x-y}}", "é hyphen"),
        ("a {{! a comment }}b{{!\n over lines }}c", "a bc"),
        ("{{\n contact.name\n}}", "Ana Souza"),
        ("{{vars.brace}}{", "}} {{{"),
        ("{{contact.name}}\u{301} {\u{301}{{contact.name}}", "Ana Souza\u{301} {\u{301}Ana Souza"),
        ("end\n   {{contact.name}}   \n   ", "end\n   Ana Souza   \n   "),
        ("🇧🇷{{contact.name}}👩‍👩‍👧", "🇧🇷Ana Souza👩‍👩‍👧"),
    ])
    func insertsValues(source: String, rendered: String) throws {
        let subject = richSubject(variables: Self.variables, raw: #"{"a b":["x"],"list":[1,2]}"#)
        #expect(try template(source).rendered(subject) == rendered)
        // With a section it is the library that writes the same.
        #expect(try template("{{^vars.yes}}{{/vars.yes}}" + source).rendered(subject) == rendered)
    }

    @Test(arguments: [
        ("{{#vars.list}}<{{.}}>{{/vars.list}}", "<a><b>"),
        ("{{#vars.items}}{{name}}={{n}};{{/vars.items}}", "Pen=1;Ink=2;"),
        ("{{#vars.items}}{{name}} {{contact.first_name}} {{missing}},{{/vars.items}}", "Pen Ana ,Ink Ana ,"),
        ("{{#vars.info}}{{status}} {{json.state}} {{json.gone}}{{/vars.info}}", "200 sent "),
        ("{{#vars.grid}}[{{#.}}{{.}} {{/.}}]{{/vars.grid}}", "[1 2 ][3 ]"),
        ("{{#vars.hole}}({{.}}){{/vars.hole}}", "()(1)"),
        ("{{#vars.empty}}a{{/vars.empty}}{{#vars.no}}b{{/vars.no}}{{#vars.nothing}}c{{/vars.nothing}}", ""),
        ("{{#vars.none}}d{{/vars.none}}{{#vars.unset}}e{{/vars.unset}}", ""),
        ("{{^vars.empty}}a{{/vars.empty}}{{^vars.no}}b{{/vars.no}}{{^vars.nothing}}c{{/vars.nothing}}", "abc"),
        ("{{^vars.none}}d{{/vars.none}}{{^vars.unset}}e{{/vars.unset}}", "de"),
        ("{{#vars.yes}}a{{/vars.yes}}{{#vars.zero}}b{{/vars.zero}}{{#contact.name}}c{{.}}{{/contact.name}}", "abcAna Souza"),
        ("{{^vars.yes}}a{{/vars.yes}}{{^vars.zero}}b{{/vars.zero}}{{^vars.list}}c{{/vars.list}}", ""),
        ("{{#contact}}{{first_name}} {{attributes.plan}} {{message.text}}{{/contact}}", "Ana Gold hello"),
        ("{{#conversation.tags}}{{.}},{{/conversation.tags}}", "VIP,São Paulo,"),
        ("{{#contact.email}}{{.}}{{/contact.email}}{{^contact.email}}none{{/contact.email}}", "none"),
        ("{{#vars.hostile}}{{.}}{{/vars.hostile}}", "<b>&\"'</b> {{contact.name}} {{{x}}}"),
        ("{{#agent}}{{name}}{{#sender}}/{{name}}{{/sender}}{{/agent}}", "João Lima/Ana"),
        ("{{#match.order}}order {{match.order}}{{/match.order}}{{^match.2}} no second{{/match.2}}", "order 1234 no second"),
    ])
    func rendersSections(source: String, rendered: String) throws {
        #expect(try template(source).rendered(richSubject(variables: Self.variables)) == rendered)
    }

    @Test(arguments: [
        ("Hi\n{{#vars.list}}\n- {{.}}\n{{/vars.list}}\nBye", "Hi\n- a\n- b\nBye"),
        ("Hi\n  {{#vars.list}}  \n- {{.}}\n  {{/vars.list}}", "Hi\n- a\n- b\n"),
        ("{{! note }}\nHi\n  {{! note }}\nBye", "Hi\nBye"),
        ("Hi\r\n{{#vars.yes}}\r\nyes\r\n{{/vars.yes}}\r\nBye", "Hi\r\nyes\r\nBye"),
        ("A {{#vars.yes}}x\n{{/vars.yes}}\n{{#vars.yes}}\ny\n{{/vars.yes}}\nB", "A x\ny\nB"),
        ("{{#vars.yes}}{{/vars.yes}}\nB", "\nB"),
        ("  {{contact.name}}\nB", "  Ana Souza\nB"),
        ("  {{#vars.yes}} a {{/vars.yes}}  ", "   a   "),
    ])
    func leavesNoLineBehindForATagThatStandsAlone(source: String, rendered: String) throws {
        #expect(try template(source).rendered(richSubject(variables: Self.variables)) == rendered)
    }

    @Test(arguments: [
        ("https://h.example/{{vars.v}}?q={{vars.v}}", "a/b c", "https://h.example/a%2Fb%20c?q=a%2Fb%20c"),
        ("/x/{{{vars.v}}}", "ação?&#%", "/x/a%C3%A7%C3%A3o%3F%26%23%25"),
        ("/x/{{vars.v}}/y z", "-._~", "/x/-._~/y z"),
        ("/x/{{vars.v}}/y", "..", "/x/%2E%2E/y"),
        ("/x/{{#vars.v}}{{.}}/{{/vars.v}}", "a/b", "/x/a%2Fb/"),
        ("/x/{{vars.v}}", "", "/x/"),
        ("/x/{{vars.v}}", "1.5", "/x/1.5"),
        ("/x/{{vars.v}}", "\r\nHost: evil", "/x/%0D%0AHost%3A%20evil"),
    ])
    func encodesValuesOfAURLAsOneSegment(source: String, value: String, rendered: String) throws {
        let subject = richSubject(variables: ["v": .string(value)])
        #expect(try template(source).rendered(subject, encoding: .urlSegment) == rendered)
    }

    @Test func tellsTheTimeInTheZoneOfTheAccount() throws {
        let zone = try #require(Zone("America/Sao_Paulo"))
        let subject = Subject(
            event: .message(), account: Account(id: "test", vendor: .any), zone: zone,
            now: Instant(seconds: 1_795_141_800), state: ConversationState())
        #expect(try template("{{now.date}} {{now.time}}").rendered(subject) == "2026-11-19 23:30:00")
    }

    @Test(arguments: [("no tag } {", true), ("", true), ("{{contact.name}}", false), ("a{{! gone }}", false)])
    func knowsWhetherItIsConstant(source: String, isConstant: Bool) throws {
        #expect(try template(source).isConstant == isConstant)
    }

    @Test func seesVariablesThatWereSetAfterItWasRead() throws {
        let template = try template("{{vars.order}}")
        let subject = richSubject()
        #expect(template.rendered(subject) == "")
        subject.state.variables["order"] = "55"
        #expect(template.rendered(subject) == "55")
    }

    @Test func notesTheVariablesThatItReads() throws {
        let scope = ruleScope()
        _ = try template("{{vars.a}}{{#vars.b.c}}{{vars.d}}{{/vars.b.c}}", in: scope)
        #expect(scope.readVariables == ["a": position(1), "b": position(1), "d": position(1)])
    }
}

import Model
import Rules
import Testing

@Suite struct TemplateErrorTests {
    @Test(arguments: [
        ("{{> header}}", "a template cannot hold a partial, found `{{> header}}`"),
        ("{{>*name}}", "a template cannot hold a partial, found `{{>*name}}`"),
        ("{{<layout}}{{/layout}}", "a template cannot hold a parent or a block, found `{{<layout}}`"),
        ("{{$block}}{{/block}}", "a template cannot hold a parent or a block, found `{{$block}}`"),
        ("{{=<% %>=}}", "the delimiters of a template cannot be changed, found `{{=<% %>=}}`"),
        ("{{% CONTENT_TYPE: HTML}}", "a template cannot hold a pragma, found `{{% CONTENT_TYPE: HTML}}`"),
        ("{{uppercased(contact.name)}}", "a template cannot call a function, found `{{uppercased(contact.name)}}`"),
        ("{{#vars.l}}{{index()}}{{/vars.l}}", "a template cannot call a function, found `{{index()}}`"),
        ("Hi {{contact.name", "the tag `{{contact.name` is not closed"),
        ("Hi {{contact.name}", "the tag `{{contact.name}` is not closed"),
        ("Hi {{{contact.name}}", "the tag `{{{contact.name}}` is not closed"),
        ("{{}}", "the tag `{{}}` is empty"),
        ("{{ }}", "the tag `{{ }}` is empty"),
        ("{{#}}x{{/}}", "the tag `{{#}}` holds no name"),
        ("{{contact name}}", "`{{contact name}}` holds no name that can be read"),
        ("{{contact..name}}", "`{{contact..name}}` holds no name that can be read"),
        ("{{.name}}", "`{{.name}}` holds no name that can be read"),
        ("{{contact.name.}}", "`{{contact.name.}}` holds no name that can be read"),
        ("{{vars.x|upper}}", "`{{vars.x|upper}}` holds no name that can be read"),
        ("{{raw.\"a}}", "`{{raw.\"a}}` holds no name that can be read"),
        ("{{#vars.x}}a", "the section `{{#vars.x}}` is not closed"),
        ("a{{/vars.x}}", "`{{/vars.x}}` closes a section that is not open"),
        ("{{#vars.x}}{{^vars.y}}{{/vars.x}}{{/vars.y}}", "`{{/vars.x}}` cannot close `{{^vars.y}}`"),
        ("{{.}}", "`{{.}}` stands outside of a section"),
        ("{{match.order}}", "`match.order` can never have a value: nothing in `when` captures anything"),
    ])
    func refusesWhatIsNoTemplate(source: String, message: String) {
        let errors = templateErrors(source)
        #expect(errors.map(\.code) == [.template])
        #expect(errors.map(\.message) == [message])
        #expect(errors.map(\.at) == [position(1)])
        #expect(errors.allSatisfy { $0.help != nil })
    }

    @Test func refusesSectionsThatGoTooDeep() {
        let depth = 33
        let source = String(repeating: "{{#vars.a}}", count: depth) + String(repeating: "{{/vars.a}}", count: depth)
        #expect(templateErrors(source).map(\.code) == [.template])
    }

    @Test(arguments: [
        ("{{contact.firstname}}", "did you mean 'contact.first_name'?"),
        ("{{mesage.text}}", "did you mean 'message.text'?"),
        ("{{message.txt}}", "did you mean 'message.text'?"),
        ("{{first_name}}", "did you mean 'contact.first_name'?"),
        ("{{rule.name}}", "`rule` has `id`"), ("{{name}}", "did you mean 'contact.name'?"),
        ("{{email}}", "did you mean 'contact.email'?"),
        ("{{contat.nam}}", "did you mean 'contact.name'?"),
        ("{{contact_name}}", "did you mean 'contact.name'?"),
        ("{{now.datetime}}", "`now` has `date` and `time`"),
        ("{{var.x}}", "did you mean 'vars.x'?"),
        (
            "{{quantity}}",
            """
            a variable is `vars.quantity`, a capture `match.quantity`; other names begin with `contact.`, `message.`, \
            `conversation.`, `details.`, `raw.`, …
            """
        ),
        ("{{contact.zzzzzzzzzzz}}", "`contact` has `attributes`, `email`, `first_name`, `id`, `name` and `phone`"),
        ("{{contact.name.first}}", "write `contact.name`: nothing stands below it"),
        ("{{message.attachments.first.url}}", "write `message.attachments.0` for the first: it is a list"),
    ])
    func suggestsTheNameThatWasMeant(source: String, help: String) {
        let errors = templateErrors(source)
        #expect(errors.map(\.code) == [.template])
        #expect(errors.map(\.help) == [help])
    }

    @Test(arguments: [
        ("{{match.order}}{{match.1}}{{match.2}}", nil),
        ("{{#vars.x}}{{anything.at.all}}{{contact.firstname}}{{/vars.x}}", nil),
        ("{{#raw.items}}{{name}}{{/raw.items}}{{#contact.attributes}}{{plan}}{{/contact.attributes}}", nil),
        ("{{#message.attachments}}{{url}} {{name}} {{contact.name}}{{/message.attachments}}", nil),
        ("{{#details.answers}}{{question}}{{/details.answers}}", nil),
        ("{{#vars.a}}{{#message.attachments}}{{anything}}{{/message.attachments}}{{/vars.a}}", nil),
        ("{{message.attachments.0.url}}{{conversation.tags.3}}", nil),
        ("{{#message.attachments}}{{uri}}{{/message.attachments}}", "no event has the name `uri`"),
        ("{{#contact}}{{firstname}}{{/contact}}", "no event has the name `firstname`"),
        ("{{#contact.name}}{{firstname}}{{/contact.name}}", "no event has the name `firstname`"),
        ("{{^vars.x}}{{name}}{{/vars.x}}", "no event has the name `name`"),
        ("{{conversation.tags.first}}", "no event has the name `conversation.tags.first`"),
        ("{{match.0}}", "`match.0` can never have a value: no `regex` of this rule captures it"),
        ("{{match.3}}", "`match.3` can never have a value: no `regex` of this rule captures it"),
        ("{{match.oder}}", "`match.oder` can never have a value: no `regex` of this rule captures it"),
        ("{{match}}", nil),
    ])
    func checksNamesSectionBySection(source: String, message: String?) {
        #expect(templateErrors(source, in: ruleScope(["order"], count: 2)).map(\.message) == (message.map { [$0] } ?? []))
    }

    @Test func knowsNoCaptureOutsideOfARule() {
        #expect(
            templateErrors("{{match.order}}", in: DecodingScope()).map(\.message)
                == ["`match.order` can never have a value: no regular expression comes before it here"])
    }

    @Test func reportsEveryNameOfATemplate() {
        #expect(
            templateErrors("{{contact.nam}} {{mesage.text}}").map(\.message)
                == ["no event has the name `contact.nam`", "no event has the name `mesage.text`"])
    }

    @Test(arguments: EventPath.known)
    func knowsTheNamesThatConditionsKnow(path: String) {
        #expect(templateErrors("{{\(path)}}") == [])
        #expect(templateErrors("{{\(path)X}}") != [])
    }

    @Test(arguments: [
        ("[a]", DiagnosticCode.wrongType), ("{ a: b }", .wrongType), ("", .blankText), ("''", .blankText), ("'  '", .blankText),
    ])
    func refusesWhatIsNoText(written: String, code: DiagnosticCode) {
        let scope = ruleScope()
        #expect(Template(node(written), in: scope) == nil)
        #expect(scope.diagnostics.map(\.code) == [code])
    }

    @Test(arguments: 1...500)
    func readsOrRefusesAnything(seed: UInt64) {
        var state = seed
        let pieces = ["{", "{{", "}}", "}", "#", "^", "/", "vars.a", ".", "&", "!", " ", "\n", "\r\n", "é", "\u{301}", "\"", "x"]
        let source = (0..<30).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return pieces[Int((state >> 33) % UInt64(pieces.count))]
        }
        .joined()
        let scope = ruleScope()
        let template = Template(quoted(source), in: scope, context: .value)
        #expect((template == nil) == !scope.diagnostics.isEmpty)
        if let template, template.isConstant { #expect(template.rendered(richSubject()) == source) }
        _ = template?.rendered(richSubject(variables: ["a": ["{{", "}}"]]))
    }

    @Test func allowsAnEmptyValueThatStandsInQuotes() throws {
        #expect(try template("").rendered(richSubject()) == "")
    }
}

import RuleFiles
import Testing

@Suite struct FlowGraphTests {
    private static let rules = #"""
        version: 1
        rules:
          - { id: asks, why: 'Says "order"', when: [ { text: order } ], do: [ { start: order } ] }
        flows:
          - id: order
            start: menu
            steps:
              menu:
                say: { by_language: { en: Hi, default: 'Olá & <b>' } }
                choices:
                  - { label: My order, keywords: [order, $words], next: ask }
                  - { label: A person, next: handoff }
                timeout: { after: 10m, next: bye }
              ask:
                say: "Which \"number\"?"
                expect: [ { when: [ { text: { regex: '(?<n>\d{4,})' } } ], next: check } ]
                otherwise: { say: 4 digits, times: 2, next: handoff }
              check:
                do: [ { tag: asked } ]
                next: [ { when: [ { field: { vars.n: 1234 } } ], step: bye }, { step: handoff } ]
              handoff: { do: [ { start: other } ], end: true }
              bye: { say: Bye, end: true }
          - { id: other, start: a, steps: { a: { say: x, end: true } } }
        """#

    private func graph(_ id: String = "order") throws -> FlowGraph {
        try #require(FlowGraph(id, in: RuleFolder(root: "rules", texts: ["a.yaml": Self.rules])))
    }

    @Test func edgesSayWhatLeadsOn() throws {
        let graph = try graph()
        let edges = graph.edges.map {
            "\(graph.nodes[$0.from].title) -> \(graph.nodes[$0.to].title): \($0.label)"
        }
        #expect(
            edges == [
                "rule asks -> menu: ", "menu -> ask: 1. My order (order, $words)",
                "menu -> handoff: 2. A person",
                "menu -> bye: timeout 10m", #"ask -> check: text { regex: (?<n>\d{4,}) }"#,
                "ask -> ask: otherwise ×2: 4 digits",
                "ask -> handoff: after otherwise ×2", "check -> bye: field { vars.n: 1234 }",
                "check -> handoff: else",
                "handoff -> flow other: start", "handoff -> end: ", "bye -> end: ",
            ])
        #expect(graph.nodes[0].lines == ["“Olá & <b>”"])
        #expect(graph.nodes[2].lines == ["tag: asked"])
        #expect(try self.graph("other").edges.map(\.label) == ["", ""])
        #expect(try self.graph("other").nodes.map(\.title) == ["a", "flow order/handoff", "end"])
    }

    @Test func textMeansNothingToDOT() throws {
        let dot = try graph().dot
        #expect(dot.hasPrefix("digraph \"order\" {\n"))
        #expect(dot.contains(#"n0 [label="menu\n“Olá &amp; <b>”"];"#))
        #expect(dot.contains(#"n1 [label="ask\n“Which \"number\"?”"];"#))
        #expect(dot.contains(#"label="text { regex: (?<n>\\d{4,}) }""#))
        #expect(dot.contains(#"[label="rule asks\nSays \"order\"", shape=ellipse, style=solid];"#))
    }

    @Test func textMeansNothingToMermaid() throws {
        let mermaid = try graph().mermaid
        #expect(mermaid.hasPrefix("flowchart TD\n"))
        #expect(mermaid.contains(#"n0["menu<br/>“Olá #38; #60;b#62;”"]"#))
        #expect(mermaid.contains("-->|\"text #123; regex: (?#60;n#62;#92;d#123;4,#125;) #125;\"|"))
        #expect(mermaid.contains("-.->|\"timeout 10m\"|"))
    }

    @Test func thereMayBeNoSuchFlow() {
        #expect(FlowGraph("nope", in: RuleFolder(root: "rules", texts: ["a.yaml": Self.rules])) == nil)
    }
}

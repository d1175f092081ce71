import Model
import RuleFiles
import Rules
import Testing
import Vendors

@Suite struct NamedPlacesTests {
    private static let accounts = [
        Account(id: "chat", vendor: .huggy), Account(id: "desk", vendor: .channeltalk), Account(id: "site", vendor: .rocketchat),
    ]

    /// `line:column table word accounts`, with `!` for a target.
    private static func places(_ rules: String) -> [String] {
        let folder = RuleFolder(root: "rules", texts: ["a.yaml": rules])
        let loaded = RuleLoader.load(folder, vendors: VendorCatalog.ids)
        #expect(loaded.diagnostics.filter { $0.severity == .error } == [])
        return NamedPlaces(accounts: accounts).places(in: loaded.rules, loaded.flows).map { place in
            "\(place.at.line):\(place.at.column) \(place.table.rawValue) \(place.word)\(place.use == .target ? "!" : "") "
                + place.accounts.joined(separator: ",")
        }
    }

    @Test func targetsAndConditionsWithTheAccountsThatGetThere() {
        let rules = """
            version: 1
            rules:
              - id: a
                when: [ { vendor: [huggy, rocketchat] }, { department: [billing, '7'] }, { any: [ { none: [ { team: t } ] } ] } ]
                do: [ { route: { department: sales } }, { route: queue }, { route: { agent: '{{agent.id}}' } } ]
              - id: b
                when: [ { account: desk }, { agent: Kim } ]
                do: [ { route: { agent: kim } }, { route: { team: night } } ]
              - id: c
                mode: off
                do: [ { route: { department: old } } ]

            """
        #expect(
            Self.places(rules) == [
                "4:48 departments 7 chat,site", "4:48 departments billing chat,site", "4:99 teams t chat,site",
                "5:13 departments sales! chat,site", "7:34 agents Kim desk", "8:13 agents kim! desk", "8:40 teams night! desk",
            ])
    }

    /// A flow meets whom the rules that start it meet, also by way of other flows.
    @Test func flowsMeetWhomTheirStartersMeet() {
        let rules = """
            version: 1
            rules:
              - id: a
                when: [ { account: site } ]
                do: [ { start: first } ]
            flows:
              - id: first
                start: s
                steps:
                  s:
                    do: [ { route: { department: one } }, { start: second } ]
                    next: [ { when: [ { department: two } ], step: t } ]
                  t: { end: true }
              - id: second
                start: s
                steps: { s: { do: [ { route: { department: three } } ], end: true } }
              - id: third
                start: s
                steps: { s: { do: [ { route: { department: four } } ], end: true } }

            """
        #expect(
            Self.places(rules) == [
                "11:17 departments one! site", "12:29 departments two site", "16:27 departments three! site",
                "19:27 departments four! chat,desk,site",
            ])
    }

    @Test(
        arguments: [
            ("BILLING", NamedPlace.Use.condition, true), ("Billing", .target, true), ("bílling", .condition, true),
            ("bílling", .target, false), ("night", .target, true), ("night", .condition, false), ("x", .target, false),
        ])
    func namesAreComparedAsTheEngineAndTheVendorsDo(word: String, use: NamedPlace.Use, isNamed: Bool) {
        var account = Account(id: "a", vendor: .omnichat)
        account.names.departments = ["billing": "1"]
        account.names.teams = ["night": "2"]
        let place = NamedPlace(
            table: .departments, word: word, use: use, at: SourcePosition(file: "a", line: 1, column: 1), accounts: ["a"])
        #expect(place.isNamed(by: account, in: [.departments, .teams]) == isNamed)
    }
}

import Daemon
import Model
import Rules
import Storage
import Testing
import Vendors

/// What the ledger is given with a decision.
@Suite struct LedgerOriginTests {
    private static let rules = """
        rules:
          - id: watch
            mode: observe
            when: [ { text: { any: [pedido, order] } } ]
            do: [ { note: seen } ]
            then: continue
          - id: serve
            when: [ { text: { any: [PEDIDO] } }, { channel: webchat }, { field: { vars.plan: { exists: false } } } ]
            do: [ { set: { plan: gold } }, { tag: vip }, { reply: "ok {{vars.plan}}" }, { reply: later, delay: 5m } ]
        """

    private func rows(_ kind: StoreKind, _ body: (ProcessorTests.Bench) async throws -> Void) async throws -> [LedgerEntry] {
        try await kind.withStore { store in
            let parsed = try await engine(Self.rules)
            let engine = Engine(
                rules: parsed.rules, accounts: parsed.accounts, profiles: [.huggy: VendorCatalog.profile(.huggy)],
                limits: parsed.limits)
            let bench = try ProcessorTests.Bench(store, engine)
            try await body(bench)
            while try await bench.processor.decideWaiting() > 0 {}
            let ledger = try #require(store as? any Ledger)
            let rows = try await ledger.ledger(for: .conversation("7", account: "hg"), limit: 100)
            #expect(rows.allSatisfy { $0.origin?.revision == parsed.rules.revision && !parsed.rules.revision.isEmpty })
            let sent = try await store.claimEffects(at: .endOfTime, limit: 100)
            #expect(sent.allSatisfy { $0.effect.status == .planned && $0.effect.action.leavesBellhop })
            return rows.reversed()
        }
    }

    @Test(arguments: StoreKind.allCases)
    func recordsEveryEffectWithItsRuleAndWhatItsLinesMet(_ kind: StoreKind) async throws {
        let rows = try await rows(kind) { try await $0.post(message: "1", "meu Pedido") }
        #expect(
            rows.map { "\($0.rule) \($0.effect?.action.kind.rawValue ?? "") \($0.state.rawValue)" } == [
                "watch note suppressed", "serve set applied", "serve tag unsupported", "serve reply pending",
                "serve reply held",
            ])
        #expect(rows.map { $0.origin?.mode } == [.observe, .live, .live, .live, .live])
        #expect(rows.map { $0.effect?.ruleAt.line } == [3, 8, 8, 8, 8])
        let held = rows.map { row in
            (row.origin?.conditions ?? []).map { "\($0.at.line) \($0.condition) \($0.actual)" }
        }
        let serve = [
            #"9 text.any \#(Value.string("meu Pedido"))"#, #"9 channel \#(Value.string("webchat"))"#,
            #"9 field.vars.plan.exists \#(Value.null)"#,
        ]
        #expect(held == [[#"5 text.any \#(Value.string("meu Pedido"))"#], serve, serve, serve, serve])
    }

    @Test(arguments: StoreKind.allCases)
    func recordsWhatAFlowHeard(_ kind: StoreKind) async throws {
        try await kind.withStore { store in
            let rules = """
                rules:
                  - { id: begin, when: [ { text: menu } ], do: [ { start: ask } ] }
                flows:
                  - id: ask
                    start: number
                    steps:
                      number:
                        say: "Which?"
                        expect: [ { when: [ { text: { regex: '\\d+' } } ], next: done } ]
                      done: { say: "Thanks", end: true }
                """
            let bench = try ProcessorTests.Bench(store, try await engine(rules))
            try await bench.post(message: "1", "menu")
            try await bench.post(message: "2", "4711", second: 1)
            while try await bench.processor.decideWaiting() > 0 {}
            let ledger = try #require(store as? any Ledger)
            let rows = try await ledger.ledger(for: .conversation("7", account: "hg"), limit: 100).reversed()
            #expect(rows.map { $0.effect?.action.kind } == [.start, .reply, .reply])
            #expect(
                rows.map { $0.origin?.conditions.map(\.actual) } == [
                    [.string("menu")], [.string("menu")], [.string("4711")],
                ])
        }
    }
}

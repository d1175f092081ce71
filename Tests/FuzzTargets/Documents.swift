import Daemon
import JSON
import Model
import RuleFiles
import Rules
import VendorKit
import Vendors

@testable import StorageSQLite

extension FuzzTarget {
    /// What can be read can be written, and is the same when it is read again.
    static let json = FuzzTarget("json") { bytes in
        guard let document = try? JSONDocument(bytes) else { return }
        let value = document.root.value
        let written = JSONWriter.bytes(value)
        demand((try? JSONDocument(written))?.root.value == value, "what was written reads as it was")
    }

    /// A rules file. What loads is decided by, on messages that its own texts make likely to match.
    static let rules = FuzzTarget("rules") { bytes in
        _ = YAMLDocument(bytes, file: "rules.yaml").diagnostics
        let text = String(decoding: bytes, as: UTF8.self)
        let loaded = RuleLoader.load(RuleFolder(root: "rules", texts: ["rules.yaml": text]), vendors: VendorCatalog.ids)
        demand(loaded.ruleSet == nil ? loaded.hasErrors : !loaded.hasErrors, "rules are in use if and only if there is no error")
        _ = DiagnosticPrinter(sources: loaded.sources, isColored: false).text(loaded.diagnostics)
        guard let ruleSet = loaded.ruleSet else { return }
        decide(with: ruleSet, text)
    }

    /// A file of tests beside rules that are good.
    static let tests = FuzzTarget("tests") { bytes in
        let folder = RuleFolder(
            root: "rules", texts: ["rules.yaml": Ground.rules, "rules.test.yaml": String(decoding: bytes, as: UTF8.self)])
        let loaded = RuleLoader.load(folder, vendors: VendorCatalog.ids)
        let tests = LoadedTests(folder, flows: loaded.flows, vendors: VendorCatalog.ids)
        _ = DiagnosticPrinter(sources: tests.sources, isColored: false).text(tests.diagnostics)
    }

    static let configuration = FuzzTarget("configuration") { bytes in
        let loaded = Settings.load(bytes, file: "bellhop.yaml")
        let hasErrors = loaded.diagnostics.contains { $0.severity == .error }
        demand(loaded.settings != nil || hasErrors, "what cannot be used says why")
        _ = DiagnosticPrinter(sources: loaded.sources, isColored: false).text(loaded.diagnostics)
    }

    /// What one who may talk to the daemon says.
    static let control = FuzzTarget("control") { bytes in
        guard let value = (try? JSONDocument(bytes))?.root.value else { return }
        _ = try? ControlRequest(value)
    }

    /// A conversation as the store has it.
    static let state = FuzzTarget("state") { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        guard let state = try? StateJSON.decoded(text), let written = try? StateJSON.encoded(state) else { return }
        demand((try? StateJSON.decoded(written)) == state, "a state that was written reads as it was")
    }

    private static func decide(with ruleSet: RuleSet, _ text: String) {
        let engine = Engine(rules: ruleSet, profiles: VendorCatalog.profiles)
        var session = Session(engine: engine)
        let words = ["oi", "quero refund", String(text.suffix(80)), String(text.prefix(80))]
        for (place, word) in words.enumerated() {
            guard let event = Ground.message(word, number: place) else { continue }
            let decision = session.decide(event, explaining: true)
            for effect in decision?.effects ?? [] {
                _ = try? Ground.huggy.vendor.request(for: effect, account: Ground.huggy.account)
            }
        }
    }
}

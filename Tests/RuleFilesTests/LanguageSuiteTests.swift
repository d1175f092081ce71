import Foundation
import Model
import RuleFiles
import Rules
import Testing
import VendorKit
import Vendors

/// The language, as folders that a user could have written, in `Fixtures`:
/// `good/*` load without an error and all their tests pass, `failing/*` load and every test fails, `bad/*` are refused with
/// the findings that their `expected` file lists, a line each: `FILE:LINE[:COLUMN] CODE`.
@Suite struct LanguageSuiteTests {
    @Test(arguments: Fixtures.folders("good"))
    func goodFoldersPassTheirTests(folder: Fixture) throws {
        let loaded = try folder.loaded()
        for result in loaded.results {
            #expect(result.passed, "\(result.test.name): \(result.failures.map(\.message).joined(separator: "\n"))")
        }
        #expect(!loaded.results.isEmpty)
    }

    /// No index may change the outcome: with every rule tried, all is the same.
    @Test(arguments: Fixtures.folders("good"))
    func explainingChangesNothing(folder: Fixture) throws {
        for result in try folder.loaded(explaining: true).results {
            #expect(result.passed, "\(result.test.name): \(result.failures.map(\.message).joined(separator: "\n"))")
        }
    }

    @Test(arguments: Fixtures.folders("failing"))
    func wrongTestsFail(folder: Fixture) throws {
        let loaded = try folder.loaded()
        for result in loaded.results { #expect(!result.passed, "\(result.test.name) passed") }
        #expect(!loaded.results.isEmpty)
    }

    @Test(arguments: Fixtures.folders("bad"))
    func badFoldersAreRefusedAtTheirPlace(folder: Fixture) throws {
        let check = RuleCheck(RuleFolder(folder.path), accounts: [], profiles: Fixtures.profiles)
        let found = check.diagnostics.filter { $0.severity == .error }
        let text = found.map { "\($0.at.text) \($0.code.rawValue) \($0.message)" }.joined(separator: "\n")
        let expected = try folder.expectations()
        #expect(!expected.isEmpty)
        for place in expected {
            #expect(found.contains { place.matches($0, in: folder) }, "\(place.text) is missing among:\n\(text)")
        }
        #expect(found.count == expected.count, "found:\n\(text)")
    }

    @Test(arguments: Fixtures.folders("warned"))
    func warnedFoldersLoadWithTheirWarnings(folder: Fixture) throws {
        let check = RuleCheck(RuleFolder(folder.path), accounts: [], profiles: Fixtures.profiles)
        let text = check.diagnostics.map { "\($0.at.text) \($0.code.rawValue) \($0.message)" }.joined(separator: "\n")
        #expect(!check.diagnostics.contains { $0.severity == .error }, "\(text)")
        let expected = try folder.expectations()
        for place in expected {
            #expect(check.diagnostics.contains { place.matches($0, in: folder) }, "\(place.text) is missing among:\n\(text)")
        }
        #expect(check.diagnostics.count == expected.count, "found:\n\(text)")
    }

    @Test func everyLoadedFolderIsThere() {
        #expect(Fixtures.folders("good").count >= 10)
        #expect(Fixtures.folders("bad").count >= 50)
    }
}

struct Fixture: Sendable, CustomTestStringConvertible {
    var path: String

    var testDescription: String { path.split(separator: "/").suffix(2).joined(separator: "/") }

    func loaded(explaining: Bool = false) throws -> (rules: LoadedRules, results: [RuleTestResult]) {
        let folder = RuleFolder(path)
        let rules = RuleLoader.load(folder, vendors: VendorCatalog.ids)
        let tests = LoadedTests(folder, flows: rules.flows, vendors: VendorCatalog.ids)
        let problems = (rules.diagnostics + tests.diagnostics).filter { $0.severity == .error }
        #expect(problems.isEmpty, "\(problems.map { "\($0.at.text) \($0.message)" }.joined(separator: "\n"))")
        let ruleSet = try #require(rules.ruleSet)
        let engine = Engine(rules: ruleSet, profiles: Fixtures.profiles)
        let runner = RuleTestRunner(engine: engine, payloads: Fixtures.payloads)
        return (rules, tests.tests.map { runner.run($0, explaining: explaining) })
    }

    func expectations() throws -> [ExpectedFinding] {
        try String(contentsOfFile: path + "/expected", encoding: .utf8).split(separator: "\n").compactMap {
            ExpectedFinding(String($0))
        }
    }
}

/// `rules.yaml:3:5 R004`; the column may be left out.
struct ExpectedFinding {
    var text: String
    private var file: Substring
    private var line: Int
    private var column: Int?
    private var code: Substring

    init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 2 else { return nil }
        let place = words[0].split(separator: ":")
        guard place.count >= 2, let line = Int(place[1]) else { return nil }
        self.text = text
        file = place[0]
        self.line = line
        column = place.count > 2 ? Int(place[2]) : nil
        code = words[1]
    }

    func matches(_ diagnostic: Diagnostic, in folder: Fixture) -> Bool {
        diagnostic.at.file == folder.path + "/" + file && diagnostic.at.line == line && diagnostic.code.rawValue == code
            && (column == nil || diagnostic.at.column == column)
    }
}

enum Fixtures {
    static let root = (#filePath as NSString).deletingLastPathComponent + "/Fixtures"

    static func folders(_ kind: String) -> [Fixture] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(kind)")) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().map { Fixture(path: "\(root)/\(kind)/\($0)") }
    }

    static let profiles = VendorCatalog.profiles

    /// Payloads by the vendors' decoders, of an account `default`.
    static let payloads = PayloadReader { body, vendor, account, now throws(PayloadError) in
        guard let document = try? JSONDocumentReading.root(body) else {
            throw PayloadError(code: "not_json", message: "no JSON")
        }
        guard let known = vendor.flatMap({ VendorCatalog.vendor($0) }) ?? VendorCatalog.recognized(document) else {
            throw PayloadError(code: "unknown_vendor", message: "no vendor knows it")
        }
        let account = Account(id: account ?? "default", vendor: known.profile.id)
        do throws(WebhookError) {
            return try known.receive(WebhookRequest(body: body, trust: .captured), account: account, now: now).events
        } catch {
            throw PayloadError(code: "not_an_object", message: "no object")
        }
    }
}

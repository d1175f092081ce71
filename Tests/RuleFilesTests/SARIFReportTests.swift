import JSON
import Model
import Rules
import Testing
import Vendors

@testable import RuleFiles

@Suite struct SARIFReportTests {
    private static func report(_ rules: String, root: String = "rules") -> Value {
        let folder = RuleFolder(root: root, texts: ["a b.yaml": "version: 1\n" + rules])
        let check = RuleCheck(folder, accounts: [], profiles: Fixtures.profiles)
        return SARIFReport(check.diagnostics, allowed: check.allowed, version: "1.2.3").value
    }

    private static func run(_ report: Value) -> Value { report["runs"]?.array?.first ?? .null }

    private static func uri(_ result: Value) -> String? {
        result["locations"]?.array?.first?["physicalLocation"]?["artifactLocation"]?["uri"]?.string
    }

    @Test func aFindingIsAResultWithItsPlaceAndItsRule() {
        let report = Self.report("rules: [ { id: r, when: [ { text: [a, a b] } ], do: [ { tag: x } ] } ]")
        #expect(report["version"] == "2.1.0")
        let run = Self.run(report)
        #expect(run["columnKind"] == "unicodeCodePoints")
        #expect(run["tool"]?["driver"]?["version"] == "1.2.3")
        let rule = run["tool"]?["driver"]?["rules"]?.array?.first ?? .null
        #expect(rule["id"] == "R109")
        #expect(rule["help"]?["markdown"]?.string?.contains("```yaml") == true)
        #expect(
            run["results"] == [
                [
                    "ruleId": "R109", "ruleIndex": 0, "level": "warning",
                    "message": [
                        "text": """
                        the keyword 'a b' is superfluous: every text with 'a b' has the keyword 'a'. Help: take it away
                        """
                    ],
                    "locations": [
                        [
                            "physicalLocation": [
                                "artifactLocation": ["uri": "rules/a%20b.yaml"],
                                "region": ["startLine": 2, "startColumn": 39, "endColumn": 42],
                            ]
                        ]
                    ],
                    "suppressions": [],
                    "relatedLocations": [
                        [
                            "physicalLocation": [
                                "artifactLocation": ["uri": "rules/a%20b.yaml"],
                                "region": ["startLine": 2, "startColumn": 36],
                            ],
                            "id": 1, "message": ["text": "with this one"],
                        ]
                    ],
                ]
            ])
    }

    @Test func whatIsAllowedIsSuppressedWithItsReason() {
        let report = Self.report(
            "rules:\n  # bellhop: allow R109 because of history\n  - { id: r, when: [ { text: [a, a b] } ], do: [ { tag: x } ] }")
        let results = Self.run(report)["results"]?.array ?? []
        let suppression = results.first?["suppressions"]?.array?.first ?? .null
        #expect(results.count == 1)
        #expect(suppression["kind"] == "inSource" && suppression["justification"] == "of history")
    }

    @Test func anErrorIsAResultToo() {
        let results = Self.run(Self.report("rules: [ { id: r } ]", root: "/srv/rules"))["results"]?.array ?? []
        #expect(results.map { $0["level"] } == ["error"])
        #expect(results.map(Self.uri) == ["file:///srv/rules/a%20b.yaml"])
    }

    @Test(
        arguments: [
            ("./rules/a.yaml", "rules/a.yaml"), ("rules/ação.yaml", "rules/a%C3%A7%C3%A3o.yaml"), ("a#b?.yaml", "a%23b%3F.yaml"),
        ])
    func pathsAreURIs(path: String, uri: String) {
        #expect(SARIFReport.uri(path) == uri)
    }
}

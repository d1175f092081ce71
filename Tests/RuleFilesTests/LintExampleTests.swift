import Model
import Rules
import Testing
import Vendors

@testable import RuleFiles

/// What the guide shows of each code is found, and is not when mended.
@Suite struct LintExampleTests {
    private static func codes(in example: LintExample, of code: DiagnosticCode) -> [String] {
        let texts = ["rules.yaml": "version: 1\n" + example.rules].merging(
            example.tests.map { ["rules.test.yaml": "version: 1\n" + $0] } ?? [:]
        ) { first, _ in first }
        let check = RuleCheck(
            RuleFolder(root: "rules", texts: texts), accounts: example.accounts, profiles: Fixtures.profiles)
        return check.diagnostics.filter { $0.severity != .note || [.untestedRule, .unindexedRegex].contains(code) }
            .map { "\($0.code.rawValue) \($0.message)" }
    }

    @Test(arguments: LintCatalog.references)
    func theExampleHasTheFindingAlone(reference: LintReference) {
        let found = Self.codes(in: reference.example, of: reference.code)
        let codes = Set(found.map { String($0.prefix(4)) })
        // An allowance that silences nothing leaves what it is for.
        let others: Set<String> = reference.code == .badAllowance ? ["R106"] : []
        #expect(codes == others.union([reference.code.rawValue]), "\(found)")
    }

    @Test(arguments: LintCatalog.references)
    func theMendedExampleHasNone(reference: LintReference) {
        let found = Self.codes(in: reference.mended, of: reference.code)
        #expect(found.isEmpty, "\(found)")
    }

    @Test func everyCodeHasOneSection() {
        let codes = LintCatalog.references.map(\.code)
        #expect(Set(codes).count == codes.count)
    }
}

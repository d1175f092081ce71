import Foundation
import RuleFiles
import Rules
import Vendors

/// `load RULES`: from files to rules that decide, without lint, as the daemon starts.
enum Loading {
    static func rules(_ folder: String) throws -> RuleSet {
        let check = RuleCheck(RuleFolder(folder), accounts: [], profiles: VendorCatalog.profiles, isLinting: false)
        guard let rules = check.rules.ruleSet else {
            throw BenchError("the rules in \(folder) cannot be used: \(check.diagnostics.first?.message ?? "")")
        }
        return rules
    }

    static func measure(_ arguments: Arguments) throws -> String {
        let folder = try arguments.text(0, "RULES")
        let before = residentBytes
        var rules: RuleSet?
        let time = try nanoseconds(1) { rules = try self.rules(folder) }
        let count = rules?.rules.count ?? 0
        let bytes = max(0, residentBytes - before) / max(1, count)
        keep(rules)
        return "{\"seconds\": \(time / 1e9), \"rules\": \(count), \"resident_bytes_per_rule\": \(bytes)}"
    }

    private static var residentBytes: Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        let pages = fields.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

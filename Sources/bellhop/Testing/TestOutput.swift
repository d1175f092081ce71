import Foundation
import Model
import RuleFiles

/// What `test` prints and writes.
enum TestOutput {
    /// - Parameter isAside: on stderr, where stdout is for something else.
    static func report(_ results: [RuleTestResult], isAside: Bool = false) {
        let print = isAside ? Output.complain : Output.print
        for result in results where !result.passed {
            print("FAILED \(result.test.name)  (\(result.test.at.text))")
            for failure in result.failures {
                for line in failure.message.split(separator: "\n", omittingEmptySubsequences: false) { print("  \(line)") }
            }
        }
        let failed = results.count { !$0.passed }
        print("\(results.count - failed) passed, \(failed) failed")
    }
}

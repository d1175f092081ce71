import Daemon
import Foundation
import Model
import RuleFiles
import Rules

/// `test --update`
struct TestUpdate {
    let roots: [TestRoot]
    let filter: String?
    let isYes: Bool

    func run() throws {
        var ran = 0
        var updates: [ExpectationUpdate] = []
        for root in roots {
            let tests = try root.tests(named: filter)
            ran += tests.count
            let failed = tests.filter { !root.runner.run($0, explaining: false).passed }
            for file in root.folder.tests {
                let own = failed.filter { $0.at.file == file.path }
                guard !own.isEmpty else { continue }
                updates.append(
                    ExpectationUpdate(
                        file, failed: own, all: root.tests.filter { $0.at.file == file.path }, runner: root.runner,
                        flows: Array(root.engine.rules.flows.values)))
            }
        }
        if ran == 0 { throw Exit(.negative, "bellhop: no test ran") }
        if updates.isEmpty { return Output.print("nothing to change: \(ran) passed") }
        for update in updates where !update.isEmpty {
            Output.printNow(UnifiedDiff.text(from: update.before, to: update.after, path: update.path).shown)
        }
        let refusals = updates.flatMap(\.refusals)
        for refusal in refusals { Output.complain(Console.clean("\(refusal.at.text): not changed: \(refusal.message)")) }
        let changes = updates.filter { !$0.isEmpty }
        if !changes.isEmpty {
            guard isYes || mayWrite(changes.count) else {
                throw Exit(.negative, "bellhop: nothing was written; --yes writes it")
            }
            for update in changes { try write(update) }
        }
        if !refusals.isEmpty { throw Exit(.negative) }
    }

    /// Asks where somebody can answer.
    private func mayWrite(_ count: Int) -> Bool {
        guard isatty(STDIN_FILENO) == 1, Output.isTerminal else { return false }
        Output.printNow("Write \(count == 1 ? "this change" : "these \(count) files")? [y/N] ")
        let answer = readLine()?.lowercased() ?? ""
        return answer == "y" || answer == "yes"
    }

    /// Only over the file that the change was made from.
    private func write(_ update: ExpectationUpdate) throws {
        let current = FileManager.default.contents(atPath: update.path)
        guard current == Data(update.before.utf8) else {
            throw Exit(.environment, "bellhop: \(update.path) was changed meanwhile; it is left as it is")
        }
        try OutputFile.write(update.after.utf8, to: update.path)
        Output.print("wrote \(update.path): \(update.count) \(update.count == 1 ? "test" : "tests") changed")
    }
}

extension String {
    /// Line ends are the only control characters that a terminal sees.
    fileprivate var shown: String {
        split(omittingEmptySubsequences: false) { $0 == "\n" }.map { Console.clean(String($0)) }.joined(separator: "\n")
    }
}

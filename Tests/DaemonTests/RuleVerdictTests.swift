import Daemon
import Foundation
import Logging
import Model
import RuleFiles
import Rules
import TestSupport
import Testing
import Vendors

/// T14: folders made by chance, half of them spoilt. What `check` says, reload does, and only what is good comes into use (R7).
@Suite(.timeLimit(.minutes(30))) struct RuleVerdictTests {
    /// What was found in so many folders.
    private struct Tally: Sendable {
        var accepted = 0
        var refused = 0
        var complaints: [String] = []

        mutating func add(_ other: Tally) {
            accepted += other.accepted
            refused += other.refused
            complaints += other.complaints
        }
    }

    @Test func checkAndReloadAgree() async throws {
        let seed = TestScale.seed(usual: 14)
        let rounds = TestScale.rounds(usual: 1_000)
        let workers = 2
        let found = try await withTemporaryFolder { base in
            try await withThrowingTaskGroup(of: Tally.self) { group in
                for worker in 0..<workers {
                    group.addTask {
                        try await Self.judge(
                            folder: base + "/\(worker)", rounds: rounds / workers, seed: seed &+ UInt64(worker))
                    }
                }
                return try await group.reduce(into: Tally()) { $0.add($1) }
            }
        }
        print("T14: \(found.accepted) accepted, \(found.refused) refused, seed \(seed)")
        #expect(found.complaints.isEmpty, "seed \(seed), \(rounds) rounds: \(found.complaints.prefix(5).joined(separator: "\n"))")
        // Both are well met, so that agreeing means something.
        #expect(found.accepted > rounds / 3 && found.refused > rounds / 5, "seed \(seed): \(found)")
    }

    private static func judge(folder: String, rounds: Int, seed: UInt64) async throws -> Tally {
        var tally = Tally()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var settings = exampleSettings(rules: folder)
        settings.reload.requiresTests = false
        let box = EngineBox()
        let reloader = RuleReloader(
            settings: settings, box: box, metrics: Metrics(), surroundings: surroundings(level: .critical))
        var random = SplitMix64(seed: seed)
        for round in 0..<rounds {
            let made = MadeRulesFolder(&random)
            try made.write(to: folder)
            let before = box.current?.rules.revision
            let check = RuleCheck(
                RuleFolder(folder), accounts: Array(settings.accountsByID.values), profiles: VendorCatalog.profiles,
                // Lints find no errors, and take their time.
                isLinting: round % 20 == 0)
            let report = await reloader.reload()
            let after = box.current?.rules.revision
            let complaints = Self.complaints(of: made, check, report, before: before, after: after)
            if case .inUse = report.outcome { tally.accepted += 1 } else { tally.refused += 1 }
            tally.complaints += complaints.map { "round \(round) of seed \(seed), \(made.faults): \($0)" }
        }
        return tally
    }

    private static func complaints(
        of made: MadeRulesFolder, _ check: RuleCheck, _ report: RuleReloader.Report, before: String?, after: String?
    ) -> [String] {
        let errors = check.diagnostics.filter { $0.severity == .error }
        var complaints: [String] = []
        if made.faults.isEmpty, let error = errors.first {
            complaints.append("a good folder is refused: \(error.at.text): \(error.message)")
        }
        switch report.outcome {
        case .inUse(let revision, _):
            if let error = errors.first { complaints.append("check finds \(error.at.text): \(error.message); reload takes it") }
            if revision != check.rules.revision || after != revision { complaints.append("in use is not what was checked") }
        case .refused:
            if errors.isEmpty { complaints.append("check finds nothing; reload refuses") }
            if after != before { complaints.append("a refused set came into use") }
        }
        if report.diagnostics.filter({ $0.severity == .error }) != errors { complaints.append("other errors than check's") }
        for error in errors where error.at.line < 1 || error.at.column < 1 || error.at.file.isEmpty {
            complaints.append("an error has no place: \(error.message)")
        }
        return complaints
    }
}

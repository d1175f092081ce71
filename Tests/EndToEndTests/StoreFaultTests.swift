import Foundation
import Glibc
import TestSupport
import Testing

extension Torture {
    /// T2, T3: the same short play again and again; each time another call of the kernel is where the process dies, or where
    /// the disk fails. `BELLHOP_ROUNDS` large enough goes through all of them.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct StoreFaultTests {
        /// R1, R2, R9: killed before any one of these calls.
        @Test func nothingIsLostWhereverTheProcessDies() async throws {
            let seed = TestScale.seed(usual: 2_002)
            let stage = try StoreStage(seed: seed)
            try await Tracing.demand(in: stage.folder)
            let groups = ["fdatasync", "pwrite64", "write,writev,sendto", "ftruncate,unlink,rename"]
            var deaths = 0
            let places = try await places(groups, stage, seed: seed)
            // Some are not reached: which thread does how much is chance.
            for place in places where deaths < TestScale.rounds(usual: 24) {
                let end = try await play(stage, inject: "\(place.calls):signal=KILL:when=\(place.number)", place.calls)
                #expect([0, 128 + SIGKILL].contains(end.status), "at \(place), seed \(seed): \(end.log)")
                if end.status != 0 {
                    deaths += 1
                    // An event over which three runs die in turn is set apart (R6), and it does not matter who killed them.
                    if deaths.isMultiple(of: 2) { #expect(try await play(stage, inject: nil, place.calls).status == 0) }
                }
                let findings = try stage.findings(isDrained: false)
                #expect(findings.isClean, "after a death at \(place), seed \(seed): \(findings)")
            }
            #expect(deaths > 0)
            try await end(stage, seed: seed)
        }

        /// R1: what cannot be written is not answered 200; after a sync that failed the process ends by itself, at once, with 4,
        /// and asks for no other; a new start goes on.
        @Test(arguments: ["EIO", "ENOSPC"]) func nothingIsLostWhenTheDiskFails(error: String) async throws {
            let seed = TestScale.seed(usual: error == "EIO" ? 2_003 : 2_030)
            let stage = try StoreStage(seed: seed)
            try await Tracing.demand(in: stage.folder)
            var random = SplitMix64(seed: seed)
            var failedSyncs = 0
            let places = try await places(["fdatasync", "pwrite64"], stage, seed: seed)
            for place in places.prefix(TestScale.rounds(usual: 8)) {
                let last = place.number + Int.random(in: 0..<12, using: &random)
                let inject = "\(place.calls):error=\(error):when=\(place.number)..\(last)"
                let end = try await play(stage, inject: inject, "fdatasync,pwrite64,fsync")
                let calls = try SystemCalls(path: stage.trace).calls
                if let failed = calls.first(where: { $0.isInjected && $0.name == "fdatasync" }) {
                    failedSyncs += 1
                    #expect(end.status == 4, "after a sync that failed, \(inject), seed \(seed): \(end.log)")
                    // Before it has started, SQLite syncs a log in which there is nothing yet.
                    let later = calls.filter { $0.begun > failed.ended && $0.name.hasSuffix("sync") }
                    #expect(later.isEmpty || !end.hasStarted, "synced again after \(inject), seed \(seed)")
                    #expect(!end.hasStarted || end.log.components(separatedBy: "level=critical").count == 2, "\(end.log)")
                } else {
                    // At the start there is nobody yet to go on for.
                    #expect([0, 4].contains(end.status), "after \(inject), seed \(seed): \(end.log)")
                }
                let findings = try stage.findings(isDrained: false)
                #expect(findings.isClean, "after \(inject), seed \(seed): \(findings)")
            }
            #expect(failedSyncs > 0)
            try await end(stage, seed: seed)
        }

        private struct End {
            var status: Int32
            var hasStarted: Bool
            var log: String
        }

        private struct Place: CustomStringConvertible {
            var calls: String
            var number: Int
            var description: String { "\(calls) number \(number)" }
        }

        /// Every call of an unharmed play, by the thread's own count as `strace` has it, with turns between the groups, in a random
        /// order in which early ones come sooner: threads share the work as chance has it, and high counts are seldom reached.
        private func places(_ groups: [String], _ stage: StoreStage, seed: UInt64) async throws -> [Place] {
            // The first one makes the tables, which the others find.
            for _ in 0..<2 { #expect(try await play(stage, inject: nil, groups.joined(separator: ",")).status == 0) }
            let calls = try SystemCalls(path: stage.trace).calls
            var random = SplitMix64(seed: seed)
            var rows = groups.map { group in
                let names = group.split(separator: ",")
                let counts = Dictionary(grouping: calls.filter { names.contains($0.name) }, by: \.thread).mapValues(\.count)
                let keys = (1...max(counts.values.max() ?? 1, 1)).map { number in
                    (number, Double(number) * Double.random(in: 0..<1, using: &random))
                }
                return keys.sorted { $0.1 > $1.1 }.map { Place(calls: group, number: $0.0) }
            }
            var places: [Place] = []
            while rows.contains(where: { !$0.isEmpty }) {
                for index in rows.indices {
                    if let place = rows[index].popLast() { places.append(place) }
                }
            }
            return places
        }

        /// A start, some messages, all that comes of them, a stop. What customers sent and was not
        /// acknowledged is sent again in the next play.
        private func play(_ stage: StoreStage, inject: String?, _ calls: String) async throws -> End {
            let daemon: DaemonProcess
            do {
                daemon = try await stage.start(wrapper: Tracing.wrapper(calls, inject: inject))
            } catch let failure as DaemonProcess.NotStarted {
                return End(status: failure.status, hasStarted: false, log: failure.log)
            }
            var plan = LoadPlan(connections: 2, acknowledgements: 10, sends: 30)
            plan.doubles = 100
            await stage.load.run(plan, port: daemon.port)
            try await stage.drain(daemon)
            daemon.signal(SIGTERM)
            let status = try await daemon.end(within: 60)
            return End(status: status, hasStarted: true, log: daemon.lines.suffix(40).joined(separator: "\n"))
        }

        private func end(_ stage: StoreStage, seed: UInt64) async throws {
            let daemon = try await stage.start()
            await stage.load.run(.settling, port: daemon.port)
            #expect(stage.load.open == [])
            try await stage.drain(daemon)
            #expect(try await daemon.terminate() == 0)
            let findings = try stage.findings(isDrained: true)
            #expect(findings.isClean, "at the end, seed \(seed): \(findings)")
        }
    }
}

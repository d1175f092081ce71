import Foundation
import Model
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

extension Torture {
    /// T6: a vendor that delivers again and again. Every shape of it is evaluated once, and every reply is 200 with one body.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct RedeliveryTests {
        private static let conversations = max(TestScale.rounds(usual: 40) / 4, 2)

        @Test(arguments: [LoadSite.rocketChat, .huggy])
        func aRetryStormFiresNothingTwice(site: LoadSite) async throws {
            let seed = TestScale.seed(usual: 6)
            let ground = try LoadGround(
                site, conversations: Self.conversations, seed: seed, vendor: .init(delay: 0...10, seed: seed))
            let first = try await ground.start()
            await eachConversation(seq: 1) { event in
                for _ in 0..<10 { await ground.load.burst(event, sockets: 1, port: first.port) }
            }
            // The first of them is not committed when the others come.
            await eachConversation(seq: 2) { await ground.load.burst($0, sockets: 10, port: first.port) }
            try await acrossAReload(ground, first, seq: 3)
            let second = try await acrossAKill(ground, first, seq: 4)
            try await ground.settle(second)
            #expect(try await second.terminate() == 0)

            // Most of what was kept is removed, and the marks stay: they are younger than a week.
            try await prune(ground)
            let third = try await ground.start()
            for seq in 1...4 { await eachConversation(seq: seq) { await ground.load.burst($0, sockets: 2, port: third.port) } }
            try await ground.settle(third)
            #expect(try await third.terminate() == 0)

            var checker = LedgerChecker(site, mostRepeats: 8)
            checker.body = "{}"
            let findings = try ground.findings(checker)
            #expect(findings.isClean, "seed \(seed), \(site.account): \(findings)")
            #expect(ground.ledger.acknowledged.count == 4 * Self.conversations)
            let unanswered = ground.ledger.sends.filter { !$0.outcome.isAcknowledged && $0.event.seq != 4 }
            #expect(unanswered.isEmpty, "\(unanswered.prefix(5))")
        }

        private func eachConversation(seq: Int, _ body: @escaping @Sendable (LoadEvent) async -> Void) async {
            await withTaskGroup(of: Void.self) { group in
                for conversation in 1...Self.conversations {
                    group.addTask { await body(LoadEvent(conversation: conversation, seq: seq)) }
                }
            }
        }

        private func acrossAReload(_ ground: LoadGround, _ daemon: DaemonProcess, seq: Int) async throws {
            let seen = daemon.lines.count
            async let bursts: Void = eachConversation(seq: seq) { event in
                for _ in 0..<5 { await ground.load.burst(event, sockets: 2, port: daemon.port) }
            }
            daemon.signal(SIGHUP)
            await bursts
            #expect(try await daemon.wait(for: "revision=", from: seen) != nil)
            await eachConversation(seq: seq) { await ground.load.burst($0, sockets: 2, port: daemon.port) }
        }

        /// Some copies come before it, some are under way, some come to the next process.
        private func acrossAKill(_ ground: LoadGround, _ daemon: DaemonProcess, seq: Int) async throws -> DaemonProcess {
            let before = ground.ledger.acknowledged.count
            async let bursts: Void = eachConversation(seq: seq) { event in
                for _ in 0..<5 { await ground.load.burst(event, sockets: 3, port: daemon.port) }
            }
            try await daemon.until { ground.ledger.acknowledged.count > before }
            try await daemon.kill9()
            await bursts
            let next = try await ground.start()
            await eachConversation(seq: seq) { await ground.load.burst($0, sockets: 3, port: next.port) }
            return next
        }

        /// As the daemon prunes six days later, where captures are not to be kept.
        private func prune(_ ground: LoadGround) async throws {
            let path = ground.folder.path + "/bellhop.db"
            let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
            let store = try SQLiteStore.open(path: path)
            let day = Duration.seconds(86_400)
            let retention = Retention(
                captures: now.adding(day), marks: now.adding(.zero - day), conversations: now.adding(.zero - day))
            var place: PruneCursor?
            var removed = PruneResult.Removed()
            repeat {
                let step = try await store.prune(retention, from: place, limit: 500)
                removed += step.removed
                place = step.next
            } while place != nil
            try await store.close()
            #expect(removed.total > 0)
        }
    }
}

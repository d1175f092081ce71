import Foundation
import GRDB
import Glibc
import TestSupport
import Testing

extension Torture {
    /// T17, T20: a disk that others fill, and a log that others keep.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct DiskFullTests {
        /// R9: filled from outside at random moments, also to the last byte: 503 while it is full, nothing lost, and everything as
        /// before when there is room again.
        @Test func aFullDiskLosesNothingAndHeals() async throws {
            let seed = TestScale.seed(usual: 2_017)
            let stage = try StoreStage(seed: seed, limits: "free_space: 8MiB", store: "disk/bellhop.db")
            let disk = try await SmallDisk(in: stage.folder, at: "disk", megabytes: 64)
            let daemon = try await stage.start(wrapper: disk.wrapper)
            let linesOfTheStart = daemon.lines.count
            let begin = ContinuousClock().now
            var random = SplitMix64(seed: seed)
            let client = try Client()
            for round in 0..<TestScale.rounds(usual: 2) {
                // To the last byte, or to somewhere below the limit.
                let left = round.isMultiple(of: 2) ? 0 : Int.random(in: 0..<(7 << 20), using: &random)
                let before = stage.ledger.sends.count
                let load = Task { await stage.load.run(LoadPlan(connections: 4, perSecond: 200), port: daemon.port) }
                try await daemon.until { stage.load.acknowledgements >= Int.random(in: 1..<100, using: &random) }
                try disk.fill(leaving: left)
                try await daemon.until { stage.ledger.sends.dropFirst(before).contains { $0.outcome.status == 503 } }
                await Metrics.wait(client, daemon) { $0["bellhop_store_full"] == 1 }
                if left == 0 { try disk.fill(leaving: 0) }
                #expect(await client.get("http://\(daemon.admin)/health/ready")?.body.contains("\"disk\"") == true)
                // Held while a hundred more are refused.
                let refused = stage.ledger.sends.count
                try await daemon.until { stage.ledger.sends.count >= refused + 100 }
                let whileFull = stage.ledger.sends.dropFirst(refused + 8).filter { $0.outcome.status != nil }
                #expect(whileFull.allSatisfy { $0.outcome.status == 503 }, "answered 200 on a full disk, seed \(seed)")
                disk.free()
                let freed = stage.load.acknowledgements
                try await daemon.until { stage.load.acknowledgements >= freed + 20 }
                stage.load.stop()
                await load.value
                await stage.load.run(.settling, port: daemon.port)
                #expect(stage.load.open == [])
                await Metrics.wait(client, daemon) { Metrics.isDrained($0) && $0["bellhop_store_full"] == 0 }
                #expect(await client.get("http://\(daemon.admin)/health/ready")?.status == 200)
            }
            await client.close()
            let words = daemon.lines.dropFirst(linesOfTheStart).filter {
                $0.contains("level=error") || $0.contains("level=warning")
            }
            let minutes = Int((ContinuousClock().now - begin) / .seconds(60))
            #expect(words.count <= 2 + minutes, "more than a line a minute: \(words)")
            #expect(words.first?.contains("disk is full") == true)
            #expect(try await daemon.terminate() == 0)
            let findings = try stage.findings(isDrained: true, at: try disk.copy(of: "bellhop.db", in: stage.folder))
            #expect(findings.isClean, "seed \(seed): \(findings)")
            #expect(stage.ledger.sends.allSatisfy { [200, 503, nil].contains($0.outcome.status) })
        }

        /// R9: what a kill leaves on a full disk is started from, by the reserve.
        @Test func startsOnAFullDiskAfterAKill() async throws {
            let seed = TestScale.seed(usual: 2_018)
            let stage = try StoreStage(seed: seed, limits: "free_space: 4MiB", store: "disk/bellhop.db")
            let disk = try await SmallDisk(in: stage.folder, at: "disk", megabytes: 32)
            let first = try await stage.start(wrapper: disk.wrapper)
            try await first.until { FileManager.default.fileExists(atPath: disk.path + "/bellhop.db-ballast") }
            await stage.load.run(LoadPlan(connections: 4, acknowledgements: 40), port: first.port)
            try disk.fill(leaving: 0)
            try await first.kill9()
            try disk.fill(leaving: 0)

            let second = try await stage.start(wrapper: disk.wrapper)
            let event = LoadEvent(conversation: 1, seq: 1_000)
            #expect(await stage.load.burst(event, sockets: 1, port: second.port).map(\.status) == [503])
            disk.free()
            try await second.until { second.lines.contains { $0.contains("room on the disk again") } }
            await stage.load.run(.settling, port: second.port)
            try await stage.drain(second)
            #expect(try await second.terminate() == 0)
            let findings = try stage.findings(isDrained: true, at: try disk.copy(of: "bellhop.db", in: stage.folder))
            #expect(findings.isClean, "seed \(seed): \(findings)")
        }

        /// R10: an operator who reads for long keeps the log from being moved: that is told, and passes with him.
        @Test func aLogThatAReaderKeepsIsToldAndShrinksAfterwards() async throws {
            let seed = TestScale.seed(usual: 2_020)
            let stage = try StoreStage(seed: seed, limits: "free_space: 1MiB")
            let daemon = try await stage.start()
            let client = try Client()
            await stage.load.run(LoadPlan(connections: 2, acknowledgements: 5), port: daemon.port)
            let reader = try DatabaseQueue(path: stage.database, configuration: Self.readingForLong)
            try await reader.writeWithoutTransaction { db in
                try db.execute(sql: "BEGIN")
                _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM inbox")
            }
            let load = Task { await stage.load.run(LoadPlan(connections: 4, perSecond: 150), port: daemon.port) }
            await Metrics.wait(client, daemon) { $0["bellhop_store_wal_large"] == 1 }
            let line = try await daemon.wait(for: "the store's log is large")
            #expect(line?.contains("level=warning") == true)
            try await reader.writeWithoutTransaction { db in try db.execute(sql: "COMMIT") }
            await Metrics.wait(client, daemon) { $0["bellhop_store_wal_large"] == 0 }
            stage.load.stop()
            await load.value
            await stage.load.run(.settling, port: daemon.port)
            try await stage.drain(daemon)
            var values: [String: Double] = [:]
            await Metrics.wait(client, daemon) {
                values = $0
                return $0["bellhop_store_wal_bytes"] == 0
            }
            #expect(values["bellhop_store_busy_total"] == 0)
            await client.close()
            #expect(try await daemon.terminate() == 0)
            #expect(stage.ledger.sends.allSatisfy { $0.outcome.status == 200 })
            #expect(try stage.findings(isDrained: true).isClean)
        }

        private static var readingForLong: Configuration {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.allowsUnsafeTransactions = true
            return configuration
        }
    }
}

/// A file system in memory, in a mount namespace that a process of its own keeps. Nobody else sees it, and it goes with that
/// process.
private final class SmallDisk: Sendable {
    private let holder: Child
    private let folder: String
    /// As this process sees it.
    let path: String

    struct Refused: Error, CustomStringConvertible {
        var log: String
        var description: String {
            "a file system cannot be mounted in a namespace of its own: \(log)\nRun the tests as root, or allow it: "
                + "sysctl kernel.unprivileged_userns_clone=1, docker run --cap-add=SYS_ADMIN."
        }
    }

    /// Fails with what to do where it may not be mounted.
    init(in folder: TemporaryFolder, at name: String, megabytes: Int) async throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
        let script = "mount -t tmpfs -o size=\(megabytes)m bellhop-test \(name) && echo mounted && exec cat"
        let child = try Child(
            "/usr/bin/env", ["unshare"] + Self.flags + ["sh", "-c", script], in: folder.path,
            environment: ProcessInfo.processInfo.environment)
        holder = child
        self.folder = folder.path
        path = "/proc/\(child.id)/root\(folder.path)/\(name)"
        let isMounted = try await blocking {
            var line = [UInt8](repeating: 0, count: 64)
            return read(child.output, &line, line.count) > 0
        }
        guard isMounted else {
            var log: [UInt8] = []
            Child.readToEnd(child.errors) { log += $0 }
            throw Refused(log: String(decoding: log, as: UTF8.self))
        }
    }

    private static var flags: [String] { geteuid() == 0 ? ["--mount"] : ["--mount", "--map-root-user"] }

    /// Puts a program onto the disk.
    var wrapper: [String] {
        ["nsenter", "--target", "\(holder.id)", "--mount"] + (geteuid() == 0 ? [] : ["--user", "--preserve-credentials"])
            + ["--wdns=\(folder)"]
    }

    /// Takes all space but so many bytes, in a file of its own; again, what came free since.
    func fill(leaving rest: Int) throws {
        var answer = statvfs()
        guard statvfs(path, &answer) == 0 else { throw Refused(log: "statvfs: \(errno)") }
        let free = Int(answer.f_bavail) * Int(answer.f_frsize)
        guard free > rest else { return }
        let file = open(path + "/fill-\(UUID().uuidString)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { close(file) }
        let piece = [UInt8](repeating: 0x46, count: 65_536)
        var left = free - rest
        // A daemon that writes at the same time may leave less than was asked.
        while left > 0 {
            let count = write(file, piece, min(left, piece.count))
            guard count > 0 else { break }
            left -= count
        }
    }

    /// SQLite would follow the link of /proc to a folder that has no disk in it.
    func copy(of name: String, in folder: TemporaryFolder) throws -> String {
        let copy = folder.path + "/copy.db"
        for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + "/" + name + suffix) {
            try FileManager.default.copyItem(atPath: path + "/" + name + suffix, toPath: copy + suffix)
        }
        return copy
    }

    func free() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names where name.hasPrefix("fill-") { unlink(path + "/" + name) }
    }
}

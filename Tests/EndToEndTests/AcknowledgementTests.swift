import Foundation
import TestSupport
import Testing

extension Torture {
    /// T5, T4: what the kernel was asked for, in which order, and what a power cut would have left of it. No answer of the
    /// program itself is believed.
    @Suite(.timeLimit(.minutes(TestScale.minutes(usual: 15)))) struct AcknowledgementTests {
        /// R1: 200 goes out after the sync of the log that holds the event has ended, for every single answer.
        @Test func everyAcknowledgementFollowsTheSyncOfItsEvent() async throws {
            let seed = TestScale.seed(usual: 2_005)
            let stage = try StoreStage(seed: seed)
            try await Tracing.demand(in: stage.folder)
            let daemon = try await stage.start(
                wrapper: Tracing.wrapper(
                    "pwrite64,fdatasync,fsync,read,recvfrom,write,writev,sendto,sendmsg", options: ["-s", "5000"]))
            var plan = LoadPlan(connections: 6, acknowledgements: 25 * TestScale.rounds(usual: 10))
            // Repeats are acknowledged for the sync of the first.
            plan.doubles = 50
            await stage.load.run(plan, port: daemon.port)
            #expect(try await daemon.terminate() == 0)
            _ = try await daemon.end(within: 60)

            var order = SyncOrder()
            for call in try SystemCalls(path: stage.trace).calls.sorted(by: { $0.begun < $1.begun }) { order.note(call) }
            #expect(order.early == [], "answered 200 before the sync, seed \(seed): \(order.early.prefix(20))")
            #expect(order.acknowledged >= 200, "only \(order.acknowledged) answers were seen: is the trace read rightly?")
            #expect(order.acknowledged == stage.ledger.sends.count { $0.outcome.isAcknowledged })
        }

        /// R1: whatever of the writes that were not synced yet is lost at a power cut, in whatever order, also in the middle of a
        /// sector: what was answered 200 by then is there, and the file is sound.
        @Test func aPowerCutTakesNothingThatWasAcknowledged() async throws {
            let seed = TestScale.seed(usual: 2_004)
            let stage = try StoreStage(seed: seed)
            try await Tracing.demand(in: stage.folder)
            let daemon = try await stage.start(
                wrapper: Tracing.wrapper(
                    "pwrite64,fdatasync,fsync,ftruncate,read,write,writev,sendto,sendmsg", options: ["-s", "5000", "-xx"]))
            let client = try Client()
            await stage.load.run(LoadPlan(connections: 3, acknowledgements: 15), port: daemon.port)
            // The log is moved when nobody writes for a second.
            await Metrics.wait(client, daemon) { Metrics.isDrained($0) && $0["bellhop_store_wal_bytes"] == 0 }
            await stage.load.run(LoadPlan(connections: 3, acknowledgements: 15), port: daemon.port)
            await client.close()
            #expect(try await daemon.terminate() == 0)
            _ = try await daemon.end(within: 60)

            let disk = try RecordedDisk(calls: try SystemCalls(path: stage.trace).calls)
            #expect(disk.acknowledged.count >= 30)
            #expect(disk.count(ofWritesTo: "bellhop.db-wal") > 100)
            #expect(disk.count(ofWritesTo: "bellhop.db") > 30)
            var random = SplitMix64(seed: seed)
            for _ in 0..<(12 * TestScale.rounds(usual: 10)) {
                let cut = Int.random(in: disk.firstAcknowledgement...disk.operations.count, using: &random)
                let folder = try TemporaryFolder()
                let expected = try disk.rebuild(cut: cut, in: folder.path, &random)
                let store = try StoreReading(path: folder.path + "/bellhop.db")
                let lost = expected.subtracting(store.events.map(\.event))
                #expect(lost.isEmpty, "power cut after operation \(cut) of \(disk.operations.count), seed \(seed): lost \(lost)")
                #expect(store.damage == [], "power cut after operation \(cut), seed \(seed)")
            }
        }
    }
}

/// Which events are in a synced log, and which were answered before they were.
private struct SyncOrder {
    private var written: [LoadEvent: Int] = [:]
    private var syncs: [(begun: Int, ended: Int)] = []
    /// The event of the request that came in last, by socket.
    private var requests: [Int: LoadEvent] = [:]
    private(set) var early: [LoadEvent] = []
    private(set) var acknowledged = 0

    /// In order of beginnings.
    mutating func note(_ call: SystemCalls.Call) {
        guard let descriptor = call.descriptor else { return }
        switch call.name {
        case "pwrite64" where call.isOf("bellhop.db-wal"):
            for event in call.events where written[event] == nil { written[event] = call.ended }
        case "fdatasync", "fsync":
            if call.isOf("bellhop.db-wal"), call.result == 0 { syncs.append((call.begun, call.ended)) }
        case "read", "recvfrom":
            if let event = call.events.first { requests[descriptor] = event }
        case "write", "writev", "sendto", "sendmsg":
            guard call.contains("HTTP/1.1 200"), let event = requests.removeValue(forKey: descriptor) else { return }
            acknowledged += 1
            let isSynced =
                written[event].map { end in syncs.contains { $0.begun > end && $0.ended < call.begun } } ?? false
            if !isSynced { early.append(event) }
        default: break
        }
    }
}

/// What was written to the database and its log, when it was synced, and when answers went out.
private struct RecordedDisk {
    enum Operation {
        case write(Int, file: String, at: Int, [UInt8])
        case truncate(Int, file: String, to: Int)
        /// What was written to the file by calls that had ended when this one began, and this one has ended.
        case sync(file: String, begun: Int)
        case acknowledge(LoadEvent)
    }

    private(set) var operations: [Operation] = []
    private(set) var firstAcknowledgement = 0
    private(set) var acknowledged: Set<LoadEvent> = []

    init(calls: [SystemCalls.Call]) throws {
        var requests: [Int: LoadEvent] = [:]
        for call in calls {
            let file = ["bellhop.db", "bellhop.db-wal"].first { call.isOf($0) }
            switch (call.name, file) {
            case ("pwrite64", let file?):
                guard let place = call.lastNumbers(1).first, call.result != nil else { continue }
                operations.append(.write(call.ended, file: file, at: place, call.data))
            case ("ftruncate", let file?):
                if let length = call.lastNumbers(1).first { operations.append(.truncate(call.ended, file: file, to: length)) }
            case ("fdatasync", let file?), ("fsync", let file?):
                if call.result == 0 { operations.append(.sync(file: file, begun: call.begun)) }
            case ("read", nil):
                let text = String(decoding: call.data, as: UTF8.self)
                if let descriptor = call.descriptor, text.contains("order ev"), let event = LoadEvent(in: text) {
                    requests[descriptor] = event
                }
            case (_, nil):
                guard String(decoding: call.data, as: UTF8.self).hasPrefix("HTTP/1.1 200"), let descriptor = call.descriptor,
                    let event = requests.removeValue(forKey: descriptor)
                else { continue }
                if acknowledged.isEmpty { firstAcknowledgement = operations.count + 1 }
                acknowledged.insert(event)
                operations.append(.acknowledge(event))
            default: break
            }
        }
    }

    func count(ofWritesTo file: String) -> Int {
        operations.count { if case .write(_, file, _, _) = $0 { true } else { false } }
    }

    private static let sector = 512

    /// Writes the files as a disk without power since so many operations could show them: all that was synced, and of the rest
    /// what chance says, sector by sector.
    /// - Returns: what was answered by then.
    func rebuild(cut: Int, in folder: String, _ random: inout SplitMix64) throws -> Set<LoadEvent> {
        var answered: Set<LoadEvent> = []
        var files: [String: [UInt8]] = ["bellhop.db": [], "bellhop.db-wal": []]
        let mode = random.next() % 3
        for name in Array(files.keys) {
            // By places: what comes before it in the trace is on the disk for certain.
            var synced = -1
            for operation in operations.prefix(cut) {
                if case .sync(name, let begun) = operation { synced = max(synced, begun) }
            }
            var content: [UInt8] = []
            for operation in operations.prefix(cut) {
                switch operation {
                case .write(let ended, name, let offset, let data):
                    switch ended < synced ? 1 : mode {
                    case 0: continue
                    case 1: Self.put(data[...], at: offset, in: &content)
                    default:
                        for start in stride(from: 0, to: data.count, by: Self.sector) where random.next() % 2 == 0 {
                            let end = min(start + Self.sector, data.count)
                            Self.put(data[start..<end], at: offset + start, in: &content)
                        }
                    }
                case .truncate(let ended, name, let length):
                    guard ended < synced || random.next() % 2 == 0 else { continue }
                    content = Array(content.prefix(length)) + Array(repeating: 0, count: max(0, length - content.count))
                default: break
                }
            }
            files[name] = content
        }
        for case .acknowledge(let event) in operations.prefix(cut) { answered.insert(event) }
        for (name, content) in files { try Data(content).write(to: URL(fileURLWithPath: folder + "/" + name)) }
        return answered
    }

    private static func put(_ data: ArraySlice<UInt8>, at offset: Int, in content: inout [UInt8]) {
        if content.count < offset + data.count {
            content += Array(repeating: 0, count: offset + data.count - content.count)
        }
        content.replaceSubrange(offset..<(offset + data.count), with: data)
    }
}

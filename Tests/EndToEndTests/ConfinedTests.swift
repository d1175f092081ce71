import Foundation
import TestSupport
import Testing

/// The daemon with what its systemd unit allows it, and no more: Tests/confine stands in for systemd, by the unit's own lines.
@Suite(.timeLimit(.minutes(15))) struct ConfinedTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private struct NoUnit: Error { var why: String }

    /// The values of a key of the unit, in order.
    private static func values(of key: String) throws -> [String] {
        try String(contentsOfFile: "\(root)/systemd/bellhop.service", encoding: .utf8).split(separator: "\n")
            .compactMap { $0.hasPrefix("\(key)=") ? String($0.dropFirst(key.count + 1)) : nil }
    }

    /// The system calls that the unit allows, by its SystemCallFilter= lines and systemd's own groups of calls.
    private static func allowed() throws -> Set<String> {
        let groups = try self.groups()
        var allowed = groups["@default"] ?? []
        for line in try values(of: "SystemCallFilter") {
            let isDenied = line.hasPrefix("~")
            let words = line.drop { $0 == "~" }.split(separator: " ").map(String.init)
            guard words.allSatisfy({ !$0.hasPrefix("@") || groups[$0] != nil }) else {
                throw NoUnit(why: "systemd knows no such group: \(line)")
            }
            let calls = words.reduce(into: Set<String>()) { $0.formUnion(groups[$1] ?? [$1]) }
            if isDenied { allowed.subtract(calls) } else { allowed.formUnion(calls) }
        }
        return allowed
    }

    private static func groups() throws -> [String: Set<String>] {
        let listing = try output(of: "/usr/bin/systemd-analyze", ["--no-pager", "syscall-filter"])
        var members: [String: Set<String>] = [:]
        var current = ""
        for line in listing.split(separator: "\n") {
            let word = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("@") { current = word }
            if line.hasPrefix(" "), !word.hasPrefix("#") { members[current, default: []].insert(word) }
        }
        func expanded(_ name: String) -> Set<String> {
            (members[name] ?? []).reduce(into: []) { $0.formUnion($1.hasPrefix("@") ? expanded($1) : [$1]) }
        }
        return members.keys.reduce(into: [:]) { $0[$1] = expanded($1) }
    }

    private static func output(of program: String, _ arguments: [String]) throws -> String {
        let child = try Child(program, arguments, in: "/", environment: ["PATH": "/usr/bin:/bin"])
        child.closeInput()
        var bytes: [UInt8] = []
        Child.readToEnd(child.output) { bytes += $0 }
        guard child.wait() == 0 else { throw NoUnit(why: "\(program) \(arguments) failed") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Starts what follows it, and writes each system call that failed into a file. It traces from a process of its own, so
    /// that the daemon is the child.
    private static func traced(into file: String) -> [String] {
        ["/usr/bin/strace", "-D", "-f", "-qq", "-e", "status=failed", "-o", file]
    }

    private static func confined() async throws -> [String] {
        let calls = try await blocking { try allowed() }
        #expect(calls.contains("fdatasync") && !calls.contains("mount") && !calls.contains("ptrace"))
        let confine = URL(fileURLWithPath: Program.path).deletingLastPathComponent().appendingPathComponent("confine").path
        return [confine, calls.sorted().joined(separator: ",")]
    }

    /// What libraries try, and do without as well: priorities of libdispatch's threads; the C library's look at which
    /// families the machine has addresses of; SQLite's gift of its files to their folder's owner, which only root makes.
    private static let dispensable = ["setpriority(", "socket(AF_NETLINK, ", "fchown("]

    /// Lines of a trace that the filter made fail, and that nobody expects to. The filter answers EPERM, and nothing else here
    /// does.
    private static func refusals(in file: String) throws -> [Substring] {
        try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").filter { line in
            line.contains(" EPERM ") && !dispensable.contains { line.contains($0) }
        }
    }

    @Test func theDaemonNeedsNothingThatTheUnitForbids() async throws {
        let site = LoadSite.huggy
        let vendor = try VendorLog(site)
        defer { vendor.stop() }
        let folder = try TemporaryFolder()
        try folder.write(site.configuration(api: vendor.url), to: "bellhop.yaml")
        try folder.write(site.rules, to: "rules/shop.yaml")
        let trace = folder.path + "/trace"
        let daemon = try await DaemonProcess.start(
            in: folder.path, environment: site.environment, wrapper: Self.traced(into: trace) + (try await Self.confined()))
        let ledger = try SendLedger()
        let port = try #require(daemon.listen.split(separator: ":").last.flatMap { UInt16($0) })
        await LoadGenerator(ledger, conversations: 8, seed: 7, webhook: site.webhook)
            .run(LoadPlan(acknowledgements: 40), port: port)
        #expect(try await Program.run(["reload"], in: folder.path, environment: site.environment).status == 0)
        #expect(try await Program.run(["status"], in: folder.path, environment: site.environment).status == 0)
        let client = try Client()
        await Metrics.wait(client, daemon, until: Metrics.isDrained)
        await client.close()
        #expect(try await daemon.terminate() == 0)

        let findings = LedgerChecker(site).findings(
            sends: ledger.sends, store: try StoreReading(path: folder.path + "/bellhop.db"), arrivals: vendor.arrivals)
        #expect(findings.isClean, "\(findings)")
        let refusals = try Self.refusals(in: trace)
        #expect(refusals == [])
    }

    /// The filter filters: what the unit forbids fails under it.
    @Test func theFilterRefusesWhatTheUnitForbids() async throws {
        let launcher = try await Self.confined()
        let cases = [
            ("/usr/bin/unshare", ["--user", "true"]), ("/usr/bin/chrt", ["--fifo", "1", "true"]),
            ("/usr/bin/nice", ["-n", "5", "true"]),
        ]
        for (program, arguments) in cases {
            let child = try Child(
                launcher[0], [launcher[1], program] + arguments, in: "/", environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C"])
            child.closeInput()
            let said = try await blocking {
                var bytes: [UInt8] = []
                Child.readToEnd(child.errors) { bytes += $0 }
                _ = child.wait()
                return String(decoding: bytes, as: UTF8.self)
            }
            #expect(said.contains("Operation not permitted"), "\(program): \(said)")
        }
    }
}

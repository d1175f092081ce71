import Foundation
import TestSupport
import Testing

/// A daemon with its folder, a vendor, and customers who write: what tests of the store's disk play on.
struct StoreStage {
    let site = LoadSite.huggy
    let folder: TemporaryFolder
    let vendor: VendorLog
    let ledger: SendLedger
    let load: LoadGenerator

    /// - Parameters:
    ///   - limits: more of the section `limits`, such as `free_space: 4MiB`.
    ///   - store: where the database is, from the folder on.
    init(conversations: Int = 6, seed: UInt64, limits: String? = nil, store: String = "bellhop.db") throws {
        folder = try TemporaryFolder()
        vendor = try VendorLog(site)
        ledger = try SendLedger()
        load = LoadGenerator(ledger, conversations: conversations, seed: seed, webhook: site.webhook)
        var configuration = site.configuration(api: vendor.url)
            .replacingOccurrences(of: "sqlite:bellhop.db", with: "sqlite:" + store)
        if let limits { configuration = configuration.replacingOccurrences(of: "limits: {", with: "limits: { \(limits),") }
        try folder.write(configuration, to: "bellhop.yaml")
        try folder.write(site.rules, to: "rules/load.yaml")
    }

    var database: String { folder.path + "/bellhop.db" }
    var trace: String { folder.path + "/trace" }

    func start(wrapper: [String] = []) async throws -> DaemonProcess {
        try await DaemonProcess.start(in: folder.path, environment: site.environment, wrapper: wrapper)
    }

    /// Until all that was taken is decided and sent, or the daemon is gone.
    func drain(_ daemon: DaemonProcess) async throws {
        let client = try Client()
        await Metrics.wait(client, daemon, until: Metrics.isDrained)
        await client.close()
    }

    /// What is wrong with the stopped daemon's store.
    /// - Parameter isDrained: nothing may be left to do.
    func findings(isDrained: Bool, at path: String? = nil) throws -> LedgerFindings {
        var checker = LedgerChecker(site)
        checker.isDrained = isDrained
        checker.statuses = [200, 503]
        let store = try StoreReading(path: path ?? database)
        return checker.findings(sends: ledger.sends, store: store, arrivals: vendor.arrivals)
    }
}

/// `strace`, by which tests make system calls fail, end the process, or tell what was asked of the kernel.
enum Tracing {
    struct Unusable: Error, CustomStringConvertible {
        var log: String
        var description: String {
            "strace cannot be used: \(log)\nIt is installed by `make packages` (scripts/install-packages.sh). In a container allow "
                + "ptrace: docker run --cap-add=SYS_PTRACE, or sysctl kernel.yama.ptrace_scope=1."
        }
    }

    /// Fails with what to do where it does not work: what it shows is shown by nothing else.
    static func demand(in folder: TemporaryFolder) async throws {
        let result: (Int32, String) = try await blocking {
            let child = try Child(
                "/usr/bin/env", ["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", "probe", "-e", "trace=fdatasync", "true"],
                in: folder.path, environment: ProcessInfo.processInfo.environment)
            child.closeInput()
            var bytes: [UInt8] = []
            Child.readToEnd(child.errors) { bytes += $0 }
            return (child.wait(), String(decoding: bytes, as: UTF8.self))
        }
        guard result.0 == 0, result.1.isEmpty else { throw Unusable(log: "status \(result.0) \(result.1)") }
    }

    /// Becomes the program that is traced; the tracer is a process beside it.
    static func wrapper(_ calls: String, inject: String? = nil, options: [String] = []) -> [String] {
        // With the kernel's own filter it is faster, but then harms the first call of a thread only, whatever `when` says.
        ["strace", "-D", "-f", "-qq", "-y", "-o", "trace", "-e", "trace=\(calls)", "-e", "signal=none"] + options
            + (inject.map { ["-e", "inject=\($0)"] } ?? ["--seccomp-bpf"])
    }
}

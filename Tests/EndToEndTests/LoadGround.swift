import Foundation
import TestSupport
import Testing

/// Everything around a daemon under load: its folder, the vendor that it calls, those who send it webhooks, and what is known
/// of it all at the end.
final class LoadGround: Sendable {
    let site: LoadSite
    let folder: TemporaryFolder
    let vendor: VendorLog
    let ledger: SendLedger
    let load: LoadGenerator

    init(
        _ site: LoadSite, conversations: Int, seed: UInt64, vendor behaviour: VendorLog.Behaviour = .init()
    ) throws {
        self.site = site
        folder = try TemporaryFolder()
        vendor = try VendorLog(site, behaviour)
        try folder.write(site.configuration(api: vendor.url), to: "bellhop.yaml")
        try folder.write(site.rules, to: "rules/load.yaml")
        ledger = try SendLedger(path: folder.path + "/sends.log")
        load = LoadGenerator(ledger, conversations: conversations, seed: seed, webhook: site.webhook)
    }

    deinit { vendor.stop() }

    func start(environment: [String: String] = [:]) async throws -> DaemonProcess {
        try await DaemonProcess.start(
            in: folder.path, environment: site.environment.merging(environment) { _, new in new })
    }

    /// Sends everything that was not acknowledged again, until it is, and waits until nothing is left to decide or to send.
    func settle(_ daemon: DaemonProcess) async throws {
        await load.run(.settling, port: daemon.port)
        let client = try Client()
        // Asking takes its share of the machine from whoever is asked.
        try await daemon.until {
            guard let answer = await client.get("http://\(daemon.admin)/metrics") else { return false }
            let values = Metrics.values(answer.body)
            // It would never be drained.
            guard !Metrics.isAcceptingOnly(values) else { throw AcceptsOnly(log: daemon.lines) }
            return Metrics.isDrained(values)
        }
        await client.close()
    }

    /// After so many crashes without a decision between, or without rules.
    struct AcceptsOnly: Error {
        var log: [String]
    }

    /// Of a daemon that has stopped.
    func findings(_ checker: LedgerChecker? = nil) throws -> LedgerFindings {
        (checker ?? LedgerChecker(site)).findings(
            sends: ledger.sends, store: try StoreReading(path: folder.path + "/bellhop.db"), arrivals: vendor.arrivals)
    }
}

import Delivery
import Foundation
package import Model
import Storage
import StorageSQLite

/// The checks that a running daemon makes of itself, for `bellhop doctor`.
struct Doctor: Sendable {
    let settings: Settings
    let health: Health
    let store: any Store
    /// Nil for a store that keeps no ledger.
    let ledger: (any Ledger)?
    let conditions: @Sendable () -> [String: AccountCondition]
    let clock: @Sendable () -> Instant

    func findings(isThorough: Bool) async throws(StoreError) -> [DoctorFinding] {
        let now = clock()
        var findings = SecretChecks.findings(
            of: settings, reader: SecretReader(environment: ProcessInfo.processInfo.environment))
        findings.append(WorkChecks.readiness(await health.obstacle()))
        if let ledger {
            let found = try await ledger.examination(isThorough: isThorough)
            findings += StoreChecks.findings(found, isThorough: isThorough)
        }
        findings += MachineChecks.findings(of: settings, now: now)
        findings += WorkChecks.findings(try await store.counts(), now: now)
        findings.append(WorkChecks.accounts(conditions()))
        return findings
    }
}

/// The same for a daemon that does not run: its store is looked at from here, and kept from being opened meanwhile.
package enum StoppedDoctor {
    /// The store cannot be looked at. A sentence in lower case without a full stop.
    package struct LookError: Error, Sendable, Hashable {
        package let message: String
    }

    package static func findings(of settings: Settings, isThorough: Bool, now: Instant) throws(LookError) -> [DoctorFinding] {
        let reader = SecretReader(environment: ProcessInfo.processInfo.environment)
        var findings = SecretChecks.findings(of: settings, reader: reader)
        findings += try store(settings, isThorough: isThorough, now: now)
        return findings + MachineChecks.findings(of: settings, now: now)
    }

    private static func store(
        _ settings: Settings, isThorough: Bool, now: Instant
    ) throws(LookError) -> [DoctorFinding] {
        guard case .sqlite(let path) = settings.store else { return [] }
        guard FileManager.default.fileExists(atPath: path) else {
            return [DoctorFinding(.schema, .ok, "there is no store at \(path) yet: the first start makes it")]
        }
        guard let lock = StoreLock(besides: path) else {
            throw LookError(message: "another process has \(path) open, and does not answer on the control socket")
        }
        defer { withExtendedLifetime(lock) {} }
        let look: SQLiteStore.Look
        do { look = try SQLiteStore.look(at: path, isThorough: isThorough) } catch {
            return [
                DoctorFinding(
                    .integrity, .fail, "the store cannot be read: \(error)",
                    help: "look at the file's owner and mode; keep a copy of it and restore a backup if it is damaged")
            ]
        }
        switch look {
        case .later(let version):
            return [
                DoctorFinding(
                    .schema, .fail, "the store was written by a later Bellhop, its tables are of version \(version)",
                    help: "use that Bellhop, or restore a backup")
            ]
        case .earlier(let version, let damage):
            var examination = StoreExamination()
            examination.damage = damage
            return StoreChecks.findings(examination, isThorough: isThorough).filter { $0.check == .integrity } + [
                DoctorFinding(.schema, .ok, "tables of version \(version): the next start brings them up to date")
            ]
        case .examined(let examination, let counts):
            return StoreChecks.findings(examination, isThorough: isThorough) + WorkChecks.findings(counts, now: now)
        }
    }
}

import Daemon
import Delivery
import Foundation
import Model
import RuleFiles
import Rules
import VendorKit
import Vendors

/// `check --online`: asks the vendors of the configured accounts, by reading calls alone, and compares what they tell with
/// configuration and rules.
struct OnlineCheck {
    let settings: Settings
    let places: ConfigurationPlaces
    /// Nil for all accounts.
    let account: String?
    let timeoutMilliseconds: Int64
    /// False for a run that says only what it found.
    let showsProgress: Bool

    struct Outcome {
        var reports: [OnlineReport]
        /// Sorted by place.
        var diagnostics: [Diagnostic]
    }

    /// Accounts are asked at the same time, each one's calls one after the other.
    /// - Throws: `Exit` 3 when a secret cannot be read, 4 when no call can be made at all.
    func outcome(rules: [Rule], flows: [Flow]) async throws -> Outcome {
        let credentials = try credentials()
        let surveys = try await surveys(credentials)
        let accounts = settings.accounts.map(\.account)
        let verdict = OnlineVerdict(surveys: surveys, accounts: accounts, places: places)
        let named = NamedPlaces(accounts: accounts).places(in: rules, flows)
        return Outcome(
            reports: surveys.map { OnlineReport(survey: $0, notes: verdict.notes(on: $0, for: named)) },
            diagnostics: verdict.diagnostics(for: named))
    }

    // MARK: Credentials

    private enum Credentials {
        case secrets([String: String])
        case none(String)
    }

    private var chosen: [AccountSettings] {
        settings.accounts.filter { account == nil || $0.account.id == account }
    }

    /// Of the chosen accounts, in their order.
    private func credentials() throws -> [Credentials] {
        let reader = SecretReader(environment: ProcessInfo.processInfo.environment)
        var problems: [SecretError] = []
        let result = chosen.map { settings in
            var secrets: [String: String] = [:]
            var ownProblems: [SecretError] = []
            for (name, reference) in settings.apiSecrets.sorted(by: { $0.value.at < $1.value.at }) {
                do throws(SecretError) { secrets[name] = try reader.text(reference) } catch { ownProblems.append(error) }
            }
            if settings.delivery == .live { problems += ownProblems }
            if let problem = ownProblems.first { return Credentials.none("delivery is print, and \(problem.message)") }
            let vendor = VendorCatalog.vendor(settings.account.vendor)
            let isComplete = settings.delivery == .live || vendor.map(settings.hasAllCredentials) ?? false
            return isComplete
                ? .secrets(secrets) : .none("delivery is print, and `api` names no complete credentials")
        }
        guard problems.isEmpty else {
            for problem in problems { Output.complain("\(problem.at.text): \(problem.message)") }
            throw Exit(.unusable, "bellhop: the configuration's secrets cannot be read")
        }
        return result
    }

    // MARK: Calls

    private func surveys(_ credentials: [Credentials]) async throws -> [AccountSurvey] {
        let transport: CurlTransport
        do { transport = try CurlTransport(version: Version.text) } catch {
            throw Exit(.environment, "bellhop: no call can be made: \(error.message)")
        }
        let work = zip(chosen, credentials).enumerated()
        let surveys = await withTaskGroup(of: (Int, AccountSurvey?)?.self) { group in
            for (index, (settings, credentials)) in work {
                group.addTask { (index, await survey(settings, credentials, transport)) }
            }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(500))
                return nil
            }
            var surveys: [Int: AccountSurvey] = [:]
            var progress = OnlineProgress(count: chosen.count, isShown: showsProgress)
            for await result in group {
                if let (index, survey) = result { surveys[index] = survey }
                if surveys.count == chosen.count { break }
                progress.show(done: surveys.count, isLong: result == nil)
            }
            progress.end()
            group.cancelAll()
            return surveys
        }
        await transport.close(within: .zero)
        return surveys.sorted { $0.key < $1.key }.map(\.value)
    }

    private func survey(
        _ settings: AccountSettings, _ credentials: Credentials, _ transport: any Transport
    ) async -> AccountSurvey? {
        guard let vendor = VendorCatalog.vendor(settings.account.vendor) else { return nil }
        switch credentials {
        case .none(let reason): return .skipped(settings, vendor: vendor, because: reason)
        case .secrets(let secrets):
            let caller = OnlineCaller(
                vendor: vendor, transport: transport, secrets: secrets, wording: OnlineWording(secrets: secrets.values),
                timeoutMilliseconds: timeoutMilliseconds,
                clock: { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000)) },
                sleep: { try await Task.sleep(for: $0) })
            return await .taken(of: settings, by: caller)
        }
    }
}

extension AccountSettings {
    /// True when a call of the API would carry all that it needs. Only asked of accounts that need not have it.
    fileprivate func hasAllCredentials(for vendor: any Vendor) -> Bool {
        let headers = vendor.probes(account: account).flatMap(\.request.headers)
        let isComplete = headers.allSatisfy { header in
            if case .secret(let name, prefix: _) = header.value { apiSecrets[name] != nil } else { true }
        }
        return isComplete && (account.baseURL ?? vendor.profile.defaultBaseURL) != nil
    }
}

import Delivery
import Foundation
import Model

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What `doctor` finds in the secrets that the configuration names, and in who else may read them.
package enum SecretChecks {
    package static func findings(of settings: Settings, reader: SecretReader) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        for account in settings.accounts {
            if account.webhookSecrets.isEmpty {
                findings.append(
                    DoctorFinding(
                        .secrets, .warn, "account \(account.account.id) has no webhook secret: its webhooks are answered 503",
                        help: "give it `webhook: { secret: … }`"))
            }
            for reference in account.webhookSecrets {
                findings += finding(reference, minimum: SecretReader.shortestWebhookSecret, reader)
            }
            if account.delivery == .live {
                for reference in account.apiSecrets.values.sorted(by: { $0.at < $1.at }) {
                    findings += finding(reference, minimum: 1, reader)
                }
            }
        }
        return findings.isEmpty ? [DoctorFinding(.secrets, .ok, "every secret can be read")] : findings
    }

    private static func finding(
        _ reference: SecretReference, minimum: Int, _ reader: SecretReader
    ) -> [DoctorFinding] {
        do { _ = try reader.secret(reference, minimum: minimum) } catch {
            return [
                DoctorFinding(
                    .secrets, .fail, "\(error.at.text): \(error.message)", help: "mend it and restart; secrets are read at start")
            ]
        }
        guard case .file(let path) = reference.source, let mode = mode(of: path), mode & 0o077 != 0 else { return [] }
        return [
            DoctorFinding(
                .secrets, .warn, "\(reference.at.text): others may read the file \(path), it has mode 0\(String(mode, radix: 8))",
                help: "chmod 600 \(path)")
        ]
    }

    private static func mode(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }
}

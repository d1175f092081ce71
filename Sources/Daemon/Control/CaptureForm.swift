import JSON
import Model
import Storage
import VendorKit
import Vendors

/// A captured webhook as one line of a capture file, which `dry-run` reads: `{received_at, account, vendor, headers, body}`.
enum CaptureForm {
    /// - Parameter secrets: of the account. They, and what the vendor calls its secret in the body, are not in the line.
    static func value(_ capture: Capture, secrets: [String]) -> Value {
        var object: Value.Object = [
            "received_at": .string(capture.receivedAt.iso8601), "account": .string(capture.account),
            "vendor": .string(capture.vendor.rawValue),
        ]
        if !capture.headers.isEmpty {
            object["headers"] = .object(
                Value.Object(capture.headers.map { ($0.name, .string(redacted($0.value, secrets))) }))
        }
        object["body"] = body(capture, secrets)
        return .object(object)
    }

    private static func body(_ capture: Capture, _ secrets: [String]) -> Value {
        guard let root = try? JSONDocument(capture.body).root.value else {
            return .string(redacted(String(decoding: capture.body, as: UTF8.self), secrets))
        }
        let body = redacted(root, secrets)
        // Also one that is no longer in use, and so not among the secrets.
        return VendorCatalog.vendor(capture.vendor)?.withoutSecrets(body) ?? body
    }

    private static func redacted(_ value: Value, _ secrets: [String]) -> Value {
        switch value {
        case .null, .bool, .integer, .number: value
        case .string(let text): .string(redacted(text, secrets))
        case .array(let elements): .array(elements.map { redacted($0, secrets) })
        case .object(let object):
            .object(Value.Object(object.entries.map { (redacted($0.key, secrets), redacted($0.value, secrets)) }))
        }
    }

    private static func redacted(_ text: String, _ secrets: [String]) -> String {
        secrets.reduce(text) { text, secret in
            guard secret.utf8.count >= shortestSecret, text.utf8.count >= secret.utf8.count else { return text }
            return String(decoding: Array(text.utf8).replacing(Array(secret.utf8), with: "[redacted]".utf8), as: UTF8.self)
        }
    }

    /// In bytes: what is shorter is part of many words, and no secret to anybody.
    private static let shortestSecret = 6
}

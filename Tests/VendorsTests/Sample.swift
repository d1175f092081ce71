import Foundation
import JSON
import Model
import Testing
import VendorKit
import Vendors

/// One file of a vendor's `Samples` folder: what goes in, or what is expected of it.
///
/// | in | out | by |
/// |---|---|---|
/// | `x.payload.json`, a webhook's body | `x.events.json`, the events as output shows them | `receive` |
/// | `x.effect.json`, an `Effect` | `x.request.json`, the request as output shows it | `request` |
/// | `x.response.json`, `{status, headers, body, to}` | `x.outcome.json` | `outcome` |
/// | `x.prepared.json`, the same | `x.call.json`, `{read, call}` | `preparation`, `request(after:)` |
/// | `x.readback.json`, the same | `x.done.json`, `{read, done}` | `readBack`, `isDone` |
///
/// `read` is the request that was answered, or null where the vendor has none; `call` a request, null, or `{error}`;
/// `done` true, false or null.
/// `to` names the effect whose request, or read, was answered, `reply` when it is left out. `account.json` of a folder is the
/// account of all its samples: `{bots, departments, teams, agents, settings, base_url, tz}`. What a payload tells no time
/// of is received at 2026-01-05T12:00:00Z.
struct Sample: Sendable, CustomTestStringConvertible {
    let vendor: VendorID
    let name: String

    static let roles = [
        ("payload", "events"), ("effect", "request"), ("response", "outcome"), ("prepared", "call"), ("readback", "done"),
    ]
    /// What every vendor must have a sample of.
    static let requiredRoles = ["payload", "effect", "response"]
    /// A vendor's folder is called as its id, whatever the case.
    static let folders: [VendorID: String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: vendors.path)) ?? []
        let ids = names.compactMap { name in VendorCatalog.id(name.lowercased()).map { ($0, name) } }
        return Dictionary(ids, uniquingKeysWith: { first, _ in first })
    }()
    private static let vendors = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/Vendors").standardizedFileURL
    static let receivedAt = Instant(milliseconds: 1_767_614_400_000)

    var testDescription: String { "\(Self.folders[vendor] ?? "")/\(name)" }

    static func folder(_ vendor: VendorID) -> URL {
        vendors.appending(path: "\(folders[vendor] ?? "")/Samples")
    }

    /// Names of a folder's files, without `.json`.
    static func files(_ vendor: VendorID) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder(vendor).path)) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// Every sample of a role that has its partner.
    static func all(_ input: String, _ output: String) -> [Sample] {
        folders.keys.sorted { $0.rawValue < $1.rawValue }.flatMap { vendor in
            let files = Set(files(vendor))
            return files.filter { $0.hasSuffix(".\(input)") }.map { String($0.dropLast(input.count + 1)) }
                .filter { files.contains("\($0).\(output)") }.sorted().map { Sample(vendor: vendor, name: $0) }
        }
    }

    func bytes(_ role: String) throws -> [UInt8] {
        Array(try Data(contentsOf: Self.folder(vendor).appending(path: "\(name).\(role).json")))
    }

    func value(_ role: String) throws -> Value { try JSONDocument(try bytes(role)).root.value }

    /// The effect of a file; its action and target are read as the store reads them.
    func effect() throws -> Effect {
        try JSONDecoder().decode(Effect.self, from: Data(try bytes("effect")))
    }

    /// The answer of a file, and the effect that it is about.
    func answer(_ role: String) throws -> (effect: Effect, response: VendorResponse) {
        let answer = try value(role)
        let headers = (answer["headers"]?.object?.entries ?? []).map { ($0.key.lowercased(), $0.value.text ?? "") }
        let response = VendorResponse(
            status: Int(try #require(answer["status"]?.double)), headers: Dictionary(uniqueKeysWithValues: headers),
            body: answer["body"].map { $0.string.map { Array($0.utf8) } ?? JSONWriter.bytes($0) } ?? [])
        return (try Sample(vendor: vendor, name: answer["to"]?.string ?? "reply").effect(), response)
    }

    func account() throws -> Account {
        let file = Self.folder(vendor).appending(path: "account.json")
        guard let data = try? Data(contentsOf: file) else { return Account(id: "default", vendor: vendor) }
        let value = try JSONDocument(Array(data)).root.value
        func texts(_ key: String) -> [String: String] {
            let entries = value[key]?.object?.entries ?? []
            return Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0.value.text ?? "") })
        }
        return Account(
            id: "default", vendor: vendor, timeZone: value["tz"]?.string,
            names: Account.Names(departments: texts("departments"), teams: texts("teams"), agents: texts("agents")),
            bots: value["bots"]?.array?.compactMap(\.string) ?? [], baseURL: value["base_url"]?.string,
            settings: texts("settings"))
    }
}

extension DeliveryOutcome {
    /// `{"done": {"remote_id": …}}`, `{"retry": REASON}`, `{"throttled": {"after_ms": …}}`,
    /// `{"refused": {"reason": …, "message": …}}`, `{"uncertain": REASON}`
    var value: Value {
        switch self {
        case .done(let remoteID): ["done": ["remote_id": .optional(remoteID)]]
        case .retry(let reason): ["retry": .string(reason.rawValue)]
        case .throttled(let milliseconds): ["throttled": ["after_ms": milliseconds.map(Value.integer) ?? .null]]
        case .refused(let reason, let message):
            ["refused": ["reason": .string(reason.rawValue), "message": .string(message)]]
        case .uncertain(let reason): ["uncertain": .string(reason.rawValue)]
        }
    }
}

extension Value {
    /// A line for each place in which this differs from what was expected.
    func differences(from expected: Value, at path: String = "$") -> [String] {
        if self == expected { return [] }
        switch (self, expected) {
        case (.object(let actual), .object(let expected)):
            let keys = expected.keys + actual.keys.filter { expected[$0] == nil }
            return keys.flatMap { key in
                Self.differences(actual[key], from: expected[key], at: "\(path).\(key)")
            }
        case (.array(let actual), .array(let expected)):
            return (0..<max(actual.count, expected.count)).flatMap { index in
                Self.differences(
                    index < actual.count ? actual[index] : nil, from: index < expected.count ? expected[index] : nil,
                    at: "\(path)[\(index)]")
            }
        default:
            return ["\(path): expected \(JSONWriter.string(expected)), is \(JSONWriter.string(self))"]
        }
    }

    private static func differences(_ actual: Value?, from expected: Value?, at path: String) -> [String] {
        switch (actual, expected) {
        case (let actual?, let expected?): actual.differences(from: expected, at: path)
        case (let actual?, nil): ["\(path): not expected, is \(JSONWriter.string(actual))"]
        case (nil, let expected?): ["\(path): expected \(JSONWriter.string(expected)), is missing"]
        case (nil, nil): []
        }
    }
}

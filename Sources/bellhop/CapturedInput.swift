import Daemon
import Foundation
import JSON
import Model
import RuleFiles
import Vendors

/// One captured webhook out of an input: a payload as it came, or a line of a capture file.
struct CapturedWebhook: Sendable {
    var source: String
    /// From 1; of a file that is one payload, 1.
    var line: Int
    /// The payload, or why it cannot be had.
    var body: Result<[UInt8], PayloadError> { didSet { parsed = nil } }
    /// The body, where reading it has parsed it already.
    var parsed: JSONElement?
    var origin = PayloadIntake.Origin()
    /// What the capture's record says and nobody can read: a vendor that there is not, a time that is none.
    var oddity: String?

    /// Of the input that it was read from.
    var byteCount: Int { (try? body.get().count) ?? 0 }
}

/// Walks inputs: payload files, capture files, folders of both, `-` for stdin, and gzipped ones of each.
enum CapturedInput {
    /// Calls `body` for every captured webhook, inputs in the order given, a folder's files in the order of their paths' bytes.
    static func read(_ inputs: [String], _ body: (CapturedWebhook) throws -> Void) throws {
        var reader = CapturedReader(inputs)
        while let piece = reader.next() {
            try piece.forEach { webhook in
                if !Interruption.isAsked { try body(webhook) }
            }
        }
    }

    /// What there is to read, for progress; 0 when it cannot be known.
    static func byteCount(of inputs: [String]) -> Int {
        guard !inputs.contains("-") else { return 0 }
        let paths = inputs.flatMap { input -> [String] in
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: input, isDirectory: &isFolder)
            return isFolder.boolValue ? files(below: input) : [input]
        }
        guard !paths.contains(where: { $0.hasSuffix(".gz") }) else { return 0 }
        return paths.reduce(0) { sum, path in
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            return sum + (size ?? 0)
        }
    }

    static func files(below folder: String) -> [String] {
        let names = (FileManager.default.enumerator(atPath: folder)?.allObjects as? [String]) ?? []
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        return names.filter { name in
            let bare = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
            let isKnown = [".json", ".jsonl", ".ndjson"].contains { bare.hasSuffix($0) }
            return isKnown && !name.split(separator: "/").contains { $0.hasPrefix(".") }
        }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        .map { prefix + $0 }
    }
}

extension CapturedWebhook {
    /// A payload itself, or a capture's record around one: `{received_at, account, vendor, body}`.
    init(captured bytes: [UInt8], source: String, line: Int) {
        let root = (try? JSONDocument(bytes))?.root
        guard let root, let inner = root["body"],
            root["account"]?.string != nil || root["received_at"] != nil
                || root["vendor"]?.string.flatMap({ VendorCatalog.id($0) }) != nil
        else {
            self.init(source: source, line: line, body: .success(bytes), parsed: root)
            return
        }
        var origin = PayloadIntake.Origin()
        origin.vendor = root["vendor"]?.string.flatMap { VendorCatalog.id($0) }
        origin.account = root["account"]?.string
        origin.receivedAt = root["received_at"]?.string.flatMap { Instant(iso8601: $0) }
        let oddity = Self.oddity(root, origin)
        if let text = inner.string {
            self.init(source: source, line: line, body: .success(Array(text.utf8)), origin: origin, oddity: oddity)
        } else if let error = Self.repeatedKey(in: inner) {
            // Made anew from its members, it would have lost the first of two.
            self.init(source: source, line: line, body: .failure(error), origin: origin)
        } else if inner.kind == .object, let range = RecordScan.body(in: bytes) {
            self.init(
                source: source, line: line, body: .success(Array(bytes[range])), parsed: inner, origin: origin, oddity: oddity)
        } else {
            self.init(
                source: source, line: line, body: .success(JSONWriter.bytes(inner.value)), origin: origin, oddity: oddity)
        }
    }

    private static func repeatedKey(in body: JSONElement) -> PayloadError? {
        do throws(JSONError) {
            _ = try body.checked(JSONLimits(nodes: .max, stringBytes: .max))
            return nil
        } catch {
            return PayloadError(code: "not_json", message: error.message)
        }
    }

    private static func oddity(_ record: JSONElement, _ origin: PayloadIntake.Origin) -> String? {
        if let vendor = record["vendor"]?.text, origin.vendor == nil { return "there is no vendor '\(vendor)'" }
        if let time = record["received_at"]?.text, origin.receivedAt == nil {
            return "`received_at` is no time with a zone: '\(time)'"
        }
        return nil
    }
}

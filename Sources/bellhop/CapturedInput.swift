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
    var body: Result<[UInt8], PayloadError>
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
        for input in inputs where !Interruption.isAsked {
            if input == "-" {
                if let bytes = StandardInput.bytes() {
                    try readBytes(bytes, source: "-", isLines: false, body)
                } else {
                    try body(failure("unreadable", "standard input cannot be read", source: "-"))
                }
                continue
            }
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) else {
                try body(failure("unreadable", "there is no file or folder \(input)", source: input))
                continue
            }
            for path in isFolder.boolValue ? files(below: input) : [input] where !Interruption.isAsked {
                try readFile(path, body)
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

    private static func files(below folder: String) -> [String] {
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

    private static func readFile(_ path: String, _ body: (CapturedWebhook) throws -> Void) throws {
        let isZipped = path.hasSuffix(".gz")
        let bare = isZipped ? String(path.dropLast(3)) : path
        guard let bytes = isZipped ? Gzip.contents(of: path) : FileManager.default.contents(atPath: path).map({ [UInt8]($0) })
        else {
            try body(failure("unreadable", "\(path) cannot be read", source: path))
            return
        }
        let isLines = bare.hasSuffix(".jsonl") || bare.hasSuffix(".ndjson")
        try readBytes(bytes, source: path, isLines: isLines, body)
    }

    /// A file that is one JSON document is one payload; else each line is one.
    private static func readBytes(
        _ bytes: [UInt8], source: String, isLines: Bool, _ body: (CapturedWebhook) throws -> Void
    ) throws {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let firstLine = lines.first { !isBlank($0) }
        if !isLines {
            let document = try? JSONDocument(bytes)
            let isLineFile = document == nil && firstLine.map { (try? JSONDocument(Array($0))) != nil } == true
            if !isLineFile {
                try body(captured(bytes, source: source, line: 1))
                return
            }
        }
        for (index, line) in lines.enumerated() where !isBlank(line) {
            if Interruption.isAsked { return }
            try body(captured(Array(line), source: source, line: index + 1))
        }
    }

    private static func isBlank(_ line: ArraySlice<UInt8>) -> Bool {
        line.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }

    /// A payload itself, or a capture's record around one: `{received_at, account, vendor, body}`.
    static func captured(_ bytes: [UInt8], source: String, line: Int) -> CapturedWebhook {
        guard let root = try? JSONDocument(bytes).root, let inner = root["body"],
            root["account"]?.string != nil || root["received_at"] != nil
                || root["vendor"]?.string.flatMap({ VendorCatalog.id($0) }) != nil
        else { return CapturedWebhook(source: source, line: line, body: .success(bytes)) }
        var origin = PayloadIntake.Origin()
        origin.vendor = root["vendor"]?.string.flatMap { VendorCatalog.id($0) }
        origin.account = root["account"]?.string
        origin.receivedAt = root["received_at"]?.string.flatMap { Instant(iso8601: $0) }
        // Made anew from its members, it would have lost the first of two.
        if let error = repeatedKey(in: inner) {
            return CapturedWebhook(source: source, line: line, body: .failure(error), origin: origin)
        }
        let body = inner.string.map { Array($0.utf8) } ?? JSONWriter.bytes(inner.value)
        return CapturedWebhook(source: source, line: line, body: .success(body), origin: origin, oddity: oddity(root, origin))
    }

    private static func repeatedKey(in body: JSONElement) -> PayloadError? {
        do throws(JSONError) {
            try body.check(JSONLimits(nodes: .max, stringBytes: .max))
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

    private static func failure(_ code: String, _ message: String, source: String) -> CapturedWebhook {
        CapturedWebhook(source: source, line: 1, body: .failure(PayloadError(code: code, message: message)))
    }
}

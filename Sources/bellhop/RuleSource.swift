import Daemon
import Foundation
import RuleFiles
import Rules
import Vendors

/// Rules that a command line names: a folder, or a folder of a git revision (`HEAD~1:rules`).
struct RuleSource {
    /// As it was written.
    let name: String

    /// Rules that can be used; otherwise the diagnostics are printed and the command ends with 3.
    func rules(_ common: CommonOptions) throws -> RuleSet {
        let folder = try folder()
        let check = RuleCheck(folder, accounts: [], profiles: VendorCatalog.profiles)
        guard let ruleSet = check.rules.ruleSet else {
            let errors = check.rules.diagnostics.filter { $0.severity == .error }
            Output.complain(DiagnosticPrinter(sources: check.sources, isColored: common.isColored).text(errors))
            throw Exit(
                .unusable,
                "bellhop: the rules in \(name) cannot be used (\(errors.count) \(errors.count == 1 ? "error" : "errors"))")
        }
        return ruleSet
    }

    private func folder() throws -> RuleFolder {
        if FileManager.default.fileExists(atPath: name) { return RuleFolder(name) }
        guard let colon = name.firstIndex(of: ":") else { return RuleFolder(name) }
        let revision = String(name[..<colon])
        guard !revision.isEmpty, !revision.hasPrefix("-"), !name.utf8.contains(0) else { return RuleFolder(name) }
        let folder = try GitFolder(name)
        // The folder goes away with the value.
        return withExtendedLifetime(folder) { RuleFolder(folder.path, shownAs: name) }
    }
}

/// A folder or file of a git revision, written out into a folder of its own; that is taken away with the value.
private final class GitFolder {
    private(set) var path = ""
    private let root: String

    /// - Parameter name: `REV:PATH`.
    init(_ name: String) throws {
        var template = Array((NSTemporaryDirectory() + "/bellhop-rules-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw Exit(.environment, "bellhop: no temporary folder can be made") }
        root = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        let rules = root + "/rules"
        try FileManager.default.createDirectory(atPath: rules, withIntermediateDirectories: false)
        guard try Git.output(["cat-file", "-t", name], about: name) == Array("blob\n".utf8) else {
            path = rules
            try writeTree(name)
            return
        }
        path = rules + "/" + (name.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init) ?? "rules.yaml")
        try write(try Git.output(["cat-file", "blob", name], about: name), to: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    private struct Entry {
        var mode: String
        var object: String
        var size: Int
        var path: String

        var isLink: Bool { mode == "120000" }
    }

    /// Not by `git archive`: attributes in the tree would leave files out, and change others.
    private func writeTree(_ name: String) throws {
        let listing = try Git.output(["ls-tree", "-r", "-z", "-l", "--full-tree", name], about: name)
        let entries = listing.split(separator: 0).compactMap { Self.entry($0) }
        let wanted = entries.filter { $0.isLink || $0.size <= Self.largest }
        let contents = try Git.objects(wanted.map(\.object), about: name)
        // Links last: nothing is written through one.
        for (entry, bytes) in zip(wanted, contents) where !entry.isLink { try write(bytes, to: try place(of: entry)) }
        for entry in entries where !entry.isLink && entry.size > Self.largest {
            // Too large for rules whatever is in it; that it is told with its size.
            try write([UInt8](repeating: 0x20, count: Self.largest + 1), to: try place(of: entry))
        }
        for (entry, bytes) in zip(wanted, contents) where entry.isLink {
            let target = String(decoding: bytes, as: UTF8.self)
            guard symlink(target, try place(of: entry)) == 0 else { throw Self.cannotWrite(entry.path) }
        }
    }

    /// Beyond what a rules file may have.
    private static let largest = 1 << 20

    /// `100644 blob 1a2b…     123\trules/a.yaml`; nil for what is no file, such as a submodule.
    private static func entry(_ line: ArraySlice<UInt8>) -> Entry? {
        guard let tab = line.firstIndex(of: 0x09) else { return nil }
        let words = String(decoding: line[..<tab], as: UTF8.self).split(separator: " ")
        guard words.count == 4, words[1] == "blob", let size = Int(words[3]) else { return nil }
        return Entry(
            mode: String(words[0]), object: String(words[2]), size: size,
            path: String(decoding: line[(tab + 1)...], as: UTF8.self))
    }

    private func place(of entry: Entry) throws -> String {
        let parts = entry.path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else { throw Self.cannotWrite(entry.path) }
        let file = path + "/" + entry.path
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        return file
    }

    private func write(_ bytes: [UInt8], to file: String) throws {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.cannotWrite(file) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.cannotWrite(file) }
            written += count
        }
    }

    private static func cannotWrite(_ file: String) -> Exit {
        Exit(.environment, "bellhop: \(Console.clean(file)) of the revision cannot be written into a temporary folder")
    }
}

import Foundation
import Model
package import Rules

/// The files of a rules root: found, read, and told apart.
package struct RuleFolder: Sendable {
    package struct File: Sendable, Hashable {
        /// As it is shown to people: the root as it was given, and the path below it.
        package var path: String
        /// Below the root, with `/`.
        package var relativePath: String
        package var bytes: [UInt8]

        package init(path: String, relativePath: String, bytes: [UInt8]) {
            self.path = path
            self.relativePath = relativePath
            self.bytes = bytes
        }
    }

    package let root: String
    /// In the order of the bytes of their relative paths.
    package private(set) var rules: [File] = []
    package private(set) var tests: [File] = []
    package private(set) var diagnostics: [Diagnostic] = []
    /// Of all files that were read.
    private var byteCount = 0
    private static let byteLimit = 16 << 20

    /// Reads a folder and all below it, or one file. Hidden files and folders are passed over.
    package init(_ root: String) {
        self.root = root
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder) else {
            report("there is no file or folder here", root)
            return
        }
        if isFolder.boolValue {
            walk("", within: URL(fileURLWithPath: root).resolvingSymlinksInPath().path)
        } else {
            read(root, relativePath: (root as NSString).lastPathComponent, followsLink: true)
        }
        rules.sort { $0.relativePath.utf8.lexicographicallyPrecedes($1.relativePath.utf8) }
        tests.sort { $0.relativePath.utf8.lexicographicallyPrecedes($1.relativePath.utf8) }
    }

    /// A root whose files are in memory: their paths are below it.
    package init(root: String, texts: [String: String]) {
        self.root = root
        for (path, text) in texts.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            let file = File(path: root + "/" + path, relativePath: path, bytes: Array(text.utf8))
            if Self.isTest(path) { tests.append(file) } else { rules.append(file) }
        }
    }

    package static func isTest(_ path: String) -> Bool { path.hasSuffix(".test.yaml") || path.hasSuffix(".test.yml") }

    private static func isYAML(_ path: String) -> Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }

    private mutating func walk(_ folder: String, within realRoot: String) {
        let path = shown(folder)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            report("the folder cannot be read", path)
            return
        }
        for name in names where !name.hasPrefix(".") {
            let relative = folder.isEmpty ? name : folder + "/" + name
            visit(relative, within: realRoot)
        }
    }

    private mutating func visit(_ relative: String, within realRoot: String) {
        let path = shown(relative)
        let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
        if isLink {
            let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            guard target == realRoot || target.hasPrefix(realRoot + "/") else {
                report("a symbolic link leads out of the rules folder", path, help: "copy the file into the folder")
                return
            }
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            if isLink { report("a symbolic link leads nowhere", path, help: "mend or remove the link") }
            return
        }
        // A link to something inside is the same files under another name: they are read once, where they are.
        if isLink { return }
        if isFolder.boolValue {
            walk(relative, within: realRoot)
        } else if RuleFolder.isYAML(relative) {
            read(path, relativePath: relative)
        }
    }

    private mutating func read(_ path: String, relativePath: String, followsLink: Bool = false) {
        guard byteCount <= Self.byteLimit else { return }
        let bytes: [UInt8]
        do throws(BoundedFile.Failure) {
            // One byte over the limit tells that the file is too large.
            bytes = try BoundedFile.bytes(of: path, limit: YAMLDocument.byteLimit + 1, followsLink: followsLink)
        } catch {
            switch error {
            case .unreadable: report("the file cannot be read", path, help: "check its permissions")
            case .noRegularFile: report("this is no regular file", path, help: "remove it, or rename it")
            }
            return
        }
        byteCount += bytes.count
        guard byteCount <= Self.byteLimit else {
            diagnostics.append(
                Diagnostic(
                    .error, .tooLarge, "the files are larger than 16 MiB together",
                    at: SourcePosition(file: path, line: 1, column: 1), help: "take files away that are no rules"))
            return
        }
        let file = File(path: path, relativePath: relativePath, bytes: bytes)
        if RuleFolder.isTest(relativePath) {
            tests.append(file)
        } else {
            rules.append(file)
        }
    }

    private func shown(_ relative: String) -> String {
        if relative.isEmpty { return root }
        return root.hasSuffix("/") ? root + relative : root + "/" + relative
    }

    private mutating func report(_ message: String, _ path: String, help: String? = nil) {
        diagnostics.append(
            Diagnostic(
                .error, .unreadableFile, message, at: SourcePosition(file: path, line: 1, column: 1), help: help))
    }
}

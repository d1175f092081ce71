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
    /// What stands for the root in the paths that people see.
    private let shownRoot: String
    /// In the order of the bytes of their relative paths.
    package private(set) var rules: [File] = []
    package private(set) var tests: [File] = []
    package private(set) var diagnostics: [Diagnostic] = []
    /// Of all files that were read.
    private var byteCount = 0
    private static let byteLimit = 16 << 20
    /// So that two links to one hidden file are one file.
    private var readBehindLinks: Set<FilePlace.Identity> = []

    /// Reads a folder and all below it, or one file. Hidden files and folders are passed over.
    ///
    /// Where the root is reached by links, they are followed once: a link that is swapped meanwhile does not mix two folders.
    /// - Parameter shownRoot: what stands for the root in the paths that people see; nil for the root itself.
    package init(_ root: String, shownAs shownRoot: String? = nil) {
        self.root = root
        self.shownRoot = shownRoot ?? root
        let place = FilePlace(root)
        switch place.kind {
        case .folder:
            guard let real = place.realPath else {
                report("the folder cannot be read", shown(""))
                return
            }
            walk("", in: Walk(root: real))
        case .file: read(FilePlace(root), relativePath: (root as NSString).lastPathComponent)
        case .other: report("this is neither a file nor a folder", shown(""))
        case .none: report("there is no file or folder here", shown(""))
        }
        rules.sort { $0.relativePath.utf8.lexicographicallyPrecedes($1.relativePath.utf8) }
        tests.sort { $0.relativePath.utf8.lexicographicallyPrecedes($1.relativePath.utf8) }
    }

    /// A root whose files are in memory: their paths are below it.
    package init(root: String, texts: [String: String]) {
        self.root = root
        shownRoot = root
        for (path, text) in texts.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            let file = File(path: root + "/" + path, relativePath: path, bytes: Array(text.utf8))
            if Self.isTest(path) { tests.append(file) } else { rules.append(file) }
        }
    }

    /// One test file that is in memory, by the path that it would have.
    init(test text: String, path: String) {
        root = path
        shownRoot = path
        tests = [File(path: path, relativePath: path, bytes: Array(text.utf8))]
    }

    /// A fingerprint of all that was read, tests included, and of what could not be: the same files give the same.
    package var fingerprint: String {
        Revision.of(rules + tests + diagnostics.map { File(path: "", relativePath: $0.at.file, bytes: Array($0.message.utf8)) })
    }

    package static func isTest(_ path: String) -> Bool { path.hasSuffix(".test.yaml") || path.hasSuffix(".test.yml") }

    private static func isYAML(_ path: String) -> Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }

    /// Where a walk is.
    private struct Walk {
        /// The root without links.
        var root: String
        /// It went through a link into a hidden folder.
        var isBehindLink = false
        /// The folders that it went into through links, so that no circle of links is walked for ever.
        var linked: Set<String> = []

        func isInside(_ path: String) -> Bool { path == root || path.hasPrefix(root == "/" ? root : root + "/") }

        /// Nothing but a link leads to what is in a hidden folder.
        func isHidden(_ path: String) -> Bool {
            path.dropFirst(root.count).split(separator: "/").contains { $0.hasPrefix(".") }
        }
    }

    private mutating func walk(_ folder: String, in walk: Walk) {
        let place = FilePlace(walk.root, folder)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: place.path) else {
            report("the folder cannot be read", shown(folder))
            return
        }
        for name in names.sorted() where !name.hasPrefix(".") {
            visit(folder.isEmpty ? name : folder + "/" + name, in: walk)
        }
    }

    private mutating func visit(_ relative: String, in walk: Walk) {
        let place = FilePlace(walk.root, relative)
        var walk = walk
        if place.isLink {
            guard let target = place.realPath else {
                report("a symbolic link leads nowhere", shown(relative), help: "mend or remove the link")
                return
            }
            guard walk.isInside(target) else {
                report("a symbolic link leads out of the rules folder", shown(relative), help: "copy the file into the folder")
                return
            }
            // A link to something that is read anyway is the same files under another name: they are read once, where they
            // are. What lies in a hidden folder has no other name: so do volumes that are swapped by a link, such as `..data`.
            guard walk.isHidden(target), walk.linked.insert(target).inserted else { return }
            walk.isBehindLink = true
        }
        switch place.kind {
        case .folder: self.walk(relative, in: walk)
        case .file where RuleFolder.isYAML(relative): read(place, relativePath: relative, isBehindLink: walk.isBehindLink)
        case .other where RuleFolder.isYAML(relative): report("this is neither a file nor a folder", shown(relative))
        case nil where RuleFolder.isYAML(relative): report("the file cannot be read", shown(relative))
        default: break
        }
    }

    private mutating func read(_ place: FilePlace, relativePath: String, isBehindLink: Bool = false) {
        guard byteCount <= Self.byteLimit else { return }
        let path = place.path == root ? shown("") : shown(relativePath)
        // One byte more shows that a file is too large; what else is in it does not matter then.
        guard let contents = place.contents(atMost: YAMLDocument.byteLimit + 1) else {
            report("the file cannot be read", path, help: "check its permissions")
            return
        }
        if isBehindLink, !readBehindLinks.insert(contents.identity).inserted { return }
        byteCount += contents.bytes.count
        guard byteCount <= Self.byteLimit else {
            diagnostics.append(
                Diagnostic(
                    .error, .tooLarge, "the files are larger than 16 MiB together",
                    at: SourcePosition(file: path, line: 1, column: 1), help: "take files away that are no rules"))
            return
        }
        let file = File(path: path, relativePath: relativePath, bytes: contents.bytes)
        if RuleFolder.isTest(relativePath) {
            tests.append(file)
        } else {
            rules.append(file)
        }
    }

    private func shown(_ relative: String) -> String {
        if relative.isEmpty { return shownRoot }
        return shownRoot.hasSuffix("/") || shownRoot.hasSuffix(":") ? shownRoot + relative : shownRoot + "/" + relative
    }

    private mutating func report(_ message: String, _ path: String, help: String? = nil) {
        diagnostics.append(
            Diagnostic(
                .error, .unreadableFile, message, at: SourcePosition(file: path, line: 1, column: 1), help: help))
    }
}

import Foundation

/// Which folders to watch for changes of a rules root, and for what: the root and all folders in it, and every folder in which
/// a name stands that leads there.
struct WatchPlan: Sendable, Hashable {
    struct Interest: Sendable, Hashable {
        /// Everything in it matters that is not hidden.
        var isOfRules = false
        /// These names matter also, or alone.
        var names: Set<String> = []
        /// A file with such a name matters itself, not only that it is there.
        var hasFiles = false

        /// - Parameter name: empty for the folder itself.
        func concerns(_ name: String) -> Bool {
            name.isEmpty || names.contains(name) || (isOfRules && !name.hasPrefix("."))
        }

        mutating func merge(_ other: Interest) {
            isOfRules = isOfRules || other.isOfRules
            hasFiles = hasFiles || other.hasFiles
            names.formUnion(other.names)
        }
    }

    /// By path without links.
    private(set) var folders: [String: Interest] = [:]

    /// Asks the file system.
    init(_ root: String) {
        let trail = PathTrail(root)
        add(trail)
        if case .folder(let folder) = trail.end { walk(folder) }
    }

    /// Deeper is nothing that a person writes.
    private static let depthLimit = 64

    private mutating func add(_ trail: PathTrail) {
        for step in trail.steps { folders[step.folder, default: Interest()].names.insert(step.name) }
        if case .file = trail.end, let last = trail.steps.last { folders[last.folder]?.hasFiles = true }
    }

    private mutating func walk(_ folder: String, depth: Int = 0) {
        guard depth < Self.depthLimit, folders[folder]?.isOfRules != true else { return }
        folders[folder, default: Interest()].isOfRules = true
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where !name.hasPrefix(".") {
            let path = PathTrail.joined(folder, name)
            switch Self.kind(of: path) {
            case .folder: walk(path, depth: depth + 1)
            case .link:
                let trail = PathTrail(path)
                add(trail)
                // What is linked is of the rules when it lies in the root; elsewhere there is one folder more to watch.
                if case .folder(let target) = trail.end, isBelowRules(target) { walk(target, depth: depth + 1) }
            case .other: break
            }
        }
    }

    private func isBelowRules(_ path: String) -> Bool {
        var path = path[...]
        while let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            path = path[..<slash]
            if folders[String(path)]?.isOfRules == true { return true }
        }
        return false
    }

    private enum Kind { case folder, link, other }

    private static func kind(of path: String) -> Kind {
        let type = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
        return type == .typeDirectory ? .folder : type == .typeSymbolicLink ? .link : .other
    }
}

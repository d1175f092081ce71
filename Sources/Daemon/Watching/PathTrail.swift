#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The way to a path, step by step through every symbolic link: each step is a name in a folder, and a change of any of them
/// can lead somewhere else. So do `rules -> releases/42`, and a volume's `..data -> ..2024_11_21`.
struct PathTrail: Sendable, Hashable {
    struct Step: Sendable, Hashable {
        /// Without links.
        var folder: String
        var name: String
    }

    enum End: Sendable, Hashable {
        case folder(String)
        case file(String)
        /// The last step has no such name, or there are too many links.
        case nothing
    }

    private(set) var steps: [Step] = []
    /// What is there, without links.
    private(set) var end = End.nothing

    /// As the kernel has it.
    private static let linkLimit = 40

    init(_ path: String) {
        var open = Array((path.hasPrefix("/") ? path : Self.workingFolder + "/" + path).split(separator: "/").reversed())
        var folder = "/"
        var links = 0
        end = .folder("/")
        while let name = open.popLast().map(String.init) {
            guard case .folder = end else {
                end = .nothing
                return
            }
            if name == "." { continue }
            if name == ".." {
                folder = Self.parent(of: folder)
                end = .folder(folder)
                continue
            }
            steps.append(Step(folder: folder, name: name))
            let place = Self.joined(folder, name)
            var status = stat()
            guard lstat(place, &status) == 0 else {
                end = .nothing
                return
            }
            switch status.st_mode & S_IFMT {
            case S_IFLNK:
                links += 1
                guard links <= Self.linkLimit, let target = Self.target(of: place) else {
                    end = .nothing
                    return
                }
                if target.hasPrefix("/") { folder = "/" }
                end = .folder(folder)
                open += target.split(separator: "/").reversed()
            case S_IFDIR:
                folder = place
                end = .folder(place)
            default: end = .file(place)
            }
        }
    }

    static func joined(_ folder: String, _ name: String) -> String { folder == "/" ? "/" + name : folder + "/" + name }

    private static func parent(of folder: String) -> String {
        guard let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else { return "/" }
        return String(folder[..<slash])
    }

    private static var workingFolder: String {
        guard let folder = getcwd(nil, 0) else { return "" }
        defer { free(folder) }
        return String(cString: folder)
    }

    private static func target(of link: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }
}

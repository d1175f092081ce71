import Foundation
import Model
import RuleFiles
import Rules

/// Where in the configuration file things stand that its settings do not remember the place of.
struct ConfigurationPlaces: Sendable {
    /// The lines of the file, for snippets.
    let sources: [String: [String]]
    private let file: String
    private let root: RuleNode?

    /// A place, and how many characters the carets cover.
    struct Place: Sendable, Hashable {
        var at: SourcePosition
        var length: Int
    }

    /// - Parameter path: of a configuration that was found good. One that has gone since has no places but its beginning.
    init(path: String) {
        let document = YAMLDocument([UInt8](FileManager.default.contents(atPath: path) ?? Data()), file: path)
        sources = [path: document.lines]
        file = path
        root = document.root
    }

    /// Of the account's id.
    func account(_ id: String) -> Place { place(ofKeyAt: ["accounts", id]) }

    /// Of the id that a name stands for.
    func name(_ name: String, in table: NameTable, of account: String) -> Place {
        let path = ["accounts", account, "names", table.rawValue, name]
        guard let entry = entry(path) else { return place(ofKeyAt: path) }
        return Place(at: entry.value.at, length: entry.value.scalar?.text.count ?? 1)
    }

    /// Of `bots:`, else of the account's id.
    func bots(of account: String) -> Place { place(ofKeyAt: ["accounts", account, "bots"]) }

    /// Of `api:`, else of the account's id.
    func api(of account: String) -> Place { place(ofKeyAt: ["accounts", account, "api"]) }

    /// Of the key at a path, else of the nearest that stands above it.
    private func place(ofKeyAt path: [String]) -> Place {
        for length in stride(from: path.count, to: 0, by: -1) {
            if let entry = entry(Array(path.prefix(length))) { return Place(at: entry.keyAt, length: entry.key.count) }
        }
        return Place(at: SourcePosition(file: file, line: 1, column: 1), length: 1)
    }

    private func entry(_ path: [String]) -> RuleNode.Entry? {
        var node = root
        var found: RuleNode.Entry?
        for key in path {
            found = node?.entry(key)
            guard let found else { return nil }
            node = found.value
        }
        return found
    }
}

package import Model
import Rules

/// What a rules root defines, part by part, with a fingerprint of what each says: to tell what a reload changed. Places and
/// comments do not count, so a rule that only moved down is the same.
package struct RuleOutline: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case rule, flow, list, schedule
    }

    package struct Part: Sendable, Hashable {
        package var kind: Kind
        package var id: String
        package var at: SourcePosition
        package var fingerprint: UInt64

        package init(kind: Kind, id: String, at: SourcePosition, fingerprint: UInt64) {
            self.kind = kind
            self.id = id
            self.at = at
            self.fingerprint = fingerprint
        }
    }

    /// In the order of the files, within a file by kind and place.
    package let parts: [Part]

    package init(parts: [Part] = []) { self.parts = parts }

    /// Reads what can be read: `RuleLoader` says what is wrong with the rest.
    package init(_ folder: RuleFolder) {
        parts = folder.rules.flatMap { file in
            YAMLDocument(file.bytes, file: file.path).root.map(Self.parts) ?? []
        }
    }

    private static func parts(of file: RuleNode) -> [Part] {
        func elements(_ key: String, _ kind: Kind) -> [Part] {
            (file[key]?.sequence ?? []).compactMap { node in
                let id = node["id"]?.scalar?.text
                return id.map { Part(kind: kind, id: $0, at: node.at, fingerprint: node.fingerprint) }
            }
        }
        func names(_ key: String, _ kind: Kind) -> [Part] {
            (file[key]?.mapping ?? []).map {
                Part(kind: kind, id: $0.key, at: $0.keyAt, fingerprint: $0.value.fingerprint)
            }
        }
        return elements("rules", .rule) + elements("flows", .flow) + names("lists", .list) + names("schedules", .schedule)
    }
}

/// What is different between two sets of rules.
package struct RuleChanges: Sendable, Hashable {
    /// In the order of the newer set.
    package var added: [RuleOutline.Part]
    /// In the order of the older set, where they stood.
    package var removed: [RuleOutline.Part]
    /// Where they stand now.
    package var changed: [RuleOutline.Part]
    /// The rules that both have are tried in another order, as far as their files and places say.
    package var isReordered: Bool

    package init(from old: RuleOutline, to new: RuleOutline) {
        func key(_ part: RuleOutline.Part) -> [UInt8] { Array("\(part.kind.rawValue) \(part.id)".utf8) }
        let before = Dictionary(old.parts.map { (key($0), $0.fingerprint) }) { first, _ in first }
        let after = Dictionary(new.parts.map { (key($0), $0.fingerprint) }) { first, _ in first }
        added = new.parts.filter { before[key($0)] == nil }
        removed = old.parts.filter { after[key($0)] == nil }
        changed = new.parts.filter { part in before[key(part)].map { $0 != part.fingerprint } ?? false }
        func kept(_ outline: RuleOutline, in other: [[UInt8]: UInt64]) -> [[UInt8]] {
            outline.parts.filter { $0.kind == .rule }.map(key).filter { other[$0] != nil }
        }
        isReordered = kept(old, in: after) != kept(new, in: before)
    }

    package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty && !isReordered }
}

extension RuleNode {
    /// FNV-1a of the content without places: texts with whether they are quoted, and the shape around them.
    fileprivate var fingerprint: UInt64 {
        var hash = Fingerprint()
        add(to: &hash)
        return hash.value
    }

    private func add(to hash: inout Fingerprint) {
        switch content {
        case .scalar(let scalar):
            hash.add(scalar.style == .plain ? "p" : "q")
            hash.add(scalar.text)
        case .sequence(let nodes):
            hash.add("[")
            for node in nodes { node.add(to: &hash) }
            hash.add("]")
        case .mapping(let entries):
            hash.add("{")
            for entry in entries {
                hash.add(entry.key)
                entry.value.add(to: &hash)
            }
            hash.add("}")
        }
    }
}

private struct Fingerprint {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ text: String) {
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        value = (value ^ 0xff) &* 0x100_0000_01b3
    }
}

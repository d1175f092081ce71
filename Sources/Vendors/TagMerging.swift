/// Tags where a vendor replaces the whole list. Equal by their bytes; order is kept.
extension [String] {
    func merged(with added: [String]) -> [String] {
        added.reduce(into: self) { tags, tag in
            if !tags.contains(where: { $0.utf8.elementsEqual(tag.utf8) }) { tags.append(tag) }
        }
    }

    func without(_ removed: [String]) -> [String] {
        filter { tag in !removed.contains { $0.utf8.elementsEqual(tag.utf8) } }
    }
}

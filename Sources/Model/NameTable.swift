/// The tables of an account's `names`, by their keys in the configuration.
package enum NameTable: String, Sendable, Hashable, CaseIterable {
    case departments, teams, agents

    /// One entry, for messages: `department`.
    package var singular: String { String(rawValue.dropLast()) }
}

extension Account.Names {
    package subscript(table: NameTable) -> [String: String] {
        switch table {
        case .departments: departments
        case .teams: teams
        case .agents: agents
        }
    }

    /// The id that a name stands for; nil for a word that is no name of the table. The name as it is written goes before one
    /// that differs in case.
    package func id(of word: String, in table: NameTable) -> String? {
        if let id = self[table][word] { return id }
        let folded = word.lowercased()
        let matches = self[table].filter { $0.key.lowercased() == folded }
        return matches.min { $0.key < $1.key }?.value
    }
}

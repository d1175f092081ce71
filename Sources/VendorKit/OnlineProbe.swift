package import Model

/// One reading call that shows whether an account works, and what it knows at the vendor. Changes nothing there.
package struct OnlineProbe: Sendable {
    package enum Subject: String, Sendable, Hashable, CaseIterable {
        /// Who these credentials are. The first probe of every vendor is of these.
        case credentials
        case departments, teams, agents, webhooks
    }

    package let subject: Subject
    package let request: VendorRequest
    /// The tables of `names` whose ids the answer lists. A word of a rule is looked up in its own table, then in those behind
    /// it, as the vendor's requests do.
    package let tables: [NameTable]
    private let read: @Sendable (VendorResponse) -> OnlineAnswer
    private let own: @Sendable (OnlineFinding) -> [String]

    /// - Parameters:
    ///   - tables: nil for the table of the subject's name, where there is one.
    ///   - own: what `ownNames` gives.
    package init(
        _ subject: Subject, _ request: VendorRequest, tables: [NameTable]? = nil,
        own: @escaping @Sendable (OnlineFinding) -> [String] = { _ in [] },
        read: @escaping @Sendable (VendorResponse) -> OnlineAnswer
    ) {
        self.subject = subject
        self.request = request
        self.tables = tables ?? [NameTable(rawValue: subject.rawValue)].compactMap(\.self)
        self.own = own
        self.read = read
    }

    /// What an answer tells. For one that the vendor's `outcome` calls done; what other answers mean is told there.
    package func answer(in response: VendorResponse) -> OnlineAnswer { read(response) }

    /// By which of its names an account's `bots` may list a user that these credentials are: one of them is enough. Empty
    /// where webhooks tell by other means that this user is no human.
    package func ownNames(of finding: OnlineFinding) -> [String] { own(finding) }
}

package enum OnlineAnswer: Sendable, Hashable {
    /// - Parameter isComplete: false when the vendor has more than the answer holds, or may have.
    case found([OnlineFinding], isComplete: Bool)
    /// Its shape is not the expected one; a sentence in lower case without a full stop.
    case unreadable(String)
}

/// One thing that the vendor knows.
package struct OnlineFinding: Sendable, Hashable {
    package var id: String
    /// As people read it; nil where it has none.
    package var name: String?
    /// Something that a person should look at (`blocked`), or a second name (a user name).
    package var note: String?

    package init(id: String, name: String? = nil, note: String? = nil) {
        self.id = id
        self.name = name
        self.note = note
    }
}

extension Account {
    /// Entries of `names` whose ids a complete answer does not hold, sorted by table and name. Empty for a probe that lists
    /// no ids of names, and for an answer that may not hold all.
    package func unknownNames(of probe: OnlineProbe, in answer: OnlineAnswer) -> [UnknownName] {
        guard case .found(let findings, isComplete: true) = answer else { return [] }
        let ids = Set(findings.map { Array($0.id.utf8) })
        return probe.tables.flatMap { table in
            names[table].filter { !ids.contains(Array($0.value.utf8)) }.sorted { $0.key < $1.key }
                .map { UnknownName(table: table, name: $0.key, id: $0.value) }
        }
    }
}

/// An entry of `names` with an id that the vendor does not have.
package struct UnknownName: Sendable, Hashable {
    package var table: NameTable
    package var name: String
    package var id: String

    package init(table: NameTable, name: String, id: String) {
        self.table = table
        self.name = name
        self.id = id
    }
}

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
    private let read: @Sendable (VendorResponse) -> OnlineAnswer

    package init(
        _ subject: Subject, _ request: VendorRequest, read: @escaping @Sendable (VendorResponse) -> OnlineAnswer
    ) {
        self.subject = subject
        self.request = request
        self.read = read
    }

    /// What an answer tells. For one that the vendor's `outcome` calls done; what other answers mean is told there.
    package func answer(in response: VendorResponse) -> OnlineAnswer { read(response) }
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
    /// Ids of `names` that a complete answer does not hold: by the name that the configuration gives them, sorted by it.
    /// Empty for a subject that has no names, and for an answer that may not hold all.
    package func unknownNames(of subject: OnlineProbe.Subject, in answer: OnlineAnswer) -> [(name: String, id: String)] {
        let words =
            switch subject {
            case .departments: names.departments
            case .teams: names.teams
            case .agents: names.agents
            case .credentials, .webhooks: [String: String]()
            }
        guard case .found(let findings, isComplete: true) = answer else { return [] }
        let ids = Set(findings.map { Array($0.id.utf8) })
        return words.filter { !ids.contains(Array($0.value.utf8)) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

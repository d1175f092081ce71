/// What a vendor can do, as data: printed by `check --capabilities`, checked when loading and when deciding.
package struct VendorProfile: Sendable, Hashable {
    package let id: VendorID
    /// As people write it: `Rocket.Chat`.
    package let name: String
    /// Base URL of its API, nil where every installation has its own.
    package let defaultBaseURL: String?
    /// Default zone of local times in payloads.
    package let defaultTimeZone: String
    /// What an account of it has under `api:` besides `base_url`, in the order in which it is documented.
    package let apiKeys: [APIKey]
    /// A row for every feature; a missing one counts as unsupported.
    package let capabilities: [Feature: Capability]
    /// How long texts may be: of a reply, a note, a close comment. Only what is known; a missing one is not checked.
    package let textLimits: [Feature: TextLimit]
    /// The attributes of a contact that its API takes; nil where it takes any.
    package let contactFields: [String]?
    /// True where ids of departments and agents are whole numbers: any other word must be a name of the configuration.
    package let hasNumericIDs: Bool
    /// Names that templates may use, such as `conversation.team`, and that neither any event of it nor its API tells.
    package let untoldNames: Set<String>

    package init(
        id: VendorID, name: String, defaultBaseURL: String?, defaultTimeZone: String = "UTC", apiKeys: [APIKey] = [],
        capabilities: [Feature: Capability], textLimits: [Feature: TextLimit] = [:],
        contactFields: [String]? = nil, hasNumericIDs: Bool = false, untoldNames: Set<String> = []
    ) {
        self.id = id
        self.name = name
        self.defaultBaseURL = defaultBaseURL
        self.defaultTimeZone = defaultTimeZone
        self.apiKeys = apiKeys
        self.capabilities = capabilities
        self.textLimits = textLimits
        self.contactFields = contactFields
        self.hasNumericIDs = hasNumericIDs
        self.untoldNames = untoldNames
    }

    package func capability(_ feature: Feature) -> Capability {
        capabilities[feature] ?? .unsupported("\(name) has no call for it")
    }

    /// The first feature that an action needs and the vendor lacks, or the first attribute of a contact that it does not
    /// take, as a sentence; nil when it can all be done.
    package func obstacle(to action: Action) -> String? {
        for feature in action.features {
            if case .unsupported(let why) = capability(feature) { return why }
        }
        guard case .contact(let attributes) = action, let contactFields else { return nil }
        let unknown = attributes.entries.first { !contactFields.contains($0.key) }
        return unknown.map {
            "\(name)'s API is not known to take `\($0.key)` of a contact, only \(contactFields.joined(separator: ", "))"
        }
    }

    /// The same with what the account tells: where ids are numbers, a word needs its number in the account's names.
    package func obstacle(to action: Action, for account: Account) -> String? {
        obstacle(to: action) ?? missingNumber(for: action, account)
    }

    private func missingNumber(for action: Action, _ account: Account) -> String? {
        guard hasNumericIDs, account.isConfigured, case .route(let target) = action else { return nil }
        let (word, id, place) =
            switch target {
            case .department(let word): (word, account.departmentID(word), "department")
            case .agent(let word): (word, account.agentID(word), "agent")
            case .team, .queue: ("", "0", "")
            }
        if case .integer = Value.numericID(id) { return nil }
        return "`\(word)` is no \(place) of the account \(account.id): \(name)'s are numbers, so write the number, or give it "
            + "in the account's `names`"
    }
}

extension Value {
    /// An id as vendors with numeric ids want it: digits as an integer, anything else as it is.
    package static func numericID(_ id: String) -> Value {
        guard !id.isEmpty, id.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let integer = Int64(id) else {
            return .string(id)
        }
        return .integer(integer)
    }
}

/// One key of an account's `api:`.
package struct APIKey: Sendable, Hashable {
    package enum Form: Sendable, Hashable {
        /// Where a secret is kept; the vendor's code knows it by its key only.
        case secret
        /// Text, or where it is kept.
        case textOrSecret
        /// Text, of which the vendor's code makes what it likes.
        case text
    }

    package let name: String
    package let form: Form
    /// An account that sends needs it.
    package let isRequired: Bool
    /// For editors; nil when the name says it all.
    package let meaning: String?

    package init(_ name: String, _ form: Form = .secret, isRequired: Bool = true, meaning: String? = nil) {
        self.name = name
        self.form = form
        self.isRequired = isRequired
        self.meaning = meaning
    }
}

package enum Capability: Sendable, Hashable {
    case native
    /// Done by other means; the text says how.
    case bridged(String)
    /// Not done; the text says why, and what to do instead.
    case unsupported(String)
}

/// The rows of the capability matrix.
package enum Feature: String, Sendable, Hashable, CaseIterable {
    case reply
    case replyButtons = "reply buttons"
    case replyFile = "reply file"
    case note
    case routeDepartment = "route department"
    case routeTeam = "route team"
    case routeAgent = "route agent"
    case routeQueue = "route queue"
    case tag
    case untag
    case tagContact = "tag contact"
    case untagContact = "untag contact"
    case close
    case closeComment = "close comment"
    case closeTags = "close tags"
    case contact
    case call
}

extension Action {
    /// The rows that a vendor must offer for this action; none for what stays inside or goes to another system.
    package var features: [Feature] {
        switch self {
        case .reply(let reply):
            [.reply] + (reply.buttons.isEmpty ? [] : [.replyButtons]) + (reply.file == nil ? [] : [.replyFile])
        case .note: [.note]
        case .route(.department): [.routeDepartment]
        case .route(.team): [.routeTeam]
        case .route(.agent): [.routeAgent]
        case .route(.queue): [.routeQueue]
        case .tag(_, of: .conversation): [.tag]
        case .tag(_, of: .contact): [.tagContact]
        case .untag(_, of: .conversation): [.untag]
        case .untag(_, of: .contact): [.untagContact]
        case .close(let closing):
            [.close] + (closing.comment == nil ? [] : [.closeComment]) + (closing.tags.isEmpty ? [] : [.closeTags])
        case .contact: [.contact]
        case .call: [.call]
        case .set, .start, .stopFlow, .http: []
        }
    }
}

extension VendorProfile {
    /// The vendor of rule tests: every action can be done.
    package static let any = VendorProfile(
        id: .any, name: "any", defaultBaseURL: "https://vendor.invalid",
        capabilities: Dictionary(uniqueKeysWithValues: Feature.allCases.map { ($0, .native) }))
}

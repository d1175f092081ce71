/// One configured vendor account, without its secrets.
package struct Account: Sendable, Hashable {
    package var id: String
    package var vendor: VendorID
    /// IANA name of the zone of local times in payloads and of `now.*` in templates; nil for the vendor's default.
    package var timeZone: Optional<String>
    package var names: Names
    /// Ids and user names that are bots, ours included.
    package var bots: [String]
    /// Base URL of the vendor's API, without a slash at its end; nil for the vendor's default.
    package var baseURL: Optional<String>
    /// Settings of the API that are no secrets: `user_id` (Rocket.Chat), `bot_name` (Channel Talk).
    package var settings: [String: String]
    /// False for one that only a payload or a command line names: then nothing else is known of it.
    package var isConfigured: Bool

    /// Names that authors may write instead of ids, folded in comparison.
    package struct Names: Sendable, Hashable {
        package var departments: [String: String]
        package var teams: [String: String]
        package var agents: [String: String]

        package init(departments: [String: String] = [:], teams: [String: String] = [:], agents: [String: String] = [:]) {
            self.departments = departments
            self.teams = teams
            self.agents = agents
        }
    }

    package init(
        id: String, vendor: VendorID, timeZone: String? = nil, names: Names = Names(), bots: [String] = [],
        baseURL: String? = nil, settings: [String: String] = [:], isConfigured: Bool = true
    ) {
        self.id = id
        self.vendor = vendor
        self.timeZone = timeZone
        self.names = names
        self.bots = bots
        self.baseURL = baseURL
        self.settings = settings
        self.isConfigured = isConfigured
    }

    package static func unconfigured(_ id: String, _ vendor: VendorID) -> Account {
        Account(id: id, vendor: vendor, isConfigured: false)
    }

    /// True for an id or user name that the configuration lists as a bot (byte for byte).
    package func isBot(_ name: String?) -> Bool {
        guard let name else { return false }
        return bots.contains { $0.utf8.elementsEqual(name.utf8) }
    }
}

extension Account {
    /// The id that a word stands for: by the names of the configuration, else the word itself.
    package func departmentID(_ word: String) -> String { names.id(of: word, in: .departments) ?? word }
    package func teamID(_ word: String) -> String { names.id(of: word, in: .teams) ?? word }
    package func agentID(_ word: String) -> String { names.id(of: word, in: .agents) ?? word }
}

/// Limits that deciding keeps, from `limits:` of the configuration.
package struct DecisionLimits: Sendable, Hashable {
    /// How long a human agent's own message holds the conversation.
    package var humanTakeover: Duration
    /// Automatic replies in one conversation within a minute.
    package var repliesPerMinute: Int
    /// Automatic replies in one conversation without a customer's message between.
    package var repliesWithoutCustomer: Int
    /// What rules and answers may keep in one conversation, as JSON.
    package var stateBytes: Int

    package init(
        humanTakeover: Duration = .seconds(1800), repliesPerMinute: Int = 8, repliesWithoutCustomer: Int = 30,
        stateBytes: Int = 64 << 10
    ) {
        self.humanTakeover = humanTakeover
        self.repliesPerMinute = repliesPerMinute
        self.repliesWithoutCustomer = repliesWithoutCustomer
        self.stateBytes = stateBytes
    }
}

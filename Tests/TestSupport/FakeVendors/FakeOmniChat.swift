/// OmniChat's API as far as it is known.
package struct FakeOmniChat: FakeVendorAPI {
    package static let basePath = "/v1"

    package var key: String
    package var secret: String
    package var chats: [String: Chat]
    package var interactions: [String: Interaction] = [:]
    /// What they hold is not documented.
    package var orders: [String: [String: FakeJSON]] = [:]
    package var users: Set<String>
    package var teams: Set<String>
    /// False: every call that reads one object is answered 404. That there are such calls is known of messages alone.
    package var readsSingleObjects = true
    /// Templates that went out, in order.
    package var templates: [Template] = []
    /// Nil: no limit. None is documented.
    package var quota: FakeFixedWindow?
    private var messageCount = 0

    package init(
        key: String = "omnichat-api-key-0001", secret: String = "omnichat-api-secret-0001", chats: [String: Chat] = [:],
        users: Set<String> = [], teams: Set<String> = [], quota: FakeFixedWindow? = nil
    ) {
        self.key = key
        self.secret = secret
        self.chats = chats
        self.users = users
        self.teams = teams
        self.quota = quota
    }

    package var secrets: [String: String] { ["key": key, "secret": secret] }

    package func refusal(ofCredentialsIn request: FakeRequest) -> FakeReply? {
        let isRight = request.values(ofHeader: "x-api-key") == [key] && request.values(ofHeader: "x-api-secret") == [secret]
        return isRight ? nil : failure(401, "Unauthorized")
    }

    package func faults(inHeadersOf request: FakeRequest, hasBody: Bool) -> [String] {
        !hasBody || FakeHeaders.isJSON(request) ? [] : ["the Content-Type is not application/json"]
    }

    package func failure(_ status: Int, _ message: String) -> FakeReply { .json(status, ["message": .string(message)]) }

    package mutating func admit(_ request: FakeRequest, operation: String) -> FakeReply? {
        guard quota != nil else { return nil }
        return quota?.take("", at: request.arrivedAt) == true ? nil : failure(429, "Too Many Requests")
    }
}

// MARK: - What it holds

extension FakeOmniChat {
    package struct Message: Sendable, Hashable {
        package var id: String
        package var type: String
        package var text: String
        package var buttons: [String] = []
        package var file: String?
        package var status = "OUTGOING_SENT"
        package var createdAt = FakeOmniChat.someTime
        package var updatedAt = FakeOmniChat.someTime

        package init(
            id: String, type: String, text: String, buttons: [String] = [], file: String? = nil,
            status: String = "OUTGOING_SENT", createdAt: String = FakeOmniChat.someTime
        ) {
            self.id = id
            self.type = type
            self.text = text
            self.buttons = buttons
            self.file = file
            self.status = status
            self.createdAt = createdAt
            updatedAt = createdAt
        }
    }

    package struct Chat: Sendable, Hashable {
        /// `WAITING`, `CONTACTED`, `FINISHED`.
        package var status: String
        /// Nil: the bot has it.
        package var user: String?
        package var team: String?
        package var closingReason: String?
        package var messages: [Message] = []
        package var platform = "WAB-OMNICHAT"
        /// Who writes: on WhatsApp the whole phone number.
        package var platformID: String?
        package var name: String?
        package var email: String?
        package var phone: Phone?
        package var labels: [String] = []
        /// By the vendor's names: `email`, `businessName`, `businessTaxId`, `taxDocumentNumber`, `phoneAreaCode`, `phoneNumber`.
        package var customer: [String: FakeJSON]?
        package var createdAt = FakeOmniChat.someTime
        package var updatedAt = FakeOmniChat.someTime

        package init(status: String = "WAITING", user: String? = nil, team: String? = nil) {
            self.status = status
            self.user = user
            self.team = team
        }
    }

    package struct Phone: Sendable, Hashable {
        package var countryCode: String
        package var areaCode: String
        package var phoneNumber: String

        package init(countryCode: String, areaCode: String, phoneNumber: String) {
            self.countryCode = countryCode
            self.areaCode = areaCode
            self.phoneNumber = phoneNumber
        }
    }

    /// One cycle of service of a chat.
    package struct Interaction: Sendable, Hashable {
        /// `WAITING`, `CONTACTED`, `FINISHED`.
        package var status: String
        package var chat: String
        /// The team that the bot gave it to.
        package var team: String?
        package var customer: [String: FakeJSON]?
        package var createdAt = FakeOmniChat.someTime
        package var updatedAt = FakeOmniChat.someTime

        package init(status: String = "WAITING", chat: String, team: String? = nil) {
            self.status = status
            self.chat = chat
            self.team = team
        }
    }

    package struct Template: Sendable, Hashable {
        package var id: String
        package var platformID: String
        package var tokens: [String]

        package init(id: String, platformID: String, tokens: [String]) {
            self.id = id
            self.platformID = platformID
            self.tokens = tokens
        }
    }

    package static let someTime = "2023-04-18T13:47:30.000Z"

    /// Ten characters, as all its ids are.
    func nextMessageID() -> String {
        let digits = String(messageCount)
        return "m" + String(repeating: "0", count: max(9 - digits.count, 0)) + digits
    }

    mutating func store(_ message: Message, in chat: String) {
        messageCount += 1
        chats[chat]?.messages.append(message)
    }
}

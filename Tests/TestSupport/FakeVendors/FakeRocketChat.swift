/// Rocket.Chat's REST API for Omnichannel, as of 7.x to 8.x.
package struct FakeRocketChat: FakeVendorAPI {
    package static let basePath = ""

    package struct Message: Sendable, Hashable {
        package var id: String
        package var text: String
        /// A user's id, or the visitor's.
        package var author: String
        package var blocks: FakeJSON?
        package var attachments: FakeJSON?
    }

    package struct Room: Sendable, Hashable {
        package var visitor: String
        package var department: String?
        /// The serving agent; nil in the queue.
        package var agent: String?
        package var isOpen = true
        package var isOnHold = false
        package var tags: [String] = []
        package var topic: String?
        package var fields: [String: String] = [:]
        package var messages: [Message] = []
        package var closingComment: String?
        /// Where its transcript will be sent when it is closed.
        package var transcriptEmail: String?
        /// How often a transcript was made: mailed at once, or asked for as a PDF.
        package var transcripts = 0

        package init(visitor: String, department: String? = nil, agent: String? = nil, tags: [String] = []) {
            self.visitor = visitor
            self.department = department
            self.agent = agent
            self.tags = tags
        }
    }

    package struct Visitor: Sendable, Hashable {
        package var token: String
        package var name: String?
        package var email: String?
        package var phone: String?
        package var department: String?
        package var fields: [String: String] = [:]

        package init(token: String, name: String? = nil) {
            self.token = token
            self.name = name
        }
    }

    package struct Agent: Sendable, Hashable {
        package var username: String
        package var isOnline: Bool
        package var departments: Set<String>

        package init(username: String, isOnline: Bool = true, departments: Set<String> = []) {
            self.username = username
            self.isOnline = isOnline
            self.departments = departments
        }
    }

    package var userID: String
    package var token: String
    package var rooms: [String: Room]
    package var visitors: [String: Visitor]
    package var agents: [String: Agent]
    package var departments: Set<String>
    /// Ids of custom fields that are defined; others are ignored.
    package var roomFields: Set<String>
    package var visitorFields: Set<String>
    /// 10 calls a minute of each route by default; nil for a user who is let past it.
    package var quota: FakeFixedWindow?
    /// 10 calls a minute of each route that takes a visitor's token: nobody is let past it.
    package var visitorsQuota = FakeFixedWindow(limit: 10, milliseconds: 60_000)
    /// The same of the call that finds or makes a visitor's room.
    package var ownRoomQuota = FakeFixedWindow(limit: 5, milliseconds: 60_000)
    /// Departments whose chats are closed with tags only.
    package var departmentsDemandingTags: Set<String> = []
    package var demandsClosingComments = false
    /// True: the licence has no contacts left, and users may not act on chats any more.
    package var isOverContactLimit = false
    /// What is configured of the webhook, by the names of its call.
    package internal(set) var integrations: [String: FakeJSON] = [:]
    package internal(set) var cannedResponses: [String: FakeJSON] = [:]
    /// Counts what is made, so that ids differ.
    var made = 0
    /// Where each message is: ids are unique over all rooms.
    package internal(set) var roomOfMessage: [String: String] = [:]

    /// - Parameter quota: nil: the user may pass the rate limit, as bots may.
    package init(
        userID: String = "botUserId0000001a", token: String = "rocket-personal-access-token-0001",
        rooms: [String: Room] = [:], visitors: [String: Visitor] = [:], agents: [String: Agent] = [:],
        departments: Set<String> = [], roomFields: Set<String> = [], visitorFields: Set<String> = [],
        quota: FakeFixedWindow? = nil
    ) {
        self.userID = userID
        self.token = token
        self.rooms = rooms
        self.visitors = visitors
        self.agents = agents
        self.departments = departments
        self.roomFields = roomFields
        self.visitorFields = visitorFields
        self.quota = quota
    }

    package var secrets: [String: String] { ["token": token] }
    package var settings: [String: String] { ["user_id": userID] }

    package func refusal(ofCredentialsIn request: FakeRequest) -> FakeReply? {
        let isRight =
            request.values(ofHeader: "x-auth-token") == [token] && request.values(ofHeader: "x-user-id") == [userID]
        return isRight ? nil : failure(401, "")
    }

    package func faults(inHeadersOf request: FakeRequest, hasBody: Bool) -> [String] {
        guard hasBody else { return [] }
        // Other types are not parsed since about 7.8.
        return FakeHeaders.isJSON(request) ? [] : ["the Content-Type is not application/json"]
    }

    package func failure(_ status: Int, _ message: String) -> FakeReply {
        switch status {
        case 401:
            return .json(
                401,
                [
                    "success": false, "status": "error", "message": "You must be logged in to do this.",
                    "error": "You must be logged in to do this.",
                ])
        case 403:
            return .json(403, ["success": false, "error": "User does not have the permissions required [error-unauthorized]"])
        case 429:
            let wait = "You must wait 60 seconds before trying this endpoint again."
            let text = "Error, too many requests. Please slow down. \(wait) [error-too-many-requests]"
            return .json(429, ["success": false, "error": .string(text)])
        case 500...:
            // A proxy before it answers, not the server: no JSON.
            let page = "<html><body><h1>\(status)</h1></body></html>"
            return FakeReply(status: status, headers: [.init("Content-Type", "text/html")], body: Array(page.utf8))
        case 404: return .json(404, ["success": false, "error": "API endpoint not found"])
        default:
            return .json(
                status, ["success": false, "error": .string("\(message) [invalid-params]"), "errorType": "invalid-params"])
        }
    }

    package mutating func admit(_ request: FakeRequest, operation: String) -> FakeReply? {
        if operation == Self.ownRoomOperation {
            return ownRoomQuota.take(operation, at: request.arrivedAt) ? nil : failure(429, "")
        }
        if Self.visitorsOperations.contains(operation) {
            return visitorsQuota.take(operation, at: request.arrivedAt) ? nil : failure(429, "")
        }
        guard quota != nil else { return nil }
        return quota?.take(operation, at: request.arrivedAt) == true ? nil : failure(429, "")
    }

    private static let ownRoomOperation = "GET api/v1/livechat/room"
    private static let visitorsOperations = Set(routes.filter { !$0.needsCredentials }.map(\.operation))

    package func limitHeaders(_ request: FakeRequest, operation: String) -> [FakeRequest.Field] {
        let visitors = operation == Self.ownRoomOperation ? ownRoomQuota : visitorsQuota
        guard let quota = Self.visitorsOperations.contains(operation) ? visitors : quota else { return [] }
        return [
            .init("X-RateLimit-Limit", "\(quota.limit)"),
            .init("X-RateLimit-Remaining", "\(quota.remaining(operation))"),
            .init("X-RateLimit-Reset", "\(FakeHTTP.epoch(of: quota.reset(operation, at: request.arrivedAt)))"),
        ]
    }
}

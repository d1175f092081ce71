import Model
import VendorKit

/// What building a request asks of an effect and an account.
extension Effect {
    /// The conversation's id as a path segment of a URL.
    func conversationSegment() throws(ActionError) -> String { URLText.encoded(try conversationID()) }

    func conversationID() throws(ActionError) -> String {
        guard let id = target.conversationID else {
            throw ActionError("the event belongs to no conversation, so there is none to act on")
        }
        return id
    }

    func contactID() throws(ActionError) -> String {
        guard let id = target.contactID else { throw ActionError("the event tells no id of the contact") }
        return id
    }
}

extension ActionError {
    /// For what changes only the conversation's state, or calls a system of the user's own.
    static func noVendorCall(_ action: Action) -> ActionError {
        ActionError("`\(action.kind.rawValue)` is no call of a vendor")
    }

    /// For a feature that the profile calls unsupported; its sentence there is the message.
    static func unsupported(_ action: Action, by profile: VendorProfile) -> ActionError {
        ActionError(profile.obstacle(to: action) ?? "\(profile.name) has no call for `\(action.kind.rawValue)`")
    }
}

extension Account {
    /// The base URL of the API without slashes at its end.
    func baseURL(default url: String) -> String {
        var url = Substring(baseURL ?? url)
        while url.hasSuffix("/") { url = url.dropLast() }
        return String(url)
    }

    /// The id that a word stands for: by the names of the configuration, else the word itself.
    func departmentID(_ word: String) -> String { names.id(of: word, in: .departments) ?? word }
    func teamID(_ word: String) -> String { names.id(of: word, in: .teams) ?? word }
    func agentID(_ word: String) -> String { names.id(of: word, in: .agents) ?? word }
}

extension Value {
    /// An id as vendors with numeric ids want it: digits as an integer, anything else as it is.
    static func numericID(_ id: String) -> Value {
        guard !id.isEmpty, id.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let integer = Int64(id) else {
            return .string(id)
        }
        return .integer(integer)
    }
}

extension VendorCall {
    /// The path with its slash in front.
    var rootedPath: String { path.hasPrefix("/") ? path : "/" + path }

    /// True for a call that changes nothing, which may be repeated.
    var isReading: Bool { ["GET", "HEAD"].contains(method.uppercased()) }

    var body: VendorRequest.Body? { json.map(VendorRequest.Body.json) }
}

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
}

extension VendorCall {
    /// The path with its slash in front.
    var rootedPath: String { path.hasPrefix("/") ? path : "/" + path }

    /// True for a call that changes nothing, which may be repeated.
    var isReading: Bool { ["GET", "HEAD"].contains(method.uppercased()) }

    var body: VendorRequest.Body? { json.map(VendorRequest.Body.json) }
}

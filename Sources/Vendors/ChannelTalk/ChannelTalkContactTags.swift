import JSON
import Model
import VendorKit

/// A contact's tags as the vendor has them now: the API replaces the whole list, and nothing but the contact tells it.
struct ChannelTalkContactTags {
    let effect: Effect
    let account: Account

    func preparation() throws(ActionError) -> VendorRequest? {
        switch effect.action {
        case .tag(_, of: .contact), .untag(_, of: .contact):
            ChannelTalkAPI(account: account).get("/users/\(URLText.encoded(try effect.contactID()))")
        default: nil
        }
    }

    /// Nil when the contact has, or has not, these tags already. Never writes a list that was not read.
    func request(after prepared: VendorResponse) throws(ActionError) -> VendorRequest? {
        guard try preparation() != nil else { return try ChannelTalkRequests(effect: effect, account: account).request() }
        guard (200..<300).contains(prepared.status) else {
            throw ActionError("the contact's tags could not be read (HTTP \(prepared.status))")
        }
        let body = prepared.json?.object
        // `{user: {…}}`; an object without an id is not the contact.
        guard let user = body?["user"]?.object ?? body, user["id"]?.identifier != nil else {
            throw ActionError("the contact's tags could not be read, and saving without them would delete them")
        }
        let present = user["tags"]?.texts ?? []
        let changed: [String]? =
            switch effect.action {
            case .tag(let tags, of: .contact): present.merged(with: tags)
            case .untag(let tags, of: .contact): present.without(tags)
            default: nil
            }
        guard let changed, changed != present else { return nil }
        return try ChannelTalkRequests(effect: effect, account: account).saveTags(changed)
    }
}

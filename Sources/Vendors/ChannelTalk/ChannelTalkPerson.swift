import JSON
import Model

/// A customer.
struct ChannelTalkUser {
    let id: String?
    let name: String?
    let email: String?
    let phone: String?
    let profile: Value.Object
    let createdAt: Instant?
    let updatedAt: Instant?

    init(_ entity: JSONElement) {
        id = entity["id"]?.identifier
        let profile = entity["profile"]?.object
        func filled(_ key: String) -> String? { entity[key]?.filledText ?? profile?[key]?.filledText }
        name = filled("name")
        email = filled("email")
        phone = filled("mobileNumber")
        self.profile = profile?.valueObject ?? [:]
        createdAt = entity["createdAt"]?.instant()
        updatedAt = entity["updatedAt"]?.instant()
    }

    /// Nil where nothing tells who it is.
    var contact: Contact? {
        guard id != nil || name != nil || email != nil || phone != nil else { return nil }
        return Contact(id: id, name: name, email: email, phone: phone, attributes: profile)
    }
}

/// A person of the company.
struct ChannelTalkManager {
    let id: String?
    let name: String?
    let username: String?
    let email: String?

    init(_ entity: JSONElement) {
        id = entity["id"]?.identifier ?? entity["managerId"]?.identifier
        name = entity["name"]?.filledText
        username = entity["username"]?.filledText
        email = entity["email"]?.filledText
    }

    /// Nil where nothing tells who it is.
    var agent: Agent? {
        guard id != nil || name != nil || username != nil || email != nil else { return nil }
        return Agent(id: id, name: name, username: username, email: email)
    }
}

struct ChannelTalkBot {
    let id: String?
    let name: String?

    init(_ entity: JSONElement) {
        id = entity["id"]?.identifier
        name = entity["name"]?.filledText
    }
}

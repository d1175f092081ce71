import Model

/// Where a value stands in a payload, as far as that tells what it is. Vendors name fields alike enough.
struct FieldPlace: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case text, name, email, phone, id, token, document, coordinate, address
    }

    private(set) var kind = Kind.text
    /// People write here.
    private(set) var isWritten = false
    /// What a browser says of itself: four numbers with points between are a version.
    private(set) var isSoftware = false
    /// The vendor's own words stand here, also where somebody has one for a name.
    private(set) var isVocabulary = false
    private var isPerson = false

    init() {}

    /// The place of a member of an object that stands here.
    func member(_ key: String, of object: Value.Object) -> FieldPlace {
        let name = key.lowercased().filter { $0.isLetter }
        var place = FieldPlace()
        let belongsToPerson = isPerson || object.keys.contains { Self.personal.contains($0.lowercased()) }
        place.kind = Self.kind(of: name, key, belongsToPerson: belongsToPerson)
        place.isWritten = Self.written.contains(name)
        place.isSoftware = Self.software.contains(name)
        place.isVocabulary = Self.vocabulary.contains(name) || name.hasSuffix("type") || name.hasSuffix("status")
        // An object of one person's has more about the same person; a list of theirs, too.
        place.isPerson = Self.persons.contains(name) || (isPerson && Self.partsOfPersons.contains(name))
        return place
    }

    private static func kind(of name: String, _ key: String, belongsToPerson: Bool) -> Kind {
        if tokens.contains(name) { return .token }
        if name.contains("email") || name == "mail" || name == "mails" { return .email }
        if phones.contains(name) || name.hasSuffix("phone") || name.hasSuffix("phonenumber") { return .phone }
        if documents.contains(name) { return .document }
        if coordinates.contains(name) { return .coordinate }
        if addresses.contains(name) { return .address }
        if ownNames.contains(name) || (belongsToPerson && name == "name") { return .name }
        if name == "id" || name == "rid" || key.hasSuffix("Id") || key.hasSuffix("ID") || key.hasSuffix("_id")
            || key.hasSuffix("Key")
        {
            return .id
        }
        return .text
    }

    /// With one of these beside it, `name` is a person's.
    private static let personal: Set<String> = [
        "email", "phone", "mobile", "mobilenumber", "username", "visitoremails", "profile", "photo", "avatarurl", "cpf", "emails",
    ]
    private static let persons: Set<String> = [
        "customer", "contact", "visitor", "user", "users", "sender", "agent", "agents", "receiver", "u", "guest", "member",
        "members",
        "person", "lead", "manager", "managers", "author", "creator", "createdby", "servedby", "oldservedby", "closedby",
        "requestedby", "operator", "bot", "attendant", "profile", "vcard", "vcards",
    ]
    private static let partsOfPersons: Set<String> = ["profile", "customfields", "attributes", "livechatdata", "data"]
    private static let tokens: Set<String> = [
        "token", "secret", "password", "apikey", "authorization", "signature", "accesstoken", "accesskey", "flowtoken", "jwt",
    ]
    private static let phones: Set<String> = [
        "phone", "phones", "mobile", "mobilenumber", "cellphone", "whatsapp", "landline", "tel", "fax", "celular", "telefone",
        "waid",
    ]
    private static let documents: Set<String> = [
        "cpf", "cnpj", "rg", "document", "taxid", "ssn", "passport", "address", "street", "district", "postalcode", "zip",
        "zipcode",
        "cep", "birthday", "birthdate",
    ]
    private static let written: Set<String> = [
        "body", "text", "msg", "message", "plaintext", "content", "comment", "value", "title", "caption", "description", "html",
        "note", "subject", "answer", "topic", "label",
    ]
    private static let vocabulary: Set<String> = [
        "channel", "kind", "state", "event", "situation", "platform", "resource", "direction", "action", "role", "handler",
        "priority", "language", "scope", "category", "classname", "source",
    ]
    private static let software: Set<String> = ["browser", "os", "version", "appversion", "useragent", "device", "sdk"]
    private static let addresses: Set<String> = ["ip", "ipaddress", "clientip", "remoteip", "remoteaddress", "lastip", "userip"]
    private static let coordinates: Set<String> = ["lat", "lng", "latitude", "longitude"]
    private static let ownNames: Set<String> = [
        "firstname", "lastname", "fullname", "username", "nickname", "displayname", "surname", "guestname", "visitorname",
        "contactname", "customername", "agentname", "alias", "formattedname",
    ]
}

import Model
import VendorKit

/// The bot that speaks for us. Calls that change a chat need one; the API makes a bot of that name when there is none.
/// Source: the vendor's OpenAPI description, `botName`.
struct ChannelTalkBotName {
    /// `?botName=…`
    let query: String

    /// The configured one; nil where the configuration gives none.
    init?(of account: Account) throws(ActionError) {
        guard let name = account.settings["bot_name"], !name.isEmpty else { return nil }
        try self.init(named: name)
    }

    /// For the calls that need a name, where the configuration gives none.
    static let standard = ChannelTalkBotName(encoded: "Bellhop")

    private init(named name: String) throws(ActionError) {
        let length = name.unicodeScalars.count
        guard length <= 30, !name.unicodeScalars.contains(where: { "@#$%:/".unicodeScalars.contains($0) }) else {
            throw ActionError("`bot_name` has at most 30 characters, and none of @ # $ % : /")
        }
        guard !["alf", "알프", "アルフ"].contains(name.lowercased()) else {
            throw ActionError("`bot_name` must not be the name of Channel Talk's own assistant")
        }
        self.init(encoded: URLText.encoded(name))
    }

    private init(encoded: String) { query = "?botName=\(encoded)" }
}

import Delivery
import Model
import Rules
import Vendors
import Zones

/// Reads one account of the configuration.
struct AccountDecoder {
    private let scope: DecodingScope
    private let entry: RuleNode.Entry
    private var secrets: SecretDecoder

    private static let keys = ["vendor", "delivery", "enrich", "webhook", "api", "tz", "names", "bots"]

    init(_ scope: DecodingScope, entry: RuleNode.Entry, secrets: SecretDecoder) {
        self.scope = scope
        self.entry = entry
        self.secrets = secrets
    }

    var literals: [WrittenSecret] { secrets.literals }

    /// Nil when the vendor is not known; what else is wrong is reported and left out.
    mutating func account() -> AccountSettings? {
        checkID()
        guard let keys = scope.mapping(entry.value, known: Self.keys, required: ["vendor"], what: "an account") else {
            return nil
        }
        let vendor: VendorID? = keys["vendor"].flatMap { self.vendor($0.value) }
        let delivery = keys["delivery"].map { entry -> DeliveryMode in word(entry) ?? .print } ?? .live
        let enriches = keys["enrich"].flatMap { scope.flag($0.value) } ?? true
        let zone = keys["tz"].flatMap { scope.zone($0.value) }
        let names = keys["names"].map { self.names($0.value) } ?? Account.Names()
        let bots = keys["bots"].flatMap { scope.words($0.value, mayBeEmpty: true) } ?? []
        let webhook = webhookSecrets(keys["webhook"])
        guard let vendor else { return nil }
        var settings = AccountSettings(
            account: Account(
                id: entry.key, vendor: vendor, timeZone: zone?.name, names: names, bots: bots.map(\.text)),
            delivery: delivery, webhookSecrets: webhook, enriches: enriches)
        readAPI(keys["api"], into: &settings)
        return settings
    }

    /// Ids stand in paths of URLs and in event ids.
    private func checkID() {
        let isFit = entry.key.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): index > 0
            default: false
            }
        }
        guard !isFit || entry.key.isEmpty else { return }
        scope.error(
            .badValue, "'\(entry.key)' cannot be an account's id", atKeyOf: entry,
            help: "ids are of letters a-z, digits, `-`, `_` and `.`, and begin with a letter or a digit")
    }

    private func vendor(_ node: RuleNode) -> VendorID? {
        guard let text = scope.text(node) else { return nil }
        if let vendor = VendorCatalog.id(text) { return vendor }
        let known = VendorCatalog.ids.map(\.rawValue)
        scope.error(.unknownWord, "there is no vendor '\(text)'", at: node, help: scope.suggestion(for: text, among: known))
        return nil
    }

    private func word<Word: RawRepresentable & CaseIterable>(_ entry: RuleNode.Entry) -> Word? where Word.RawValue == String {
        guard let text = scope.text(entry.value) else { return nil }
        if let word = Word(rawValue: text) { return word }
        scope.error(
            .badValue, "`\(entry.key)` cannot be '\(text)'", at: entry.value,
            help: scope.suggestion(for: text, among: Word.allCases.map(\.rawValue)))
        return nil
    }

    // MARK: Names

    private func names(_ node: RuleNode) -> Account.Names {
        guard let keys = scope.mapping(node, known: ["departments", "agents", "teams"], what: "`names`") else {
            return Account.Names()
        }
        return Account.Names(
            departments: ids(keys["departments"]), teams: ids(keys["teams"]), agents: ids(keys["agents"]))
    }

    /// Every key is a name, also one that begins with `x-`.
    private func ids(_ entry: RuleNode.Entry?) -> [String: String] {
        guard let entry, !entry.value.isBlank else { return [:] }
        guard let entries = entry.value.mapping else {
            return scope.wrongType("a mapping of names to ids", entry.value, help: "write `\(entry.key): { billing: 11445 }`")
                ?? [:]
        }
        var ids: [String: String] = [:]
        for entry in entries { ids[entry.key] = scope.text(entry.value) }
        return ids
    }

    // MARK: Secrets

    private mutating func webhookSecrets(_ entry: RuleNode.Entry?) -> [SecretReference] {
        guard let entry, let keys = scope.mapping(entry.value, known: ["secret"], what: "`webhook`"), let secret = keys["secret"]
        else { return [] }
        return secrets.list(secret.value)
    }

    private mutating func readAPI(_ entry: RuleNode.Entry?, into settings: inout AccountSettings) {
        let vendor = VendorCatalog.profile(settings.account.vendor)
        var present: Set<String> = []
        if let entry,
            let keys = scope.mapping(
                entry.value, known: ["base_url"] + vendor.apiKeys.map(\.name), what: "`api` of \(vendor.name)")
        {
            present = Set(keys.keys)
            if let url = keys["base_url"] { settings.account.baseURL = baseURL(url.value) }
            for key in vendor.apiKeys {
                guard let entry = keys[key.name] else { continue }
                read(entry, as: key.form, into: &settings)
            }
        }
        guard settings.delivery == .live else { return }
        let required = (vendor.defaultBaseURL == nil ? ["base_url"] : []) + vendor.apiKeys.filter(\.isRequired).map(\.name)
        for name in required where !present.contains(name) {
            let help = "add `\(name):` under `api:`, or write `delivery: print` to send nothing"
            let message = "the account '\(self.entry.key)' sends to \(vendor.name) and needs `api.\(name)`"
            if let entry {
                scope.error(.missingKey, message, atKeyOf: entry, help: help)
            } else {
                scope.error(.missingKey, message, atKeyOf: self.entry, help: help)
            }
        }
    }

    private mutating func read(_ entry: RuleNode.Entry, as form: APIKey.Form, into settings: inout AccountSettings) {
        switch form {
        case .text:
            settings.account.settings[entry.key] =
                entry.value.mapping == nil ? scope.text(entry.value) : scope.wrongType("text", entry.value)
        case .textOrSecret where entry.value.mapping == nil: settings.account.settings[entry.key] = scope.text(entry.value)
        case .secret, .textOrSecret: settings.apiSecrets[entry.key] = secrets.one(entry.value)
        }
    }

    private func baseURL(_ node: RuleNode) -> String? {
        guard let text = scope.text(node) else { return nil }
        let rest = ["https://", "http://"].lazy.filter { text.hasPrefix($0) }.map { text.dropFirst($0.count) }.first
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"?#@\"<>\\^`{|}".utf8.contains($0) }
        guard let rest, let first = rest.first, first != "/", first != ":", isPlain else {
            scope.error(
                .badValue, "this is no base URL", at: node,
                help: "write `https://HOST/PATH`, without a user name, `?` or `#`")
            return nil
        }
        var url = Substring(text)
        while url.last == "/" { url.removeLast() }
        return String(url)
    }
}

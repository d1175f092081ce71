import Delivery
import JSON
import Model
import Rules

/// Reads the top level of the configuration. What is wrong is reported to the scope, and the default is taken.
struct SettingsDecoder {
    private let scope: DecodingScope
    /// What relative paths are below: empty, or with a slash at its end.
    private let folder: String
    /// Secrets that stand in the file where they must not.
    private(set) var literals: [WrittenSecret] = []

    private static let keys = [
        "listen", "admin", "store", "rules", "control", "accounts", "http_actions", "captures", "limits",
        "reload",
    ]

    init(_ scope: DecodingScope, folder: String) {
        self.scope = scope
        self.folder = folder
    }

    mutating func settings(_ root: RuleNode?, file: String) -> Settings {
        var settings = Settings()
        settings.rules = folder + settings.rules
        settings.control = folder + settings.control
        settings.store = .sqlite(path: folder + "bellhop.db")
        guard let root, !root.isBlank, let keys = scope.mapping(root, known: Self.keys, what: "the configuration") else {
            return settings
        }
        if let address = keys["listen"].flatMap({ address($0.value) }) { settings.listen = address }
        if let admin = keys["admin"] { readAdmin(admin.value, into: &settings) }
        if let location = keys["store"].flatMap({ storeLocation($0.value) }) { settings.store = location }
        if let path = keys["rules"].flatMap({ path($0.value) }) { settings.rules = path }
        if let path = keys["control"].flatMap({ path($0.value) }) { settings.control = path }
        if let accounts = keys["accounts"] { settings.accounts = self.accounts(accounts.value) }
        if let list = keys["http_actions"].flatMap({ allowList($0.value) }) { settings.httpAllowList = list }
        if let kept = keys["captures"].flatMap({ captures($0.value) }) { settings.capturesKept = kept }
        if let limits = keys["limits"] { settings.limits = self.limits(limits.value) }
        if let reload = keys["reload"] { settings.reload = ReloadDecoder(scope).reload(reload.value) }
        return settings
    }

    // MARK: Places

    func address(_ node: RuleNode) -> ListenAddress? {
        guard let text = scope.text(node) else { return nil }
        if let address = ListenAddress(text) { return address }
        scope.error(
            .badValue, "'\(text)' is no address to listen on", at: node,
            help: "write `HOST:PORT`, such as `127.0.0.1:8080`, `0.0.0.0:8080` or `'[::1]:8080'`")
        return nil
    }

    /// `HOST:PORT`, or a mapping with what else there is to say.
    private func readAdmin(_ node: RuleNode, into settings: inout Settings) {
        guard node.mapping != nil else {
            if let address = address(node) { settings.admin = address }
            return checkAdmin(settings, at: node)
        }
        guard let keys = scope.mapping(node, known: ["address", "behind_proxy", "hosts"], what: "`admin`") else { return }
        if let address = keys["address"].flatMap({ address($0.value) }) { settings.admin = address }
        settings.adminAccess.isBehindProxy = keys["behind_proxy"].flatMap { scope.flag($0.value) } ?? false
        settings.adminAccess.hosts = (keys["hosts"].flatMap { scope.words($0.value, mayBeEmpty: true) } ?? []).map(\.text)
        checkAdmin(settings, at: keys["address"]?.value ?? node)
    }

    func checkAdmin(_ settings: Settings, at node: RuleNode) {
        guard settings.exposesAdmin else { return }
        scope.error(
            .badValue, "the admin listener has no password, and \(settings.admin.text) is reached from other machines", at: node,
            help: "write `admin: { address: '\(settings.admin.text)', behind_proxy: true }` where only those who may get there")
    }

    /// A path, relative ones below the folder.
    func path(_ node: RuleNode) -> String? {
        guard let text = scope.text(node) else { return nil }
        guard !text.isEmpty, !text.utf8.contains(0) else {
            scope.error(.badValue, "this is no path", at: node, help: "write the path of a file or folder")
            return nil
        }
        return text.hasPrefix("/") ? text : folder + text
    }

    func storeLocation(_ node: RuleNode) -> StoreLocation? {
        guard let text = scope.text(node) else { return nil }
        if text.hasPrefix("sqlite:"), text.utf8.count > "sqlite:".utf8.count, !text.utf8.contains(0) {
            let path = String(text.dropFirst("sqlite:".count))
            return .sqlite(path: path.hasPrefix("/") ? path : folder + path)
        }
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") {
            scope.error(
                .badValue, "this version has no PostgreSQL store", at: node,
                help: "write `sqlite:PATH`, such as `sqlite:bellhop.db`")
        } else {
            scope.error(.badValue, "this names no store", at: node, help: "write `sqlite:PATH`, such as `sqlite:bellhop.db`")
        }
        return nil
    }

    // MARK: Sections

    private mutating func accounts(_ node: RuleNode) -> [AccountSettings] {
        if node.isBlank { return [] }
        guard let entries = node.mapping else {
            return scope.wrongType("a mapping of accounts", node, help: "write `accounts: { main: { vendor: huggy, … } }`") ?? []
        }
        var result: [AccountSettings] = []
        for entry in entries where !entry.isAuthorsOwn {
            var decoder = AccountDecoder(scope, entry: entry, secrets: SecretDecoder(scope, folder: folder))
            if let account = decoder.account() { result.append(account) }
            literals += decoder.literals
        }
        return result
    }

    private func allowList(_ node: RuleNode) -> HTTPAllowList? {
        guard let keys = scope.mapping(node, known: ["allow", "allow_networks"], what: "`http_actions`") else { return nil }
        func entries(_ key: String, what: String, check: (String) throws(HTTPAllowList.EntryError) -> Void) -> [String]? {
            guard let entry = keys[key] else { return [] }
            guard let words = scope.words(entry.value, mayBeEmpty: true) else { return nil }
            var isWhole = true
            for word in words {
                do { try check(word.text) } catch {
                    isWhole = false
                    scope.error(.badValue, "'\(word.text)' is no \(what) to allow", at: word.node, help: error.message)
                }
            }
            return isWhole ? words.map(\.text) : nil
        }
        let hosts = entries("allow", what: "host") { text throws(HTTPAllowList.EntryError) in _ = try HTTPAllowList([text]) }
        let networks = entries("allow_networks", what: "network") { text throws(HTTPAllowList.EntryError) in
            _ = try HTTPAllowList([], networks: [text])
        }
        guard let hosts, let networks else { return nil }
        return try? HTTPAllowList(hosts, networks: networks)
    }

    private func captures(_ node: RuleNode) -> Duration? {
        guard let keep = scope.mapping(node, known: ["keep"], what: "`captures`")?["keep"] else { return nil }
        // Nothing is kept then, in whatever unit.
        if let text = keep.value.scalar?.text, ["0", "0s", "0m", "0h", "0d"].contains(text) { return .zero }
        return scope.duration(keep.value)
    }

    private func limits(_ node: RuleNode) -> Settings.Limits {
        var limits = Settings.Limits()
        let known = [
            "body", "inbox", "connections", "json_nodes", "replies_per_minute", "replies_without_customer", "human_takeover",
            "state", "free_space", "store",
        ]
        guard let keys = scope.mapping(node, known: known, what: "`limits`") else { return limits }
        if let bytes = keys["body"].flatMap({ byteCount($0.value, in: 1 << 10...64 << 20, "1KiB to 64MiB") }) {
            limits.bodyBytes = bytes
        }
        if let bytes = keys["state"].flatMap({ byteCount($0.value, in: 1 << 10...64 << 20, "1KiB to 64MiB") }) {
            limits.decision.stateBytes = bytes
        }
        if let count = keys["inbox"].flatMap({ scope.integer($0.value, in: 1...1_000_000_000) }) { limits.inbox = count }
        if let count = keys["connections"].flatMap({ scope.integer($0.value, in: 2...100_000) }) { limits.connections = count }
        if let count = keys["json_nodes"].flatMap({ scope.integer($0.value, in: 100...10_000_000) }) {
            limits.json.nodes = count
        }
        if let count = keys["replies_per_minute"].flatMap({ scope.integer($0.value, in: 0...1_000_000) }) {
            limits.decision.repliesPerMinute = count
        }
        if let count = keys["replies_without_customer"].flatMap({ scope.integer($0.value, in: 0...1_000_000) }) {
            limits.decision.repliesWithoutCustomer = count
        }
        if let takeover = keys["human_takeover"].flatMap({ scope.duration($0.value) }) {
            limits.decision.humanTakeover = takeover
        }
        let spaces = keys["free_space"].flatMap { byteCount($0.value, in: 0...1 << 40, "0 to 1024GiB") }
        limits.freeSpaceBytes = spaces.map { Int64($0) }
        let sizes = keys["store"].flatMap { byteCount($0.value, in: 1 << 20...1 << 44, "1MiB to 16384GiB") }
        limits.storeBytes = sizes.map { Int64($0) }
        return limits
    }

    /// `65536`, `512KiB`, `1MiB`, `2GiB`.
    /// - Parameter words: the range for people.
    private func byteCount(_ node: RuleNode, in range: ClosedRange<Int>, _ words: String) -> Int? {
        guard let text = scope.text(node) else { return nil }
        let units: [(String, Int)] = [
            ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
            ("B", 1),
        ]
        let unit = units.first { text.hasSuffix($0.0) }
        var digits = Substring(text).dropLast(unit?.0.count ?? 0)
        while digits.last == " " { digits.removeLast() }
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let (bytes, overflow) = (isNumber ? Int(digits) ?? .max : -1).multipliedReportingOverflow(by: unit?.1 ?? 1)
        guard isNumber else {
            scope.error(
                .badValue, "'\(text)' is no size", at: node, help: "write bytes, or a number with KiB or MiB: `1MiB`, `512KiB`")
            return nil
        }
        guard !overflow, range.contains(bytes) else {
            scope.error(.badValue, "\(text) is out of range", at: node, help: "write a size from \(words)")
            return nil
        }
        return bytes
    }
}

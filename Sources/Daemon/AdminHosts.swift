/// Which names the admin listener answers to (S11). A page of a stranger can let its own name lead to this machine and then read
/// what it serves; the name stays in `Host`. Addresses are no names: who writes one has not been led astray.
struct AdminHosts: Sendable {
    private let names: Set<String>

    init(_ settings: Settings) {
        names = Set((["localhost", settings.admin.host] + settings.adminAccess.hosts).map { $0.lowercased() })
    }

    /// - Parameter authority: `HOST` or `HOST:PORT`, as the client wrote it.
    func admits(_ authority: String?) -> Bool {
        guard let authority, let host = Self.host(authority) else { return false }
        return names.contains(host) || Self.isAddress(host)
    }

    /// Without the port and the brackets, in lower case.
    private static func host(_ authority: String) -> String? {
        let text = authority.lowercased()
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"), isPort(text[text.index(after: end)...]) else { return nil }
            return String(text[text.index(after: text.startIndex)..<end])
        }
        guard let colon = text.firstIndex(of: ":") else { return text }
        return isPort(text[colon...]) ? String(text[..<colon]) : nil
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || (text.first == ":" && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) })
    }

    /// Four decimal numbers, or what has a colon: no name has one.
    private static func isAddress(_ host: String) -> Bool {
        if host.contains(":") { return host.utf8.allSatisfy { "0123456789abcdef:.%".utf8.contains($0) } }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { $0.utf8.count <= 3 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8($0) != nil }
    }
}

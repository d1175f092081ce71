package import VendorKit

/// The hosts that `http` actions may call, from `http_actions` of the configuration. An empty list allows nothing.
///
/// An entry is a host (`erp.example.org`, `10.0.0.7`, `[::1]`) or `*.` and a suffix (`*.example.org`: every name below it,
/// at any depth, but not `example.org` itself), each with an optional `:port`. Without a port every port is allowed.
/// Upper and lower case are the same. Scheme and path do not count: http and https are allowed, nothing else is.
///
/// A listed name may still lead to an address that is not public, today or after its owner changed it: such an address is
/// called only if `allow_networks` has it. An entry that is an address is the operator's word for that very address, and
/// `localhost` is for this machine's.
package struct HTTPAllowList: Sendable, Hashable {
    private var entries: [Entry]
    private var networks: [IPNetwork]

    fileprivate struct Entry: Sendable, Hashable {
        /// As libcurl writes it, in lower case; of a wildcard what stands after the `*`, with its dot.
        var host: String
        var isSuffix: Bool
        var port: Int?
        /// What its host may lead to besides public addresses: the address that it is, or this machine.
        var exceptions: [IPNetwork]
    }

    /// Why an entry cannot be used.
    package struct EntryError: Error, Sendable, Hashable {
        package let entry: String
        /// A sentence in lower case without a full stop.
        package let message: String
    }

    package static let none = HTTPAllowList()

    private init() { (entries, networks) = ([], []) }

    /// - Parameter networks: `10.0.0.0/8`, `fd00::/8`: addresses that listed names may lead to although they are not public.
    /// - Throws: for the first entry that is none.
    package init(_ texts: [String], networks: [String] = []) throws(EntryError) {
        self.init()
        for text in texts { entries.append(try Self.entry(text)) }
        for text in networks { self.networks.append(try Self.network(text)) }
    }

    package func permits(_ url: String) -> Bool { refusal(of: url) == nil }

    /// Why a URL may not be called, as a sentence that does not hold the URL; nil when it may.
    package func refusal(of url: String) -> String? {
        let parsed: CurlURL
        do { parsed = try CurlURL(url) } catch { return error.message }
        guard !entries.isEmpty else { return "http actions are off: http_actions.allow lists no host" }
        guard entries.contains(where: { $0.permits(parsed) }) else {
            return "\(parsed.host):\(parsed.port) is not on http_actions.allow"
        }
        return nil
    }

    /// The addresses that a permitted URL may lead to.
    package func addressGuard(for url: String) -> AddressGuard {
        guard let parsed = try? CurlURL(url) else { return AddressGuard() }
        return AddressGuard(exceptions: networks + entries.filter { $0.permits(parsed) }.flatMap(\.exceptions))
    }

    private static func network(_ text: String) throws(EntryError) -> IPNetwork {
        guard let network = IPNetwork(text) else {
            throw EntryError(
                entry: text, message: "write an address and the number of its first bits: 10.0.0.0/8, fd00::/8; the rest is zero")
        }
        guard !AddressGuard.isNeverReached(network) else {
            throw EntryError(entry: text, message: "IPv4 addresses in the form of IPv6 are never called: write the IPv4 network")
        }
        return network
    }

    private static func entry(_ text: String) throws(EntryError) -> Entry {
        let isSuffix = text.hasPrefix("*.")
        let rest = isSuffix ? String(text.dropFirst(2)) : text
        guard !rest.utf8.contains(where: { "*/?#@%\\".utf8.contains($0) }) else {
            throw EntryError(entry: text, message: "write a host name, or *. and a suffix, without scheme and path")
        }
        let parsed: CurlURL
        do { parsed = try CurlURL("http://\(rest)/") } catch {
            throw EntryError(entry: text, message: "this is no host name")
        }
        let afterAddress = rest.utf8.split(separator: UInt8(ascii: "]"), omittingEmptySubsequences: false).last
        let hasPort = afterAddress?.contains(UInt8(ascii: ":")) == true
        guard !hasPort || rest.utf8.last != UInt8(ascii: ":") else {
            throw EntryError(entry: text, message: "a port is missing after the colon")
        }
        guard !isSuffix || !parsed.host.hasPrefix("[") else {
            throw EntryError(entry: text, message: "an address has no names below it")
        }
        let own = isSuffix ? [] : try ownAddresses(of: parsed.host, entry: text)
        return Entry(
            host: isSuffix ? "." + parsed.host : parsed.host, isSuffix: isSuffix, port: hasPort ? parsed.port : nil,
            exceptions: own)
    }

    private static func ownAddresses(of host: String, entry: String) throws(EntryError) -> [IPNetwork] {
        if host == "localhost" { return AddressGuard.loopback }
        let text = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        guard let address = IPAddress(text), let network = IPNetwork(address, prefix: address.bits) else { return [] }
        guard !AddressGuard.isNeverReached(network) else {
            throw EntryError(entry: entry, message: "IPv4 addresses in the form of IPv6 are never called: write the IPv4 address")
        }
        return [network]
    }
}

extension HTTPAllowList.Entry {
    fileprivate func permits(_ url: CurlURL) -> Bool {
        guard port == nil || port == url.port else { return false }
        // Bytes, not characters: a combining mark after the dot would otherwise hide it.
        let (name, pattern) = (Array(url.host.utf8), Array(host.utf8))
        return isSuffix ? name.count > pattern.count && name.suffix(pattern.count).elementsEqual(pattern) : name == pattern
    }
}

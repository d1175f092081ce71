/// Which addresses a call may reach whose host is named by rules: those of the public internet, and what the configuration
/// excepts.
///
/// Asked once a name has been resolved, for each attempt to connect, and again before a request goes over a connection: what
/// a name leads to may change from one moment to the next.
package struct AddressGuard: Sendable, Hashable {
    /// Networks that may be reached although they are not public.
    package var exceptions: [IPNetwork]

    package init(exceptions: [IPNetwork] = []) { self.exceptions = exceptions }

    package func permits(_ address: IPAddress) -> Bool {
        guard !address.isMapped else { return false }
        // Behind a gateway the IPv4 address inside is what is reached.
        if let inner = address.embedded, !permits(inner) { return false }
        return exceptions.contains { $0.contains(address) } || !Self.refused.contains { $0.contains(address) }
    }

    /// IPv4 addresses in the form of IPv6. They are never called, whatever is excepted: the same address has two forms then,
    /// and a check of the one misses the other.
    package static func isNeverReached(_ network: IPNetwork) -> Bool {
        network.prefix >= 96 && network.base.isMapped
    }

    /// This machine, private networks, and what is set aside for documentation, tests, groups and the future.
    /// Source: the IANA registries of special-purpose addresses; former transition networks are among them.
    package static let refused: [IPNetwork] = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16",
        "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].compactMap(IPNetwork.init)

    /// This machine.
    package static let loopback: [IPNetwork] = ["127.0.0.0/8", "::1"].compactMap(IPNetwork.init)
}

extension IPAddress {
    /// `::ffff:0:0/96`
    fileprivate var isMapped: Bool {
        guard case .v6(let number) = self else { return false }
        return number >> 32 == 0xFFFF
    }

    /// The IPv4 address inside one of NAT64 (`64:ff9b::/96`, RFC 6052) or 6to4 (`2002::/16`, RFC 3056).
    fileprivate var embedded: IPAddress? {
        guard case .v6(let number) = self else { return nil }
        if number >> 32 == 0x0064_ff9b << 64 { return .v4(UInt32(truncatingIfNeeded: number)) }
        if number >> 112 == 0x2002 { return .v4(UInt32(truncatingIfNeeded: number >> 80)) }
        return nil
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An address of a machine, as a number.
package enum IPAddress: Sendable, Hashable {
    case v4(UInt32)
    case v6(UInt128)

    /// From bytes in network order; nil for any number of them but 4 and 16.
    package init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16: self = .v6(bytes.reduce(0) { $0 << 8 | UInt128($1) })
        default: return nil
        }
    }

    /// `192.0.2.1` or `2001:db8::1`: the usual forms alone, without brackets, zone or port. Nil for anything else.
    package init?(_ text: String) {
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(bytes: bytes.prefix(4))
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(bytes: bytes)
        } else {
            return nil
        }
    }

    package var bits: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }

    /// The number, in the lowest 32 bits for IPv4.
    fileprivate var number: UInt128 {
        switch self {
        case .v4(let number): UInt128(number)
        case .v6(let number): number
        }
    }
}

/// Addresses with the same first bits: `10.0.0.0/8`.
package struct IPNetwork: Sendable, Hashable {
    package let base: IPAddress
    /// How many of the first bits are the network's.
    package let prefix: Int

    /// Nil where the address has bits beyond the prefix, or fewer bits than that.
    package init?(_ base: IPAddress, prefix: Int) {
        guard (0...base.bits).contains(prefix) else { return nil }
        self.base = base
        self.prefix = prefix
        guard base.number == Self.first(prefix, of: base) else { return nil }
    }

    /// `10.0.0.0/8`, `fd00::/8`, or one address: `10.0.0.7`. Nil for anything else, also for `10.0.0.7/8`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress(String($0)) }) else { return nil }
        guard parts.count == 2 else {
            self.init(address, prefix: address.bits)
            return
        }
        let digits = parts[1]
        guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let prefix = Int(digits)
        else { return nil }
        self.init(address, prefix: prefix)
    }

    package func contains(_ address: IPAddress) -> Bool {
        address.bits == base.bits && Self.first(prefix, of: address) == base.number
    }

    private static func first(_ prefix: Int, of address: IPAddress) -> UInt128 {
        let rest = address.bits - prefix
        return rest >= 128 ? 0 : (address.number >> UInt128(rest)) << UInt128(rest)
    }
}

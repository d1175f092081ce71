import Delivery
import Testing
import VendorKit

@Suite struct AddressGuardTests {
    /// The first and the last address of each network that is not public.
    static let edges: [(first: String, last: String)] = [
        ("0.0.0.0", "0.255.255.255"), ("10.0.0.0", "10.255.255.255"), ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"), ("169.254.0.0", "169.254.255.255"), ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"), ("192.0.2.0", "192.0.2.255"), ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"), ("198.18.0.0", "198.19.255.255"), ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"), ("224.0.0.0", "239.255.255.255"), ("240.0.0.0", "255.255.255.255"),
        ("::", "::ffff:ffff"), ("::ffff:0:0", "::ffff:ffff:ffff"), ("64:ff9b::", "64:ff9b::ffff:ffff"),
        ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"), ("100::", "100::ffff:ffff:ffff:ffff"),
        ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"), ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ]

    @Test(arguments: edges)
    func refusesEachNetworkToItsEdges(first: String, last: String) throws {
        for text in [first, last] {
            let address = try #require(IPAddress(text))
            #expect(!AddressGuard().permits(address), "\(text)")
        }
    }

    /// The neighbours of each network that are public, and of no other network.
    @Test(arguments: [
        "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.1.255",
        "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
        "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "93.184.216.34",
        "::1:0:0", "::fffe:ffff:ffff", "::1:0:0:0", "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", "64:ff9b::1:0:0",
        "64:ff9b:0:ffff:ffff:ffff:ffff:ffff", "64:ff9b:2::", "ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "100:0:0:1::",
        "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:1::", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::",
        "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::", "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::",
        "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "5f01::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::",
        "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2606:2800:220:1:248:1893:25c8:1946",
    ])
    func permitsWhatStandsBesideThem(text: String) throws {
        #expect(AddressGuard().permits(try #require(IPAddress(text))))
    }

    @Test(arguments: [
        (["10.0.0.0/8"], "10.255.255.255", true), (["10.0.0.0/8"], "11.0.0.0", true), (["10.0.0.0/8"], "127.0.0.1", false),
        (["10.1.2.3"], "10.1.2.3", true), (["10.1.2.3"], "10.1.2.4", false), (["0.0.0.0/0"], "127.0.0.1", true),
        (["fd00::/8"], "fd12::1", true), (["fd00::/8"], "fc00::1", false), (["::1"], "::1", true), (["::1"], "::2", false),
        // No exception opens the second form of an IPv4 address, nor an inner address that is not excepted itself.
        (["::/0"], "::ffff:10.0.0.1", false), (["::/0", "0.0.0.0/0"], "::ffff:93.184.216.34", false),
        (["64:ff9b::/96"], "64:ff9b::8.8.8.8", true), (["64:ff9b::/96"], "64:ff9b::10.0.0.1", false),
        (["64:ff9b::/96", "10.0.0.0/8"], "64:ff9b::10.0.0.1", true), (["2002::/16"], "2002:808:808::1", true),
        (["2002::/16"], "2002:7f00:1::1", false), (["10.0.0.0/8"], "64:ff9b::10.0.0.1", false),
    ])
    func exceptionsOpenWhatTheyName(exceptions: [String], text: String, isPermitted: Bool) throws {
        let networks = try exceptions.map { try #require(IPNetwork($0)) }
        #expect(AddressGuard(exceptions: networks).permits(try #require(IPAddress(text))) == isPermitted)
    }

    @Test(arguments: [
        "", "10", "10.0.0", "10.0.0.256", "10.0.0.1.", " 10.0.0.1", "0x7f.1", "010.0.0.1", "[::1]", "::1%lo", "::g", "1.2.3.4\0",
        "localhost", "１.2.3.4",
    ])
    func onlyTheUsualFormsAreAddresses(text: String) { #expect(IPAddress(text) == nil) }

    @Test(arguments: [
        "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/", "10.0.0.1/8", "10.0.0.0/8/8", "::/129", "fd00::1/8", "/8", "",
        "10.0.0.0/0008", "erp.example.org/8",
    ])
    func aNetworkHasAnAddressAndItsFirstBitsAlone(text: String) { #expect(IPNetwork(text) == nil) }

    // What the configuration excepts.

    @Test(arguments: [
        (["erp.example.org"], [], "http://erp.example.org/", "10.0.0.7", false),
        (["erp.example.org"], ["10.0.0.0/8"], "http://erp.example.org/", "10.0.0.7", true),
        (["erp.example.org"], ["10.0.0.0/8"], "http://erp.example.org/", "127.0.0.1", false),
        (["10.0.0.7"], [], "http://10.0.0.7/", "10.0.0.7", true),
        (["10.0.0.7:8080"], [], "http://10.0.0.7:8080/", "10.0.0.7", true),
        (["10.0.0.7"], [], "http://167772167/", "10.0.0.7", true),
        (["10.0.0.7"], [], "http://10.0.0.7/", "10.0.0.8", false),
        (["[::1]"], [], "http://[::1]/", "::1", true),
        (["[::1]"], [], "http://[::1]/", "127.0.0.1", false),
        (["localhost"], [], "http://LOCALHOST:9/", "127.0.0.1", true),
        (["localhost"], [], "http://localhost/", "::1", true),
        (["localhost"], [], "http://localhost/", "10.0.0.1", false),
        (["*.localhost"], [], "http://a.localhost/", "127.0.0.1", false),
        (["a.localhost"], [], "http://a.localhost/", "127.0.0.1", false),
        // An address that is listed is no word for a name that leads to it.
        (["10.0.0.7", "erp.example.org"], [], "http://erp.example.org/", "10.0.0.7", false),
        (["*.example.org", "erp.example.org"], [], "http://erp.example.org/", "93.184.216.34", true),
    ])
    func addressesOfAListedHost(
        hosts: [String], networks: [String], url: String, address: String, isPermitted: Bool
    ) throws {
        let list = try HTTPAllowList(hosts, networks: networks)
        #expect(list.refusal(of: url) == nil)
        #expect(list.addressGuard(for: url).permits(try #require(IPAddress(address))) == isPermitted)
    }

    @Test(arguments: [
        ([], ["10.0.0.1/8"]), ([], ["10.0.0.0/33"]), ([], ["private"]), ([], ["::ffff:10.0.0.0/104"]), ([], ["::ffff:10.0.0.1"]),
        (["[::ffff:10.0.0.1]"], []),
    ])
    func whatCannotBeExceptedIsRefused(hosts: [String], networks: [String]) {
        #expect(throws: HTTPAllowList.EntryError.self) { try HTTPAllowList(hosts, networks: networks) }
    }
}

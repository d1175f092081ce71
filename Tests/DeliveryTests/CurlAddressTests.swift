import Delivery
import Glibc
import Synchronization
import TestSupport
import Testing
import VendorKit

/// What a guarded call may reach, whatever its URL looks like and whatever names lead to (S5, T36). A listener on 127.0.0.1
/// stands for everything that must not be reached.
@Suite(.timeLimit(.minutes(15))) struct CurlAddressTests {
    /// Spellings of this machine; `PORT` is the listener's.
    static let spellings = [
        "http://127.0.0.1:PORT/", "http://127.1:PORT/", "http://127.0.1:PORT/", "http://2130706433:PORT/",
        "http://0x7f000001:PORT/",
        "http://0x7f.1:PORT/", "http://0x7F.0x0.0x0.0x1:PORT/", "http://0177.0.0.1:PORT/", "http://017700000001:PORT/",
        "http://0177.0x0.1:PORT/", "http://127.0.0.1.:PORT/", "http://0:PORT/", "http://0.0.0.0:PORT/",
        "http://127.255.255.254:PORT/",
        "http://localhost:PORT/", "http://LocalHost:PORT/", "http://localhost.:PORT/", "http://shop.localhost:PORT/",
        "http://[::1]:PORT/", "http://[0:0:0:0:0:0:0:1]:PORT/", "http://[::]:PORT/", "http://[::127.0.0.1]:PORT/",
        "http://[::ffff:127.0.0.1]:PORT/", "http://[::ffff:7f00:1]:PORT/", "http://[0:0:0:0:0:FFFF:7F00:0001]:PORT/",
        "http://[64:ff9b::127.0.0.1]:PORT/", "http://[64:ff9b::7f00:1]:PORT/", "http://[2002:7f00:1::]:PORT/",
        "http://[2002:7f00:0001::1]:PORT/", "http://[fe80::1%25lo]:PORT/", "http://[::1%25lo]:PORT/", "HTTP://127.0.0.1:PORT",
        "http://127.0.0.1:PORT#x", "http://127.0.0.1:PORT?x", "http://127.0.0.1:PORT/../..//", "http:/127.0.0.1:PORT/",
        "http:127.0.0.1:PORT/", "http:///127.0.0.1:PORT/", "https://127.0.0.1:PORT/", "http://%31%32%37.0.0.1:PORT/",
        "http://127%2E0.0.1:PORT/", "http://%6cocalhost:PORT/", "http://%E2%93%9Bocalhost:PORT/",
        "http://127%E3%80%820%E3%80%820%E3%80%821:PORT/", "http://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1:PORT/",
        "http://ⓛocalhost:PORT/", "http://127。0。0。1:PORT/", "http://①②⑦.⓪.⓪.①:PORT/", "http://１２７.0.0.1:PORT/",
        "http://erp.example.org@127.0.0.1:PORT/", "http://erp.example.org:443@127.0.0.1:PORT/",
        "http://127.0.0.1:PORT\\@erp.example.org/", "http://127.0.0.1:PORT#@erp.example.org/",
        "http://erp.example.org\\@127.0.0.1:PORT/", "http://127.0.0.1 :PORT/", "http://127.0.0.1\t:PORT/",
        "http://127.0.0.1:PORT:PORT/", "http://[127.0.0.1]:PORT/", "http://127.0.0.1:+PORT/", "http://127.0.0.1:PORT\u{0}/",
        "file:///etc/passwd", "gopher://127.0.0.1:PORT/_GET", "dict://127.0.0.1:PORT/x", "ftp://127.0.0.1:PORT/",
        "ldap://127.0.0.1:PORT/", "telnet://127.0.0.1:PORT/", "//127.0.0.1:PORT/", "127.0.0.1:PORT/",
    ]

    @Test func noSpellingOfThisMachineIsReached() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        // The listener is there to be reached.
        #expect(await transport.send(VendorRequest(method: "GET", url: server.url("/")), secrets: [:]).response?.status == 200)
        for spelling in Self.spellings {
            let url = spelling.replacing("PORT", with: "\(server.port)")
            for body: VendorRequest.Body? in [nil, .text("x")] {
                let request = VendorRequest(
                    method: body == nil ? "GET" : "POST", url: url, body: body, addressGuard: AddressGuard())
                let result = await transport.send(request, secrets: [:])
                guard case .notSent(let why) = result else {
                    Issue.record("\(spelling): \(result)")
                    continue
                }
                #expect(!why.contains("etc/passwd") && !why.contains("_GET"), "a reason tells nothing of the URL's path")
            }
        }
        #expect(server.connections == 1)
    }

    /// With the usual forms the reason is known, by which the effect ends for good.
    @Test(arguments: ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "localhost", "shop.localhost", "[::1]", "[::ffff:127.0.0.1]"])
    func theReasonIsTheAddress(host: String) async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        let request = VendorRequest(method: "GET", url: "http://\(host):\(server.port)/", addressGuard: AddressGuard())
        #expect(await transport.send(request, secrets: [:]) == .notSent(Self.forbidden))
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func whatIsExceptedIsReached(host: String) async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        let list = try HTTPAllowList([host])
        let url = "http://\(host):\(server.port)/"
        for _ in 1...2 {
            let request = VendorRequest(method: "POST", url: url, body: .text("x"), addressGuard: list.addressGuard(for: url))
            #expect(await transport.send(request, secrets: [:]).response?.status == 200)
        }
        #expect(server.requests.map(\.number) == [1, 2], "guarded calls keep their connections too")
    }

    /// A name may lead elsewhere at every question: to several addresses, to a public one now and to ours then.
    @Test func aNameThatChangesWhatItLeadsToIsAskedOnceResolved() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        // 127.0.0.1 stands for a public address when it is excepted, and for this machine when it is not.
        let turns: [(answer: [String], isPublic: Bool, result: String)] = [
            (["127.0.0.1"], true, "reached"), (["127.0.0.1"], false, "forbidden"), (["127.0.0.2"], true, "forbidden"),
            (["::1"], true, "forbidden"), (["127.0.0.2", "127.0.0.1"], true, "reached"), (["::1", "127.0.0.1"], true, "reached"),
            (["::1", "127.0.0.1"], false, "forbidden"), (["10.1.2.3"], true, "forbidden"),
            (["169.254.169.254"], true, "forbidden"), (["fd00::1", "127.0.0.2"], true, "forbidden"),
        ]
        let turn = Mutex(0)
        let transport = try CurlTransport(version: "1.2.3") { _, _ in
            turn.withLock { turn in
                defer { turn += 1 }
                return turns[turn % turns.count].answer
            }
        }
        let open = AddressGuard(exceptions: [IPNetwork("127.0.0.1")].compactMap(\.self))
        var results: [String] = []
        for index in 0..<(3 * turns.count) {
            let url = "http://rebind.example.org:\(server.port)/"
            // Without a body, so that each call has a connection of its own.
            let request = VendorRequest(
                method: "GET", url: url, addressGuard: turns[index % turns.count].isPublic ? open : AddressGuard())
            switch await transport.send(request, secrets: [:]) {
            case .response: results.append("reached")
            case .notSent(let why): results.append(why == Self.forbidden ? "forbidden" : "not sent")
            case .lost: results.append("lost")
            }
        }
        #expect(results == Array(repeating: turns.map(\.result), count: 3).flatMap(\.self))
        #expect(server.connections == 9)
    }

    /// What one call was permitted is nothing that the next may use: the kept connection is checked again.
    @Test func aKeptConnectionIsCheckedAgain() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        func send(_ addressGuard: AddressGuard?) async -> TransportResult {
            await transport.send(
                VendorRequest(method: "POST", url: server.url("/"), body: .text("x"), addressGuard: addressGuard), secrets: [:])
        }
        #expect(await send(AddressGuard(exceptions: AddressGuard.loopback)).response?.status == 200)
        #expect(await send(AddressGuard()) == .notSent(Self.forbidden))
        #expect(server.requests.count == 1)
        #expect(server.connections == 1, "the connection was there, and was not used")
    }

    /// A connection to a vendor is none for `http` actions, and the other way round.
    @Test func connectionsOfVendorsAreNotShared() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        for addressGuard in [
            nil, AddressGuard(exceptions: AddressGuard.loopback), nil, AddressGuard(exceptions: AddressGuard.loopback),
        ] {
            let request = VendorRequest(method: "POST", url: server.url("/"), body: .text("x"), addressGuard: addressGuard)
            #expect(await transport.send(request, secrets: [:]).response?.status == 200)
        }
        #expect(server.requests.map(\.connection) == [1, 2, 1, 2])
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func aRedirectIsNotFollowed(status: Int) async throws {
        let inner = try LoopbackServer()
        let outer = try LoopbackServer { [port = inner.port] _ in
            .text("HTTP/1.1 \(status) X\r\nLocation: http://127.0.0.1:\(port)/\r\nContent-Length: 0\r\n\r\n")
        }
        defer { for server in [inner, outer] { server.stop() } }
        let transport = try CurlTransport(version: "1.2.3")
        for addressGuard in [nil, AddressGuard(exceptions: AddressGuard.loopback)] {
            for body: VendorRequest.Body? in [nil, .text("x")] {
                let request = VendorRequest(
                    method: body == nil ? "GET" : "POST", url: outer.url("/"), body: body, addressGuard: addressGuard)
                #expect(await transport.send(request, secrets: [:]).response?.status == status)
            }
        }
        #expect(inner.connections == 0)
    }

    private static let forbidden = "the host leads to an address that is not public and not on http_actions.allow_networks"
}

extension TransportResult {
    fileprivate var response: VendorResponse? { if case .response(let response) = self { response } else { nil } }
}

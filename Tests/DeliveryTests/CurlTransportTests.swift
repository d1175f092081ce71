import Delivery
import Glibc
import Model
import Synchronization
import TestSupport
import Testing
import VendorKit

@Suite(.timeLimit(.minutes(15))) struct CurlTransportTests {
    // What is sent.

    @Test func sendsExactlyTheRequest() async throws {
        let request = VendorRequest(
            method: "POST", url: "/v3/a%20b/../c?x=1&y=%C3%A7#fragment",
            headers: [
                .init("Authorization", .secret("token", prefix: "Bearer ")), .init("X-Empty", .text("")),
                .init("X-A", .text("\u{e9}")),
            ],
            body: .json(["text": "Olá", "n": 1]))
        let (result, seen) = try await exchange(request, secrets: ["token": "s3cret"])
        #expect(result == .response(VendorResponse(status: 200, headers: ["content-length": "2"], body: Array("{}".utf8))))
        let host = seen.first?.head.first { $0.hasPrefix("Host: ") } ?? ""
        #expect(
            seen == [
                .init(
                    connection: 1, number: 1,
                    head: [
                        "POST /v3/a%20b/../c?x=1&y=%C3%A7 HTTP/1.1", host, "User-Agent: bellhop/1.2.3", "Accept: */*",
                        "Content-Type: application/json", "Authorization: Bearer s3cret", "X-Empty:", "X-A: \u{e9}",
                        "Content-Length: 21",
                    ],
                    body: #"{"text":"Olá","n":1}"#)
            ])
    }

    @Test(arguments: [
        (
            VendorRequest(method: "POST", url: "/", body: .form(["a b": "c&d", "n": 1, "l": ["x", "y"], "z": .null])),
            ["Content-Type: application/x-www-form-urlencoded"], "a%20b=c%26d&n=1&l=x&l=y&z="
        ),
        (VendorRequest(method: "PUT", url: "/", body: .text("hé")), ["Content-Type: text/plain; charset=utf-8"], "hé"),
        (
            VendorRequest(method: "PATCH", url: "/", headers: [.init("content-type", .text("text/csv"))], body: .text("a,b")),
            ["content-type: text/csv"], "a,b"
        ),
        (VendorRequest(method: "POST", url: "/", body: .text("")), ["Content-Type: text/plain; charset=utf-8"], ""),
        (VendorRequest(method: "DELETE", url: "/", body: .json([:])), ["Content-Type: application/json"], "{}"),
    ])
    func bodiesHaveTheirTypeAndLength(request: VendorRequest, typeLines: [String], body: String) async throws {
        let seen = try await exchange(request).seen.first
        #expect(seen?.body == body)
        #expect(seen?.head.first == "\(request.method) / HTTP/1.1")
        #expect(seen?.head.filter { $0.lowercased().hasPrefix("content-type") } == typeLines)
        #expect(seen?.head.contains("Content-Length: \(body.utf8.count)") == true)
        #expect(seen?.head.contains { $0.hasPrefix("Expect") || $0.hasPrefix("Transfer-Encoding") } == false)
    }

    @Test(arguments: [("GET", false), ("DELETE", false), ("HEAD", false), ("POST", true), ("PUT", true)])
    func requestsWithoutABodyGoOverConnectionsOfTheirOwn(method: String, saysLength: Bool) async throws {
        let answer = method == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : LoopbackServer.ok("{}")
        let server = try LoopbackServer { _ in .text(answer) }
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        for _ in 1...2 {
            let result = await transport.send(VendorRequest(method: method, url: server.url("/x")), secrets: [:])
            #expect(result.status == 200)
        }
        #expect(server.connections == 2)
        #expect(server.requests.map { $0.head.first } == ["\(method) /x HTTP/1.1", "\(method) /x HTTP/1.1"])
        #expect(server.requests.map { $0.head.contains("Content-Length: 0") } == [saysLength, saysLength])
    }

    @Test func aLongBodyArrivesWhole() async throws {
        let text = String(repeating: "0123456789", count: 100_000)
        #expect(try await exchange(VendorRequest(method: "POST", url: "/", body: .text(text))).seen.map(\.body) == [text])
    }

    @Test func connectionsAreKept() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        for index in 1...5 {
            let result = await transport.send(Self.post(server.url("/\(index)")), secrets: [:])
            #expect(result.status == 200)
        }
        #expect(server.requests.map(\.number) == [1, 2, 3, 4, 5])
        #expect(server.connections == 1)
    }

    /// One handle of libcurl after the other serves calls of every kind: nothing of one is in the next.
    @Test func aCallHasNothingOfTheOneBefore() async throws {
        let server = try LoopbackServer {
            $0.head.first?.hasPrefix("HEAD") == true ? .text("HTTP/1.1 204 None\r\n\r\n") : .text(LoopbackServer.ok("{}"))
        }
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        let kinds: [(method: String, body: String?, header: String)] = [
            ("POST", "a", "1"), ("POST", "bcd", "2"), ("GET", nil, "3"), ("PUT", "e", "4"), ("POST", "f", "5"),
            ("HEAD", nil, "6"),
            ("POST", "", "7"), ("POST", "g", "8"), ("DELETE", nil, "9"), ("PATCH", "h", "10"), ("GET", nil, "11"),
            ("POST", "i", "12"),
            ("POST", String(repeating: "x", count: 50_000), "13"), ("POST", "j", "14"), ("DELETE", "k", "15"),
            ("POST", "l", "16"),
        ]
        for kind in kinds {
            let headers = [VendorRequest.Header("X-Only-\(kind.header)", .text(kind.header))]
            let request = VendorRequest(
                method: kind.method, url: server.url("/\(kind.header)"), headers: headers, body: kind.body.map { .text($0) })
            #expect(await transport.send(request, secrets: [:]).status != nil)
        }
        #expect(server.requests.map { $0.head.first } == kinds.map { "\($0.method) /\($0.header) HTTP/1.1" })
        #expect(server.requests.map(\.body) == kinds.map { $0.body ?? "" })
        let own = server.requests.map { $0.head.filter { $0.hasPrefix("X-Only") } }
        #expect(own == kinds.map { ["X-Only-\($0.header): \($0.header)"] })
    }

    /// libcurl remembers of a handle whose call was to be sent again, and could not be, that the next body is to be rewound.
    @Test func aCallThatBrokeOffLeavesNothingToTheNext() async throws {
        let known = Mutex<LoopbackServer?>(nil)
        let dying = try LoopbackServer { request in
            guard request.number > 1 else { return .text(LoopbackServer.ok("{}")) }
            known.withLock { $0 }?.stop()
            return .textAndClose("")
        }
        known.withLock { $0 = dying }
        let other = try LoopbackServer()
        defer { other.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        #expect(await transport.send(Self.post(dying.url("/1")), secrets: [:]).status == 200)
        #expect(await transport.send(Self.post(dying.url("/2")), secrets: [:]).isLost)
        let empty = VendorRequest(method: "POST", url: other.url("/3"), body: .text(""))
        #expect(await transport.send(empty, secrets: [:]).status == 200)
        known.withLock { $0 = nil }
    }

    @Test func aCallThatFindsItsKeptConnectionClosedGoesOverAnother() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        for index in 1...12 {
            #expect(await transport.send(Self.post(server.url("/\(index)")), secrets: [:]).status == 200)
            server.hangUp()
        }
        #expect(server.requests.map { $0.head.first } == (1...12).map { "POST /\($0) HTTP/1.1" })
    }

    @Test func manyCallsGoOutAtTheSameTime() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        let statuses = await withTaskGroup(of: Int?.self) { group in
            for index in 1...200 {
                group.addTask { await transport.send(Self.post(server.url("/\(index)")), secrets: [:]).status }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 200, count: 200))
        #expect(Set(server.requests.map { $0.head.first }).count == 200)
    }

    @Test(arguments: [
        (
            VendorRequest(method: "POST", url: "/", headers: [.init("X-A", .text("b\r\nX-B: c"))]),
            "the header X-A has a line break or another control character"
        ),
        (
            VendorRequest(method: "POST", url: "/", headers: [.init("X-A\r\nX-B", .text("c"))]),
            "the name of a header has a character that is not allowed there"
        ),
        (
            VendorRequest(method: "POST", url: "/", headers: [.init("X-A", .secret("broken"))]),
            "the secret broken has a line break or another control character"
        ),
        (
            VendorRequest(method: "POST", url: "/", headers: [.init("X-A", .secret("missing"))]),
            "the account has no secret missing"
        ),
        (
            VendorRequest(method: "POST", url: "/", headers: [.init("Content-Length", .text("9"))]),
            "the header Content-Length cannot be set: the transport sets it"
        ),
        (VendorRequest(method: "GET / HTTP/1.1\r\nX: ", url: "/"), "the method is no word"),
        (VendorRequest(method: "GET", url: "/a b"), "the URL has a character that must be percent-encoded"),
        (VendorRequest(method: "GET", url: "/\r\nX-B: c"), "the URL has a character that must be percent-encoded"),
    ])
    func whatWouldBreakTheRequestIsNotSent(request: VendorRequest, why: String) async throws {
        let (result, seen) = try await exchange(request, secrets: ["broken": "a\nb"])
        #expect(result == .notSent(why))
        #expect(seen == [])
    }

    @Test(arguments: ["file:///etc/passwd", "gopher://127.0.0.1/", "http://user:word@127.0.0.1/", "127.0.0.1/", ""])
    func onlyPlainWebAddressesAreCalled(url: String) async throws {
        let transport = try CurlTransport(version: "1.2.3")
        let result = await transport.send(VendorRequest(method: "GET", url: url), secrets: [:])
        #expect(result.isNotSent)
    }
}

// What comes back.
extension CurlTransportTests {
    @Test(arguments: [
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            VendorResponse(status: 200, headers: ["transfer-encoding": "chunked"], body: Array("abcde".utf8))
        ),
        (
            "HTTP/1.1 429 Slow\r\nRetry-After:  7 \r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n",
            VendorResponse(status: 429, headers: ["retry-after": "7", "x-a": "1, 2", "content-length": "0"])
        ),
        (
            "HTTP/1.1 103 Hint\r\nX-Hint: 1\r\n\r\nHTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n",
            VendorResponse(status: 204, headers: ["x-a": "1"])
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            VendorResponse(status: 302, headers: ["location": "http://127.0.0.1:1/", "content-length": "0"])
        ),
    ])
    func readsTheAnswer(text: String, response: VendorResponse) async throws {
        let (result, seen) = try await exchange(Self.post("/")) { _ in .text(text) }
        #expect(result == .response(response))
        #expect(seen.count == 1)
    }

    @Test(arguments: [
        (LoopbackServer.Answer.textAndClose(""), "closes without an answer"),
        (.textAndReset(""), "resets without an answer"),
        (.textAndReset("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"), "resets in the answer"),
        (.textAndClose("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"), "closes in the answer"),
        (.textAndClose("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), "closes in a chunk"),
        (.textAndClose("HTTP/1.1 200 OK\r\nContent-Le"), "closes in the head"),
        (.textAndClose("220 mail.example.org ESMTP\r\n"), "speaks something else"),
        (.textAndClose("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"), "tells a length that is none"),
    ])
    func anAnswerThatCannotBeReadIsLost(answer: LoopbackServer.Answer, what: String) async throws {
        let (result, seen) = try await exchange(Self.post("/")) { _ in answer }
        #expect(result.isLost, "a server that \(what)")
        #expect(seen.count == 1)
    }

    @Test(arguments: [1, 20_000, 200_000, 2_000_000], [LoopbackServer.Answer.textAndClose(""), .textAndReset("")])
    func aRequestIsNotRepeatedWhenItsKeptConnectionDies(bodyBytes: Int, death: LoopbackServer.Answer) async throws {
        let server = try LoopbackServer { $0.number == 1 ? .text(LoopbackServer.ok("{}")) : death }
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        var results: [TransportResult] = []
        for index in 1...3 {
            let body = VendorRequest.Body.text(String(repeating: "x", count: bodyBytes))
            let request = VendorRequest(method: "POST", url: server.url("/\(index)"), body: body)
            results.append(await transport.send(request, secrets: [:]))
        }
        #expect(results.map(\.status) == [200, nil, 200])
        #expect(results[1] == .lost("the connection broke off before an answer"))
        #expect(server.requests.map { $0.head.first } == ["/1", "/2", "/3"].map { "POST \($0) HTTP/1.1" })
        #expect(server.requests.map(\.body.utf8.count) == [bodyBytes, bodyBytes, bodyBytes])
        #expect(server.requests.prefix(2).map(\.connection) == [1, 1])
    }

    @Test(arguments: [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 262145\r\n\r\n" + String(repeating: "x", count: 262_145),
            "the answer is longer than 256 KiB"
        ),
        ("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 1_000_000), "the answer is longer than 256 KiB"),
        (
            "HTTP/1.1 200 OK\r\n" + String(repeating: "X-A: \(String(repeating: "x", count: 1_000))\r\n", count: 70) + "\r\n",
            "the answer's head is longer than 64 KiB"
        ),
    ])
    func anAnswerThatIsTooLongIsLost(text: String, why: String) async throws {
        #expect(try await exchange(Self.post("/")) { _ in .textAndClose(text) }.result == .lost(why))
    }

    @Test func theLongestAnswerIsReadWhole() async throws {
        let body = String(repeating: "x", count: 262_144)
        let result = try await exchange(Self.post("/")) { _ in .text(LoopbackServer.ok(body)) }.result
        #expect(result == .response(VendorResponse(status: 200, headers: ["content-length": "262144"], body: Array(body.utf8))))
    }

    @Test func anAnswerThatNeverComesIsLostInTime() async throws {
        var request = Self.post("/")
        request.timeoutMilliseconds = 500
        let (result, seen) = try await exchange(request) { _ in .silence }
        #expect(result == .lost("timed out"))
        #expect(seen.count == 1)
    }

    @Test func aRefusedConnectionIsNotSent() async throws {
        let listener = try LoopbackServer.listeningSocket(backlog: 1)
        let port = try LoopbackServer.port(of: listener)
        close(listener)
        let transport = try CurlTransport(version: "1.2.3")
        #expect(await transport.send(Self.post("http://127.0.0.1:\(port)/"), secrets: [:]).isNotSent)
    }

    @Test func aConnectionThatIsNeverTakenIsNotSent() async throws {
        // Two connections fill the queue of a server that accepts none; the next one's handshake gets no answer.
        let listener = try LoopbackServer.listeningSocket(backlog: 0)
        let fillers = try (1...2).map { _ in try LoopbackServer.startedConnection(to: listener) }
        defer { for descriptor in fillers + [listener] { close(descriptor) } }
        let transport = try CurlTransport(version: "1.2.3")
        var request = Self.post("http://127.0.0.1:\(try LoopbackServer.port(of: listener))/")
        request.timeoutMilliseconds = 200
        #expect(await transport.send(request, secrets: [:]) == .notSent("no connection in time"))
    }

    @Test func aHostWithoutAddressIsNotSent() async throws {
        let transport = try CurlTransport(version: "1.2.3")
        #expect(await transport.send(Self.post("http://name.invalid/"), secrets: [:]).isNotSent)
    }

    @Test func aServerWithoutTLSIsNotSentTheRequest() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        var request = Self.post("https://127.0.0.1:\(server.port)/")
        request.timeoutMilliseconds = 500
        #expect(await transport.send(request, secrets: [:]).isNotSent)
        #expect(server.requests == [])
    }
}

// Closing.
extension CurlTransportTests {
    @Test func closingLetsRunningCallsEnd() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        async let results = withTaskGroup(of: Int?.self) { group in
            for index in 1...20 {
                group.addTask { await transport.send(Self.post(server.url("/\(index)")), secrets: [:]).status }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(await results == Array(repeating: 200, count: 20))
        await transport.close(within: .seconds(10))
        #expect(await transport.send(Self.post(server.url("/")), secrets: [:]) == .notSent("the transport is closed"))
        await transport.close(within: .seconds(10))
    }

    @Test func closingBreaksOffWhatTakesTooLong() async throws {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let server = try LoopbackServer { _ in
            arrival.yield()
            return .silence
        }
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        async let result = transport.send(Self.post(server.url("/")), secrets: [:])
        for await _ in arrived { break }
        await transport.close(within: .zero)
        #expect(await result == .lost("the transport is closed"))
    }

    // What the tests share.

    private static func post(_ url: String) -> VendorRequest {
        VendorRequest(method: "POST", url: url, body: .json(["text": "x"]))
    }

    /// One call of a server of its own; the request's URL is a path.
    private func exchange(
        _ request: VendorRequest, secrets: [String: String] = [:],
        _ script: @escaping @Sendable (LoopbackServer.Request) -> LoopbackServer.Answer = { _ in .text(LoopbackServer.ok("{}")) }
    ) async throws -> (result: TransportResult, seen: [LoopbackServer.Request]) {
        let server = try LoopbackServer(script)
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        var request = request
        request.url = server.url(request.url)
        let result = await transport.send(request, secrets: secrets)
        await transport.close(within: .zero)
        return (result, server.requests)
    }
}

extension TransportResult {
    fileprivate var status: Int? { if case .response(let response) = self { response.status } else { nil } }
    fileprivate var isLost: Bool { if case .lost = self { true } else { false } }
    fileprivate var isNotSent: Bool { if case .notSent = self { true } else { false } }
}

import Delivery
import Glibc
import JSON
import Model
import TestSupport
import Testing
import VendorKit

/// The server under the fakes: connections, framing, and many of both.
@Suite(.timeLimit(.minutes(15))) struct FakeServerTests {
    @Test func keepsConnections() async throws {
        let vendor = try FakeVendor(FakeHuggy.small)
        defer { vendor.stop() }
        let transport = try CurlTransport(version: "0")
        for index in 1...5 { #expect(await send("\(index)", to: vendor, over: transport).status == 201) }
        #expect(vendor.arrivals.map(\.connection) == [1, 1, 1, 1, 1])
        #expect(vendor.arrivals.map(\.place) == [1, 2, 3, 4, 5])
        #expect(vendor.arrivals.map(\.number) == [1, 2, 3, 4, 5])
    }

    @Test func servesHundredsOfConnectionsWhileAsManyHang() async throws {
        let hanging = Dictionary(uniqueKeysWithValues: (1...200).map { ($0, Misbehaviour.hang) })
        let vendor = try FakeVendor(FakeHuggy.small, schedule: .only(hanging))
        defer { vendor.stop() }
        let transport = try CurlTransport(version: "0")
        async let lost = results(200, "hang", vendor, transport, timeoutMilliseconds: 3_000)
        while vendor.arrivals.count < 200 { await Task.yield() }
        let answered = await results(200, "go", vendor, transport, timeoutMilliseconds: 10_000)
        #expect(answered.filter { $0.status == 201 }.count == 200)
        #expect(await lost.filter(\.isLost).count == 200)
        #expect(vendor.complaints == [])
    }

    @Test func takesABodyThatComesInManyPieces() async throws {
        let vendor = try FakeVendor(FakeHuggy.small)
        defer { vendor.stop() }
        let text = String(repeating: "0123456789", count: 20_000)
        #expect(await send(text, to: vendor, over: try CurlTransport(version: "0")).status == 201)
        #expect(vendor.arrivals.map(\.text) == [text])
    }

    @Test func stoppingEndsEverything() async throws {
        let vendor = try FakeVendor(FakeHuggy.small, schedule: .always(.hang))
        let transport = try CurlTransport(version: "0")
        async let result = send("x", to: vendor, over: transport)
        while vendor.arrivals.isEmpty { await Task.yield() }
        vendor.stop()
        #expect(await result.isLost)
        #expect(await send("y", to: vendor, over: transport).status == nil)
    }

    // What is no request: written by hand, since no client of ours would send it.

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", "there is not exactly one Host"),
        ("GET /\r\nHost: a\r\n\r\n", "the first line is no request of HTTP/1.1"),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "the body is not sent with its length"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "the Content-Length is none"),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "the Content-Length is none"),
        ("GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "a header has no name"),
    ])
    func complainsOfWhatIsNoRequest(text: String, complaint: String) async throws {
        let vendor = try FakeVendor(FakeHuggy.small)
        defer { vendor.stop() }
        #expect(try RawConnection(to: vendor.origin).answer(to: text).hasPrefix("HTTP/1.1 400 "))
        #expect(vendor.complaints == ["request 1: \(complaint)"])
        #expect(vendor.arrivals == [])
    }

    @Test func answersTwoRequestsThatCameAtOnce() throws {
        let vendor = try FakeVendor(FakeHuggy.small)
        defer { vendor.stop() }
        let head =
            "GET /v3/chats/1 HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\nAuthorization: Bearer huggy-access-token-0001\r\n\r\n"
        let connection = try RawConnection(to: vendor.origin)
        let text = try connection.answer(to: head + head, until: { $0.components("HTTP/1.1 200 OK") == 2 })
        #expect(text.components("\"situation\":\"auto\"") == 2)
        #expect(vendor.arrivals.map(\.place) == [1, 2])
    }

    // What the tests share.

    private func send(
        _ text: String, to vendor: FakeVendor<FakeHuggy>, over transport: CurlTransport, timeoutMilliseconds: Int64? = nil
    ) async -> TransportResult {
        await vendor.call(
            "POST", "/v3/chats/1/messages", ["text": .string(text)], headers: Credentials.huggy, over: transport,
            timeoutMilliseconds: timeoutMilliseconds)
    }

    private func results(
        _ count: Int, _ text: String, _ vendor: FakeVendor<FakeHuggy>, _ transport: CurlTransport, timeoutMilliseconds: Int64
    ) async -> [TransportResult] {
        await withTaskGroup(of: TransportResult.self) { group in
            for _ in 1...count {
                group.addTask { await send(text, to: vendor, over: transport, timeoutMilliseconds: timeoutMilliseconds) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }
}

extension FakeHuggy {
    /// One chat of one contact.
    static let small = FakeHuggy(chats: [1: .init(contact: 7)], contacts: [7: ["id": 7, "phone": "5575999999999"]])
}

extension String {
    /// How often it holds a piece.
    func components(_ piece: String) -> Int { ranges(of: piece).count }
}

/// A client that sends any bytes.
struct RawConnection: ~Copyable {
    private let socket: Int32

    init(to origin: String) throws {
        let port = UInt16(origin.split(separator: ":").last ?? "") ?? 0
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        let code = withUnsafeBytes(of: &address) { bytes in
            connect(socket, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        try #require(code == 0)
    }

    deinit { close(socket) }

    /// All that comes, until it is enough or the connection ends.
    func answer(to text: String, until isEnough: (String) -> Bool = { _ in false }) throws -> String {
        let bytes = Array(text.utf8)
        try #require(Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while !isEnough(String(decoding: answer, as: UTF8.self)) {
            let count = recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { break }
            answer += chunk[..<count]
        }
        return String(decoding: answer, as: UTF8.self)
    }
}

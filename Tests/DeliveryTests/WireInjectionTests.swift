import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit

/// What hostile texts are on the wire: a header is never cut in two, and a body is read as what it was (T37).
@Suite(.timeLimit(.minutes(15))) struct WireInjectionTests {
    private static let texts = HostileTexts.all(seed: TestScale.seed(usual: 37))

    /// Every second server would answer a second request on a connection; none ever sees one that was not made.
    @Test func aHeaderIsWholeOrNotSent() async throws {
        let (results, seen) = try await sent(Self.texts.map { VendorRequest.Header("X-Text", .text("x\($0)y")) })
        let clean = Self.texts.filter { $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
        #expect(results.filter { $0 == 200 }.count == clean.count)
        #expect(seen.count == clean.count)
        for (request, text) in zip(seen, clean) {
            let lines = request.head.filter { $0.hasPrefix("X-Text") }
            #expect(lines.map { Array($0.utf8) } == [Array("X-Text: x\(text)y".utf8)])
            #expect(!request.head.contains { $0.hasPrefix("X-Injected") })
        }
    }

    @Test func aSecretWithAControlCharacterIsNotSent() async throws {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        for text in Self.texts where !text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) {
            let request = VendorRequest(
                method: "POST", url: server.url("/"), headers: [.init("Authorization", .secret("token"))], body: .json([:]))
            let result = await transport.send(request, secrets: ["token": text])
            guard case .notSent(let why) = result else {
                Issue.record("\(text.debugDescription)")
                continue
            }
            #expect(why == "the secret token has a line break or another control character")
        }
        #expect(server.connections == 0)
    }

    @Test func aJSONBodyIsReadBack() async throws {
        let bodies = Self.texts.map { Value.object(["text": .string($0), "list": [.string("x\($0)")]]) }
        let seen = try await received(bodies.map { .json($0) })
        #expect(seen.count == bodies.count)
        for (request, body) in zip(seen, bodies) { #expect(try JSONDocument(request.body).root.value == body) }
    }

    @Test func aFormIsReadBack() async throws {
        let seen = try await received(Self.texts.map { .form(["a": .string($0), "b": "1"]) })
        #expect(seen.count == Self.texts.count)
        for (request, text) in zip(seen, Self.texts) {
            let pairs = request.body.split(separator: "&", omittingEmptySubsequences: false)
            #expect(pairs.count == 2 && pairs.last == "b=1")
            #expect(pairs.first.map { Self.decoded($0.dropFirst(2)) } == Array(text.utf8), "\(text.debugDescription)")
        }
    }

    private static func decoded(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return bytes
    }

    private func received(_ bodies: [VendorRequest.Body]) async throws -> [LoopbackServer.Request] {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        for body in bodies {
            _ = await transport.send(VendorRequest(method: "POST", url: server.url("/"), body: body), secrets: [:])
        }
        return server.requests
    }

    private func sent(_ headers: [VendorRequest.Header]) async throws -> (results: [Int?], seen: [LoopbackServer.Request]) {
        let server = try LoopbackServer()
        defer { server.stop() }
        let transport = try CurlTransport(version: "1.2.3")
        var results: [Int?] = []
        for header in headers {
            let request = VendorRequest(method: "POST", url: server.url("/"), headers: [header], body: .json([:]))
            let result = await transport.send(request, secrets: [:])
            if case .response(let response) = result { results.append(response.status) } else { results.append(nil) }
        }
        return (results, server.requests)
    }
}

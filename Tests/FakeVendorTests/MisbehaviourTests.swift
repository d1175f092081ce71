import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit

/// Every misbehaviour happens as it is named, below the real transport.
@Suite(.timeLimit(.minutes(15))) struct MisbehaviourTests {
    @Test func thereAreTwentySixOfTestT9() {
        #expect(Misbehaviour.t9.count == 26)
        #expect(Misbehaviour.t9.last == .wrongNameCertificate)
        #expect(Misbehaviour.t9.filter(\.isTLS).count == 3)
    }

    @Test(arguments: Misbehaviour.allCases.filter { !$0.isTLS && $0 != .closeAfterAnswer })
    func isSeenAsItIsNamed(misbehaviour: Misbehaviour) async throws {
        let vendor = try FakeVendor(huggy, schedule: .only([2: misbehaviour]), pace: FakePace(lateMilliseconds: 30))
        defer { vendor.stop() }
        let transport = try CurlTransport(version: "0")
        #expect(await send("first", to: vendor, over: transport).status == 201)
        let result = await send("second", to: vendor, over: transport)
        #expect(result.sight == misbehaviour.sight, "\(result)")
        #expect(await send("third", to: vendor, over: transport).status == 201)
        #expect(vendor.complaints == [])
        // One arrival each: neither the transport nor the server repeats anything.
        #expect(vendor.arrivals.map(\.text) == ["first", "second", "third"])
        #expect(vendor.arrivals.map(\.misbehaviour) == [nil, misbehaviour, nil])
        // The second came over the connection of the first, where libcurl would repeat it if it could.
        #expect(vendor.arrivals.prefix(2).map(\.connection) == [1, 1])
        #expect(vendor.api.chats[1]?.messages.map(\.text) == vendor.arrivals.filter(\.tookEffect).map(\.text))
        switch misbehaviour.processing {
        case .always: #expect(vendor.arrivals[1].tookEffect)
        case .never: #expect(!vendor.arrivals[1].tookEffect)
        case .either: break
        }
    }

    /// The next call may meet a connection that is just being closed: then it is lost, and never sent twice.
    @Test func aConnectionThatIsClosedAfterAnAnswerCostsNoCallTwice() async throws {
        let vendor = try FakeVendor(huggy, schedule: .always(.closeAfterAnswer))
        defer { vendor.stop() }
        let transport = try CurlTransport(version: "0")
        var answered: [String] = []
        for index in 1...50 {
            let result = await send("\(index)", to: vendor, over: transport)
            #expect(result.status == 201 || result.isLost)
            if result.status == 201 { answered.append("\(index)") }
        }
        #expect(answered.contains("1"))
        #expect(vendor.arrivals.map(\.text) == answered)
        #expect(vendor.api.chats[1]?.messages.map(\.text) == answered)
    }

    @Test func certificatesThatAreNotGoodAreNotSentTheRequest() async throws {
        let vendor = try FakeVendor(huggy)
        defer { vendor.stop() }
        let transport = try CurlTransport(version: "0")
        var refused = 0
        for _ in 1...3 {
            let request = message("x", to: vendor.secureBaseURL)
            let result = await transport.send(request, secrets: vendor.secrets)
            guard case .notSent(let why) = result else {
                Issue.record("\(result)")
                continue
            }
            // On a busy machine the handshake may not end in time.
            if why == "no connection in time" { continue }
            #expect(why.contains("certificate"), "it turns away at the certificate, not before")
            refused += 1
        }
        #expect(refused > 0)
        #expect((refused...3).contains(vendor.handshakes))
        #expect(vendor.arrivals == [])
    }

    @Test func nobodyListensAtAnUnusedAddress() async throws {
        let transport = try CurlTransport(version: "0")
        let result = await transport.send(message("x", to: try FakeServer.unusedOrigin()), secrets: ["token": "t"])
        #expect(result.isNotSent)
    }

    @Test(
        arguments: [
            (Misbehaviour.tooManyRequests, nil), (.tooManyRetryNow, "0"), (.tooManyRetryIn5, "5"),
            (.tooManyRetryInDecades, "1000000000"), (.tooManyRetryNegative, "-5"), (.tooManyRetryJunk, "soon"),
        ] as [(Misbehaviour, String?)])
    func retryAfterIsAsItIsNamed(misbehaviour: Misbehaviour, header: String?) async throws {
        let vendor = try FakeVendor(huggy, schedule: .always(misbehaviour))
        defer { vendor.stop() }
        let result = await send("x", to: vendor, over: try CurlTransport(version: "0"))
        #expect(result.response?.headers["retry-after"] == header)
    }

    @Test func retryAfterMayBeADate() async throws {
        let vendor = try FakeVendor(huggy, schedule: .always(.tooManyRetryDate))
        defer { vendor.stop() }
        let result = await send("x", to: vendor, over: try CurlTransport(version: "0"))
        #expect(result.response?.headers["retry-after"]?.hasSuffix(" GMT") == true)
    }

    @Test func aRedirectIsNotFollowed() async throws {
        let vendor = try FakeVendor(huggy, schedule: .always(.redirectHome))
        defer { vendor.stop() }
        let result = await send("x", to: vendor, over: try CurlTransport(version: "0"))
        #expect(result.response?.headers["location"] == vendor.origin + "/redirected")
        #expect(vendor.arrivals.count == 1)
    }

    @Test func aPackedBodyIsNotUnpacked() async throws {
        let vendor = try FakeVendor(huggy, schedule: .always(.gzipBomb))
        defer { vendor.stop() }
        let response = await send("x", to: vendor, over: try CurlTransport(version: "0")).response
        #expect(response?.headers["content-encoding"] == "gzip")
        #expect(response?.body.starts(with: [0x1F, 0x8B]) == true)
        #expect((100_000..<200_000).contains(response?.body.count ?? 0))
    }

    @Test func aDrippingAnswerDripsAtItsPace() async throws {
        let vendor = try FakeVendor(huggy, schedule: .always(.drip), pace: FakePace(dripMilliseconds: 1))
        defer { vendor.stop() }
        let result = await vendor.call(
            "POST", "/v3/chats/1/messages", ["text": "x"], headers: Credentials.huggy, over: try CurlTransport(version: "0"))
        #expect(result.status == 201, "at a byte a millisecond it comes whole")
    }

    // Schedules.

    @Test func aScheduleIsTheSameForTheSameSeed() {
        let turns = { (seed: UInt64) in (1...1_000).map { MisbehaviourSchedule.random(seed: seed).turn($0) } }
        #expect(turns(7) == turns(7))
        #expect(turns(7) != turns(8))
        let seen = Set((1...10_000).compactMap { MisbehaviourSchedule.random(seed: 1).turn($0).misbehaviour })
        #expect(seen == Set(Misbehaviour.t9.filter { !$0.isTLS }))
        let share = (1...10_000).count { MisbehaviourSchedule.random(seed: 1, perMille: 250).turn($0).misbehaviour != nil }
        #expect((2_200...2_800).contains(share))
    }

    @Test func whatCanGoEitherWayDoes() {
        let turns = (1...100).map { MisbehaviourSchedule.always(.hang).turn($0).takesEffect }
        #expect(Set(turns) == [true, false])
    }

    // What the tests share.

    private let huggy = FakeHuggy(chats: [1: .init(contact: 7)], contacts: [7: [:]])

    private func message(_ text: String, to baseURL: String) -> VendorRequest {
        VendorRequest(
            method: "POST", url: baseURL + "/v3/chats/1/messages", headers: Credentials.huggy,
            body: .json(["text": .string(text)]), timeoutMilliseconds: 2000)
    }

    private func send(
        _ text: String, to vendor: FakeVendor<FakeHuggy>, over transport: CurlTransport
    ) async -> TransportResult {
        await transport.send(message(text, to: vendor.baseURL), secrets: vendor.secrets)
    }
}

extension TransportResult {
    /// In the terms of a misbehaviour. An answer of 200 or 201 is the vendor's own where its JSON is whole.
    var sight: Misbehaviour.Sight {
        switch self {
        case .notSent: return .notSent
        case .lost: return .lost
        case .response(let response):
            guard [200, 201].contains(response.status) else { return .status(response.status) }
            return (try? JSONDocument(response.body)) == nil ? .brokenBody : .answer
        }
    }
}

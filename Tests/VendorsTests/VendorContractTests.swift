import JSON
import Model
import Testing
import VendorKit
import Vendors

/// What holds for every vendor.
@Suite struct VendorContractTests {
    static let vendors: [VendorID] = VendorCatalog.all.map(\.profile.id)
    static let all: [VendorID] = vendors + [.any]

    /// One action for each feature, with the least that needs it.
    static let actions: [(Feature, Action)] = [
        (.reply, .reply(Reply(text: "a"))),
        (.replyButtons, .reply(Reply(text: "a", buttons: ["b", "c"]))),
        (.replyFile, .reply(Reply(text: "a", file: "https://example.org/a.pdf"))),
        (.note, .note("a")),
        (.routeDepartment, .route(.department("11445"))),
        (.routeTeam, .route(.team("11445"))),
        (.routeAgent, .route(.agent("40419"))),
        (.routeQueue, .route(.queue)),
        (.tag, .tag(["a"], of: .conversation)),
        (.untag, .untag(["a"], of: .conversation)),
        (.tagContact, .tag(["a"], of: .contact)),
        (.untagContact, .untag(["a"], of: .contact)),
        (.close, .close(Closing())),
        (.closeComment, .close(Closing(comment: "a"))),
        (.closeTags, .close(Closing(tags: ["a"]))),
        (.contact, .contact(["name": "Ana"])),
        (.call, .call(VendorCall(method: "POST", path: "/a", json: ["b": 1]))),
    ]

    @Test func catalogueHoldsEveryVendorOnce() {
        #expect(Set(Self.vendors).count == Self.vendors.count)
        #expect(!Self.vendors.contains(.any))
        for id in Self.all {
            #expect(VendorCatalog.profiles[id] == VendorCatalog.profile(id))
            #expect(VendorCatalog.vendor(id)?.profile.id == id)
            #expect(VendorCatalog.profile(id).id == id)
        }
    }

    @Test(arguments: all) func profileHasARowForEveryFeature(vendor: VendorID) {
        #expect(Set(VendorCatalog.profile(vendor).capabilities.keys) == Set(Feature.allCases))
        #expect(Set(Self.actions.map(\.0)) == Set(Feature.allCases))
    }

    @Test(arguments: all) func whatTheProfileOffersCanBeBuiltAndNothingElse(vendor: VendorID) throws {
        let fixture = Fixture(try #require(VendorCatalog.vendor(vendor)))
        for (feature, action) in Self.actions {
            let obstacle = VendorCatalog.profile(vendor).obstacle(to: action)
            let built = Result { try fixture.request(action) }
            switch (obstacle, built) {
            case (nil, .success), (.some, .failure): break
            case (nil, .failure(let error)): Issue.record("\(feature.rawValue): \(error)")
            case (.some, .success): Issue.record("\(feature.rawValue) is called unsupported, and was built")
            }
        }
    }

    @Test(arguments: vendors) func requestsShowNoSecretAndEncodeIDs(vendor: VendorID) throws {
        let fixture = Fixture(try #require(VendorCatalog.vendor(vendor)))
        for (_, action) in Self.actions where fixture.vendor.profile.obstacle(to: action) == nil {
            let request = try fixture.request(action, conversation: "a/../b?c=d#e f", contact: "g/h?i")
            #expect(!request.url.contains("a/../b") && !request.url.contains("g/h") && !request.url.contains(" "))
            let credentials = request.headers.filter {
                if case .secret = $0.value { true } else { false }
            }
            #expect(!credentials.isEmpty)
            #expect(request.url.hasPrefix("https://"))
        }
    }

    @Test(arguments: vendors) func sameEffectIsTheSameRequest(vendor: VendorID) throws {
        let fixture = Fixture(try #require(VendorCatalog.vendor(vendor)))
        for (_, action) in Self.actions where fixture.vendor.profile.obstacle(to: action) == nil {
            #expect(try fixture.request(action) == fixture.request(action))
        }
    }

    @Test(arguments: all) func effectWithoutAConversationIsAnErrorNotACall(vendor: VendorID) throws {
        let fixture = Fixture(try #require(VendorCatalog.vendor(vendor)))
        guard vendor != .any else { return }
        #expect(throws: ActionError.self) { try fixture.request(.reply(Reply(text: "a")), conversation: nil) }
    }

    // MARK: - Odd payloads

    static let oddValues: [Value] = [
        .null, false, true, "", "x", -1, 9_223_372_036_854_775_807, .number(1e300), [], [:], [["_id": "x"]], ["id": "x"],
    ]

    /// Every value of every sample replaced by what it should not be: never a trap, never nothing, and always the same.
    @Test(arguments: Sample.all("payload", "events"))
    func oddValuesNeverFailADecode(sample: Sample) throws {
        let vendor = try #require(VendorCatalog.vendor(sample.vendor))
        let account = try sample.account()
        let payload = try sample.value("payload")
        for (place, odd) in payload.places().enumerated().map({ ($1, Self.oddValues[$0 % Self.oddValues.count]) }) {
            let body = payload.replacing(place[...], by: odd)
            guard body.object != nil else { continue }
            let request = WebhookRequest(body: JSONWriter.bytes(body), trust: .captured)
            let events = try vendor.receive(request, account: account, now: Sample.receivedAt).events
            #expect(!events.isEmpty, "\(place) is \(odd)")
            #expect(Set(events.map(\.id)).count == events.count, "\(place) is \(odd)")
            let again = try vendor.receive(request, account: account, now: Sample.receivedAt.adding(.seconds(20))).events
            #expect(again.map(\.id) == events.map(\.id), "\(place) is \(odd)")
        }
    }

    @Test(arguments: vendors) func anyObjectIsAtLeastOneEvent(vendor: VendorID) throws {
        let fixture = Fixture(try #require(VendorCatalog.vendor(vendor)))
        let deep = (0..<60).reduce(Value.null) { value, _ in ["messages": value] }
        for body: Value in [[:], ["type": .null], ["messages": [:]], ["payload": 1], ["entity": []], deep] {
            let events = try fixture.events(body)
            #expect(events.map(\.kind) == [.other])
            #expect(events.allSatisfy { $0.vendor == vendor && $0.account == "main" })
        }
    }

    @Test(arguments: vendors) func whatIsNoObjectIsRefused(vendor: VendorID) throws {
        let fixture = Fixture(try #require(VendorCatalog.vendor(vendor)))
        for body: Value in [[], "x", 1, .null, [["type": "message"]]] {
            #expect(throws: WebhookError.notAnObject) { try fixture.events(body) }
        }
    }
}

extension Value {
    /// The way to every value inside this one.
    func places() -> [[String]] {
        switch self {
        case .object(let object): object.entries.flatMap { Self.places(below: $0.key, $0.value) }
        case .array(let elements): elements.enumerated().flatMap { Self.places(below: String($0.offset), $0.element) }
        default: []
        }
    }

    private static func places(below key: String, _ value: Value) -> [[String]] {
        [[key]] + value.places().map { [key] + $0 }
    }

    func replacing(_ place: ArraySlice<String>, by value: Value) -> Value {
        guard let key = place.first else { return value }
        switch self {
        case .object(var object):
            object[key] = (object[key] ?? .null).replacing(place.dropFirst(), by: value)
            return .object(object)
        case .array(var elements):
            guard let index = Int(key), elements.indices.contains(index) else { return self }
            elements[index] = elements[index].replacing(place.dropFirst(), by: value)
            return .array(elements)
        default: return self
        }
    }
}

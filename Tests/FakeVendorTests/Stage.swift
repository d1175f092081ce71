import Delivery
import Model
import TestSupport
import VendorKit
import Vendors

/// A vendor of the product in front of its fake, over the real transport.
struct Stage<API: FakeVendorAPI>: Sendable {
    let vendor: any Vendor
    let fake: FakeVendor<API>
    let transport: CurlTransport
    let target: EffectTarget
    let names: Account.Names
    var secrets: [String: String]

    init(
        _ vendor: any Vendor, _ api: API, target: EffectTarget, names: Account.Names,
        schedule: MisbehaviourSchedule = .none
    ) throws {
        self.vendor = vendor
        self.target = target
        self.names = names
        fake = try FakeVendor(api, schedule: schedule)
        transport = try CurlTransport(version: "0")
        secrets = fake.secrets
    }

    var account: Account {
        Account(
            id: "main", vendor: vendor.profile.id, names: names, baseURL: fake.configuredURL(vendor.profile.id),
            settings: fake.settings)
    }

    func effect(_ action: Action, key: String = "event|rule|0", target: EffectTarget? = nil) -> Effect {
        Effect(
            key: key, eventID: "event", rule: "rule", ruleAt: SourcePosition(file: "rules/a.yaml", line: 1, column: 1),
            action: action, target: target ?? self.target)
    }

    struct Attempt: Sendable {
        var request: VendorRequest
        var result: TransportResult
        /// Nil where no answer came.
        var outcome: DeliveryOutcome?
    }

    /// Reads first where the vendor asks for it, then calls. Nil: nothing is left to do.
    func carryOut(_ effect: Effect, timeoutMilliseconds: Int64? = nil) async throws -> Attempt? {
        if let read = try vendor.preparation(for: effect, account: account) {
            let attempt = await send(read, timeoutMilliseconds)
            guard case .response(let response) = attempt.result else { return attempt }
            guard let call = try vendor.request(for: effect, account: account, after: response) else { return nil }
            return await send(call, timeoutMilliseconds)
        }
        return await send(try vendor.request(for: effect, account: account), timeoutMilliseconds)
    }

    /// What a read-back shows; nil where there is none, or it does not tell.
    func isDone(_ effect: Effect, timeoutMilliseconds: Int64? = nil) async throws -> Bool? {
        guard let read = try vendor.readBack(of: effect, account: account) else { return nil }
        return await send(read, timeoutMilliseconds).result.response.flatMap { vendor.isDone(effect, readBack: $0) }
    }

    func send(_ request: VendorRequest, _ timeoutMilliseconds: Int64? = nil) async -> Attempt {
        var request = request
        request.timeoutMilliseconds = timeoutMilliseconds
        let result = await transport.send(request, secrets: secrets)
        return Attempt(
            request: request, result: result, outcome: result.response.map { vendor.outcome(of: $0, to: request) })
    }
}

extension FakeVendor {
    /// As a person configures it: the site of Rocket.Chat, version 3 of Huggy, the API of the others.
    func configuredURL(_ vendor: VendorID) -> String { vendor == .huggy ? baseURL + "/v3" : baseURL }
}

extension DeliveryOutcome {
    var isDone: Bool { if case .done = self { true } else { false } }
    var isUncertain: Bool { if case .uncertain = self { true } else { false } }

    /// The classes of what is to be done next.
    var name: String {
        switch self {
        case .done: "done"
        case .retry: "retry"
        case .throttled: "throttled"
        case .refused: "refused"
        case .uncertain: "uncertain"
        }
    }
}

// The scene of each vendor: the conversation, contact and places that the samples of its folder name.

enum Scenes {
    static func rocketChat(
        quota: FakeFixedWindow? = nil, schedule: MisbehaviourSchedule = .none
    ) throws -> Stage<FakeRocketChat> {
        let (room, visitor) = ("6Xn2kQpW9sVbT4mYe", "66b1f0a2c3d4e5f60718293a")
        let api = FakeRocketChat(
            userID: "kT2botUser00000001",
            rooms: [room: .init(visitor: visitor, department: "d0", agent: "kT2botUser00000001", tags: ["delivery", "vip"])],
            visitors: [visitor: .init(token: "t", name: "Charles")],
            agents: [
                "hU3humanAgent00002": .init(username: "kim", departments: ["d1"]), "40419": .init(username: "bo"),
                "u1": .init(username: "li", departments: ["d1"]),
            ],
            departments: ["68304887113ac52640bc1ca6", "d0", "d1"], visitorFields: ["plan", "age", "old"], quota: quota)
        return try Stage(
            RocketChat(), api,
            target: EffectTarget(
                account: "main", vendor: .rocketchat, conversationID: room, contactID: visitor, channel: "livechat",
                tags: ["delivery", "vip"]),
            names: .init(departments: ["billing": "68304887113ac52640bc1ca6"], agents: ["Kim Jane": "hU3humanAgent00002"]),
            schedule: schedule)
    }

    static func huggy(schedule: MisbehaviourSchedule = .none) throws -> Stage<FakeHuggy> {
        let api = FakeHuggy(
            chats: [2_932_424: .init(contact: 419_689, situation: "in_chat", agent: 33_981)],
            contacts: [419_689: ["id": 419_689, "name": "Charles"]], agents: [33_980, 33_981, 40_419],
            departments: [11_445])
        return try Stage(
            Huggy(), api,
            target: EffectTarget(
                account: "main", vendor: .huggy, conversationID: "2932424", contactID: "419689", channel: "webchat", tags: []),
            names: .init(departments: ["Billing": "11445"], agents: ["Amanda Muniz": "33980"]), schedule: schedule)
    }

    static func omniChat(schedule: MisbehaviourSchedule = .none) throws -> Stage<FakeOmniChat> {
        let api = FakeOmniChat(
            chats: ["dE5fgIIi8o": .init()], users: ["Us3rAg3nt1"], teams: ["T3amB1ll1n", "T3amV3nd4s", "T3am0ther1"])
        return try Stage(
            OmniChat(), api,
            target: EffectTarget(
                account: "main", vendor: .omnichat, conversationID: "dE5fgIIi8o", contactID: nil, channel: "whatsapp", tags: []),
            names: .init(
                departments: ["Billing": "T3amB1ll1n"], teams: ["Vendas": "T3amV3nd4s"], agents: ["Ana Lima": "Us3rAg3nt1"]),
            schedule: schedule)
    }

    static func channelTalk(
        quota: FakeTokenBucket = FakeTokenBucket(limit: 1_000, milliseconds: 10_000), schedule: MisbehaviourSchedule = .none
    ) throws -> Stage<FakeChannelTalk> {
        let (chat, user) = ("67f0a1b2c3d4e5f6c001", "67f0a1b2c3d4e5f60001")
        let api = FakeChannelTalk(
            botName: "Shop Helper", userChats: [chat: .init(user: user)], groups: ["6": []],
            users: [user: .init(tags: ["vip", "new"])], managers: ["60125", "60126"], quota: quota)
        return try Stage(
            ChannelTalk(), api,
            target: EffectTarget(
                account: "main", vendor: .channeltalk, conversationID: chat, contactID: user, channel: "webchat", tags: []),
            names: .init(agents: ["Koala Manager": "60125"]), schedule: schedule)
    }

    static func chatwoot(schedule: MisbehaviourSchedule = .none) throws -> Stage<FakeChatwoot> {
        let api = FakeChatwoot(
            conversations: [118: .init(labels: ["invoice", "vip"])],
            contacts: [41: .init(name: "Lena Brandt", labels: ["b2b"])], users: [7, 12, 13], teams: [4, 5])
        return try Stage(
            Chatwoot(), api,
            target: EffectTarget(
                account: "main", vendor: .chatwoot, conversationID: "118", contactID: "41", channel: "webchat",
                tags: ["invoice", "vip"]),
            names: .init(departments: ["Billing": "4"], teams: ["Vendas": "5"], agents: ["Noa Keller": "12"]),
            schedule: schedule)
    }
}

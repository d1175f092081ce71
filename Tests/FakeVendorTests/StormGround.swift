import Delivery
import Model
import TestSupport
import VendorKit
import Vendors

/// One vendor under a storm: its fake, the accounts in front of it, and what is wanted of it.
struct StormGround: Sendable {
    let destinations: [Destination]
    /// Makes a conversation at the vendor, of which nothing else is known by this number.
    let open: @Sendable (Int) -> EffectTarget
    /// What is wanted in the middle of a conversation.
    let middle: @Sendable (_ text: String, inout SplitMix64) -> Action
    /// What is wanted at its end, where nothing follows.
    let end: @Sendable (inout SplitMix64) -> Action
    /// True where an effect must never come about twice: the vendor folds repeats, tells what it did, or the effect is not
    /// risked again.
    let isOnce: @Sendable (Action) -> Bool
    let view: @Sendable () -> View
    let stop: @Sendable () -> Void

    /// What the vendor saw, and what it shows.
    struct View: Sendable {
        var arrivals: [FakeArrival]
        var complaints: [String]
        var handshakes: Int
        /// By conversation: the texts that we sent to it, in their order.
        var texts: [String: [String]]
    }

    var vendor: VendorID { destinations.first?.account.vendor ?? .any }

    static func all(seed: UInt64, accounts: Int) throws -> [StormGround] {
        [
            try rocketChat(seed, accounts), try huggy(seed + 1, accounts), try omniChat(seed + 2, accounts),
            try channelTalk(seed + 3, accounts),
        ]
    }
}

extension StormGround {
    private static func rocketChat(_ seed: UInt64, _ accounts: Int) throws -> StormGround {
        let fake = try FakeVendor(
            FakeRocketChat(visitors: ["v": .init(token: "t")], departments: ["d0", "d1"]), schedule: schedule(seed))
        return StormGround(
            destinations: destinations(MarkedVendor<RocketChat>(), fake, accounts),
            open: { number in
                fake.change { $0.rooms["room\(number)"] = .init(visitor: "v") }
                return target(.rocketchat, "room\(number)", contact: "v", channel: "livechat")
            },
            middle: { text, random in
                switch random.next() % 10 {
                case 0: .tag([text], of: .conversation)
                case 1: .route(.department(random.next() % 2 == 0 ? "d0" : "d1"))
                default: .reply(Reply(text: text))
                }
            },
            end: { _ in .close(Closing()) },
            isOnce: { [.reply, .close].contains($0.kind) },
            view: { fake.view { $0.rooms.mapValues { $0.messages.map(\.text) } } },
            stop: { fake.stop() })
    }

    private static func huggy(_ seed: UInt64, _ accounts: Int) throws -> StormGround {
        let fake = try FakeVendor(
            FakeHuggy(contacts: [1: ["id": 1]], departments: [11_445, 11_446]), schedule: schedule(seed))
        return StormGround(
            destinations: destinations(MarkedVendor<Huggy>(), fake, accounts),
            open: { number in
                fake.change { $0.chats[Int64(number)] = .init(contact: 1, situation: "in_chat") }
                return target(.huggy, "\(number)", contact: "1", channel: "webchat")
            },
            middle: { text, random in
                switch random.next() % 10 {
                case 0: .note(text)
                case 1: .route(.department(random.next() % 2 == 0 ? "11445" : "11446"))
                default: .reply(Reply(text: text))
                }
            },
            end: { random in random.next() % 2 == 0 ? .close(Closing()) : .route(.queue) },
            isOnce: { $0 == .route(.queue) || $0.kind == .close },
            view: {
                fake.view { api in
                    Dictionary(api.chats.map { ("\($0.key)", $0.value.messages.map(\.text)) }) { first, _ in first }
                }
            },
            stop: { fake.stop() })
    }

    private static func omniChat(_ seed: UInt64, _ accounts: Int) throws -> StormGround {
        let fake = try FakeVendor(FakeOmniChat(teams: ["T0", "T1"]), schedule: schedule(seed))
        return StormGround(
            destinations: destinations(MarkedVendor<OmniChat>(), fake, accounts),
            open: { number in
                fake.change { $0.chats["chat\(number)"] = .init() }
                return target(.omnichat, "chat\(number)", contact: nil, channel: "whatsapp")
            },
            middle: { text, random in
                random.next() % 5 == 0
                    ? .route(.team(random.next() % 2 == 0 ? "T0" : "T1")) : .reply(Reply(text: text))
            },
            end: { _ in .close(Closing()) },
            isOnce: { $0.kind != .reply },
            view: { fake.view { $0.chats.mapValues { $0.messages.map(\.text) } } },
            stop: { fake.stop() })
    }

    private static func channelTalk(_ seed: UInt64, _ accounts: Int) throws -> StormGround {
        let quota = FakeTokenBucket(limit: 1_000_000, milliseconds: 1_000)
        let fake = try FakeVendor(
            FakeChannelTalk(botName: "Shop Helper", managers: ["60125"], quota: quota), schedule: schedule(seed))
        return StormGround(
            destinations: destinations(MarkedVendor<ChannelTalk>(), fake, accounts),
            open: { number in
                fake.change { api in
                    api.users["user\(number)"] = .init()
                    api.userChats["chat\(number)"] = .init(user: "user\(number)")
                }
                return target(.channeltalk, "chat\(number)", contact: "user\(number)", channel: "webchat")
            },
            middle: { text, random in
                switch random.next() % 10 {
                case 0: .tag([text], of: .contact)
                case 1: .route(.agent("60125"))
                case 2: .note(text)
                default: .reply(Reply(text: text))
                }
            },
            end: { _ in .close(Closing()) },
            isOnce: { [.reply, .note].contains($0.kind) },
            view: { fake.view { $0.userChats.mapValues { $0.messages.map(\.text) } } },
            stop: { fake.stop() })
    }

    private static func schedule(_ seed: UInt64) -> MisbehaviourSchedule {
        .random(seed: seed, perMille: StormScale.badArrivalsPerMille)
    }

    private static func target(
        _ vendor: VendorID, _ conversation: String, contact: String?, channel: String
    ) -> EffectTarget {
        EffectTarget(
            account: "", vendor: vendor, conversationID: conversation, contactID: contact, channel: channel, tags: [])
    }

    private static func destinations(
        _ vendor: any Vendor, _ fake: FakeVendor<some FakeVendorAPI>, _ count: Int
    ) -> [Destination] {
        let id = vendor.profile.id
        return (1...count).map { number in
            let account = Account(
                id: "\(id.rawValue)\(number)", vendor: id, baseURL: fake.configuredURL(id), settings: fake.settings)
            return Destination(account: account, vendor: vendor, secrets: fake.secrets)
        }
    }
}

extension FakeVendor {
    fileprivate func view(_ texts: (API) -> [String: [String]]) -> StormGround.View {
        StormGround.View(arrivals: arrivals, complaints: complaints, handshakes: handshakes, texts: texts(api))
    }
}

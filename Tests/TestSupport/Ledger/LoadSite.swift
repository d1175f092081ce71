/// One vendor as a load meets it: what the daemon is configured with, what the vendor's webhooks look like, and how its API
/// reads and answers calls. Rules answer each message that begins with `order` by the actions in `sent`.
package struct LoadSite: Sendable {
    /// The account's name, and the last part of the webhooks' path.
    package var account: String
    package var environment: [String: String]
    /// Of the daemon; `$API` stands for the URL of the vendor.
    package var configuration: String
    package var rules: String
    /// The actions of the rule that reach the vendor, by their places.
    package var sent: [Int]
    /// True when the vendor takes the sender's keys and does nothing twice.
    package var isFolding: Bool
    package var webhook: @Sendable (LoadEvent) -> LoadWebhook
    /// Nil for a request that is none of the load's.
    package var call: @Sendable (LoopbackServer.Request) -> VendorLog.Call?
    /// A whole answer of HTTP.
    package var answer: @Sendable (VendorLog.Call) -> String
    /// The same where the key is known.
    package var answerToRepeat: @Sendable (VendorLog.Call) -> String
    /// The key that a request asks after; nil for one that does not ask.
    package var asksAfter: @Sendable (LoopbackServer.Request) -> String? = { _ in nil }
    /// The answer to it: what was carried out under the key, if anything.
    package var tells: @Sendable (VendorLog.Call?) -> String = { _ in LoopbackServer.ok("{}") }
    /// The status of a refusal for good.
    package var refusal: Int

    package func configuration(api: String) -> String {
        configuration.split(separator: "$API", omittingEmptySubsequences: false).joined(separator: api)
    }

    private static let places = "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstore: sqlite:bellhop.db\n"
    private static let limits = "limits: { replies_per_minute: 1000000, replies_without_customer: 1000000 }\n"

    /// Each message is answered twice, and changes the conversation's state once.
    private static let rules = """
        version: 1
        rules:
          - id: echo
            when: [ { text: 'order*' } ]
            do:
              - reply: 'act=0 {{message.text}}'
              - reply: 'act=1 {{message.text}}'
              - set: { last: '{{message.text}}' }

        """

    /// The effect whose text is somewhere in a request's body: `act=1 order ev12-345`.
    private static func effect(in body: String) -> LoadEffect? {
        guard let event = LoadEvent(in: body) else { return nil }
        var rest = body.utf8[...]
        while let start = rest.firstIndex(of: UInt8(ascii: "a")) {
            rest = rest[start...]
            if rest.starts(with: "act=".utf8), let action = Int(String(Substring(rest.dropFirst(4).prefix(1)))) {
                return LoadEffect(event, action: action)
            }
            rest = rest.dropFirst()
        }
        return nil
    }
}

// MARK: - Huggy

extension LoadSite {
    /// A vendor that knows no keys: what is sent twice is seen twice.
    package static let huggy = LoadSite(
        account: "shop",
        environment: ["SHOP_TOKEN": huggyToken, "SHOP_API": "api-secret-of-the-shop"],
        configuration: places + limits + """
            accounts:
              shop:
                vendor: huggy
                webhook: { secret: { env: SHOP_TOKEN } }
                api: { base_url: '$API', token: { env: SHOP_API } }

            """,
        rules: rules, sent: [0, 1], isFolding: false,
        webhook: { LoadWebhook(path: "/webhooks/shop", body: huggyMessage($0)) },
        call: { request in
            let parts = (request.head.first ?? "").split(separator: "/")
            let place = parts.firstIndex(of: "chats").map { parts.index(after: $0) }
            let chat = place.flatMap { parts.indices.contains($0) ? Int(parts[$0]) : nil }
            return effect(in: request.body).map { VendorLog.Call($0, conversation: chat) }
        },
        answer: { _ in LoopbackServer.ok("{}") }, answerToRepeat: { _ in LoopbackServer.ok("{}") }, refusal: 400)

    private static let huggyToken = "0123456789abcdef0123456789abcdef"

    private static func huggyMessage(_ event: LoadEvent) -> String {
        let person = #"{"id":7,"name":"Ana Souza","mobile":null,"phone":null,"email":null,"photo":"no_photo"}"#
        return """
            {"time":1735738800,"token":"\(huggyToken)","messages":{"receivedAllMessage":[{"id":"\(event)",\
            "body":"order \(event)","is_internal":false,"is_email":false,"sender":\(person),"senderType":"widget",\
            "receiver":false,"receiverType":"agent","file":null,"channel":"widget","customer":\(person),\
            "chat":{"id":\(event.conversation),"channel":"widget","situation":"auto","department":false,\
            "customer":\(person)},"send_at":"2025-01-01 10:40:00","read_at":null,"company":{"id":"351000"}}]}}
            """
    }
}

// MARK: - Rocket.Chat

extension LoadSite {
    /// A vendor that takes the sender's `_id` for a message, and stores none twice.
    package static let rocketChat = LoadSite(
        account: "site",
        environment: ["SITE_SECRET": rocketChatSecret, "SITE_TOKEN": "token-of-the-bot"],
        configuration: places + limits + """
            accounts:
              site:
                vendor: rocketchat
                webhook: { secret: { env: SITE_SECRET } }
                api: { base_url: '$API', user_id: bot-1, token: { env: SITE_TOKEN } }
                bots: [bot-1]

            """,
        rules: rules, sent: [0, 1], isFolding: true,
        webhook: { event in
            LoadWebhook(
                path: "/webhooks/site", headers: [("X-RocketChat-Livechat-Token", rocketChatSecret)],
                body: rocketChatMessage(event))
        },
        call: { request in
            guard let message = FakeJSON(Array(request.body.utf8))?["message"], let text = message["msg"]?.string,
                let effect = effect(in: text)
            else { return nil }
            let room = message["rid"]?.string.flatMap { $0.hasPrefix("room-") ? Int($0.dropFirst(5)) : nil }
            return VendorLog.Call(effect, conversation: room, key: message["_id"]?.string)
        },
        answer: { rocketChatMessage(of: $0) },
        answerToRepeat: { _ in
            LoopbackServer.failure(
                400, headers: json,
                body: #"{"success":false,"error":"Cannot read properties of undefined (reading 'starred')"}"#)
        },
        asksAfter: { request in
            guard let target = request.head.first?.split(separator: " ").dropFirst().first,
                target.hasPrefix("/api/v1/chat.getMessage?msgId=")
            else { return nil }
            return target.split(separator: "=").last.map(String.init)
        },
        tells: { call in
            call.map { rocketChatMessage(of: $0) }
                ?? LoopbackServer.failure(400, headers: json, body: #"{"success":false}"#)
        },
        refusal: 400)

    private static let json = "Content-Type: application/json\r\n"

    private static func rocketChatMessage(of call: VendorLog.Call) -> String {
        LoopbackServer.ok(
            #"{"success":true,"message":{"_id":"\#(call.key ?? "")","rid":"room-\#(call.conversation ?? 0)"}}"#,
            headers: json)
    }

    private static let rocketChatSecret = "0123456789abcdef-site"

    private static func rocketChatMessage(_ event: LoadEvent) -> String {
        """
        {"_id":"room-\(event.conversation)","label":"Ana","createdAt":"2026-03-04T13:00:00.000Z",\
        "lastMessageAt":"2026-03-04T13:00:00.000Z",\
        "visitor":{"_id":"visitor-1","token":"t-1","name":"Ana Souza","username":"guest-1"},\
        "type":"Message","messages":[{"u":{"_id":"visitor-1","username":"visitor-1","name":"Ana"},"_id":"\(event)",\
        "username":"visitor-1","msg":"order \(event)","ts":"2026-03-04T13:00:05.000Z"}]}
        """
    }
}

import Model
import VendorKit

/// One effect as one call of OmniChat's API.
///
/// None of them takes a key of ours, so no request counts as idempotent.
struct OmniChatRequests {
    let effect: Effect
    let account: Account

    func request() throws(ActionError) -> VendorRequest {
        switch effect.action {
        case .reply(let reply): post("/messages", try message(reply))
        case .route(let target): post("/chats/\(try effect.conversationSegment())/route", try route(target))
        case .close(let closing) where closing.tags.isEmpty:
            post("/chats/\(try effect.conversationSegment())/finish", finish(closing))
        case .call(let call): self.call(call)
        case .set, .start, .stopFlow, .http: throw .noVendorCall(effect.action)
        case .note, .close, .tag, .untag, .contact: throw .unsupported(effect.action, by: OmniChat.profile)
        }
    }

    // MARK: - Bodies

    private func message(_ reply: Reply) throws(ActionError) -> Value {
        let chat = Value.string(try effect.conversationID())
        guard OmniChatButtons.fit(reply, channel: effect.target.channel) else {
            let text = reply.text(listingButtons: true, linkingFile: true)
            return ["chatId": chat, "message": .string(text), "type": "TEXT"]
        }
        let text = reply.text(listingButtons: false, linkingFile: true)
        // All four members, and `forceSend`, as in the one integration that is known to send buttons.
        return [
            "type": "INTERACTIVE_BUTTON", "chatId": chat,
            "button": [
                "header": "", "body": .string(text), "footer": "", "buttons": .array(reply.buttons.map(Value.string)),
            ], "forceSend": true,
        ]
    }

    private func route(_ target: RouteTarget) throws(ActionError) -> Value {
        switch target {
        case .agent(let word): return ["type": "USER", "userId": .string(account.agentID(word))]
        case .team(let word): return team(word, account.teamID, else: account.departmentID)
        case .department(let word): return team(word, account.departmentID, else: account.teamID)
        case .queue: throw .unsupported(effect.action, by: OmniChat.profile)
        }
    }

    /// A department is a team, under whichever of the two the configuration names it.
    private func team(_ word: String, _ ids: (String) -> String, else others: (String) -> String) -> Value {
        let id = ids(word)
        return ["type": "TEAM", "teamId": .string(id == word ? others(word) : id)]
    }

    /// OmniChat's pages show the reason in every call, so one is given also where the rule gives none.
    private func finish(_ closing: Closing) -> Value {
        ["closingReason": .string(closing.comment ?? "Closed by an automatic rule")]
    }

    // MARK: - Request

    private func post(_ path: String, _ json: Value) -> VendorRequest {
        OmniChatAPI(account: account).request("POST", path, .json(json))
    }

    private func call(_ call: VendorCall) -> VendorRequest {
        OmniChatAPI(account: account).request(call.method, call.rootedPath, call.body, isIdempotent: call.isReading)
    }
}

/// Buttons as WhatsApp has them; what does not fit goes as a numbered list.
enum OmniChatButtons {
    /// WhatsApp's limits for reply buttons. Source: WhatsApp Cloud API, "Interactive reply buttons messages".
    private static let maxButtons = 3
    private static let maxLabel = 20
    private static let maxBody = 1024

    static func fit(_ reply: Reply, channel: String?) -> Bool {
        guard channel == "whatsapp", (1...maxButtons).contains(reply.buttons.count) else { return false }
        let body = reply.text(listingButtons: false, linkingFile: true)
        return (1...maxBody).contains(body.unicodeScalars.count) && Set(reply.buttons).count == reply.buttons.count
            && reply.buttons.allSatisfy { (1...maxLabel).contains($0.unicodeScalars.count) }
    }
}

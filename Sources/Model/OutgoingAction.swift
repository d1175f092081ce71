/// What becomes of an action under a vendor's limits of length.
package enum OutgoingAction: Sendable, Hashable {
    /// What goes out, in order: the action itself, or a long reply as several. Never empty.
    case parts([Action])
    /// It is longer than the vendor takes, and cannot be cut; the sentence says so.
    case tooLong(String)
}

extension VendorProfile {
    /// The action as the vendor takes it. A long reply is cut into messages; a long note or comment stays whole, and is
    /// therefore refused.
    package func outgoing(_ action: Action) -> OutgoingAction {
        switch action {
        case .reply(let reply): outgoing(reply)
        case .note(let text): outgoing(action, .note, text)
        case .close(let closing): outgoing(action, .closeComment, closing.comment ?? "")
        case .route, .tag, .untag, .set, .contact, .start, .stopFlow, .http, .call: .parts([action])
        }
    }

    /// How long a reply goes out, with what is bridged in its text: in the units of the vendor's limit. Nil without one.
    package func length(of reply: Reply) -> Int? {
        textLimits[.reply]?.length(of: reply.text(listingButtons: listsButtons, linkingFile: linksFile))
    }

    private var listsButtons: Bool { capability(.replyButtons).isBridged }
    private var linksFile: Bool { capability(.replyFile).isBridged }

    private func outgoing(_ reply: Reply) -> OutgoingAction {
        guard let limit = textLimits[.reply] else { return .parts([.reply(reply)]) }
        let splitting = ReplySplitting(limit: limit, listsButtons: listsButtons, linksFile: linksFile)
        if let parts = splitting.parts(of: reply) { return .parts(parts.map(Action.reply)) }
        let length = limit.length(of: reply.text(listingButtons: listsButtons, linkingFile: linksFile))
        return .tooLong(
            "the reply has \(length) \(limit.unit.rawValue): \(name) takes \(limit.count) in a message, and it cannot be cut "
                + "into \(ReplySplitting.mostParts) messages")
    }

    private func outgoing(_ action: Action, _ feature: Feature, _ text: String) -> OutgoingAction {
        guard let limit = textLimits[feature], !limit.fits(text) else { return .parts([action]) }
        return .tooLong(
            "the \(feature.rawValue) has \(limit.length(of: text)) \(limit.unit.rawValue): \(name) takes \(limit.count)")
    }
}

extension Capability {
    fileprivate var isBridged: Bool {
        if case .bridged = self { true } else { false }
    }
}

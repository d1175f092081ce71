import JSON
import Model
import VendorKit

/// Reads for `check --online`: the channel of these keys, its managers, and whether a webhook is blocked.
struct ChannelTalkProbes {
    let api: ChannelTalkAPI

    var probes: [OnlineProbe] {
        [
            OnlineProbe(.credentials, api.get("/channel")) { answer in
                .one(answer.json?["channel"]?.object ?? answer.json, id: "id", name: "name")
            },
            // In the vendor's own n8n nodes: https://github.com/channel-io/n8n-nodes-channel-talk
            OnlineProbe(.agents, api.get("/managers?limit=\(Self.limit)")) { answer in
                let list = answer.json?["managers"]
                return .list(list, id: "id", name: "name", isComplete: (list?.elements.count ?? 0) < Self.limit)
            },
            OnlineProbe(.webhooks, api.get("/webhooks")) { answer in
                let list = answer.json?["webhooks"]
                guard case .found(var findings, let isComplete) = OnlineAnswer.list(list, id: "id", name: "name") else {
                    return .unreadable("the answer holds no list of webhooks")
                }
                let blocked = (list?.elements ?? []).filter { $0["blocked"]?.bool == true }.compactMap { $0["id"]?.identifier }
                for index in findings.indices where blocked.contains(findings[index].id) { findings[index].note = "blocked" }
                return .found(findings, isComplete: isComplete && answer.json?["next"]?.filledText == nil)
            },
        ]
    }

    /// The longest page.
    private static let limit = 500
}

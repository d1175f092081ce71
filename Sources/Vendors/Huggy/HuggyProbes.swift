import JSON
import Model
import VendorKit

/// Reads for `check --online`: whose token this is, and the agents. No call that lists departments is known.
struct HuggyProbes {
    let api: HuggyAPI

    var probes: [OnlineProbe] {
        [
            // "Auto" is known as a bot without being listed.
            OnlineProbe(
                .credentials, api.get("/agents/profile"), own: { $0.id == HuggyItem.autoID ? [] : [$0.id] }
            ) { .one($0.json, id: "id", name: "name", note: "email") },
            OnlineProbe(.agents, api.get("/agents")) { answer in
                let count = answer.json?.elements.count ?? 0
                return .list(answer.json, id: "id", name: "name", note: "email", isComplete: count < Self.pageLength)
            },
        ]
    }

    /// Of every list of the API.
    private static let pageLength = 20
}

import JSON
import Model
import VendorKit

/// Reads for `check --online`. The list of teams is the cheapest proof of the credentials too; none of users is documented.
struct OmniChatProbes {
    let api: OmniChatAPI

    var probes: [OnlineProbe] {
        [
            OnlineProbe(.credentials, api.get("/teams?limit=1")) { answer in
                answer.json?.kind == .array ? .found([], isComplete: true) : .unreadable("the answer holds no list")
            },
            OnlineProbe(.teams, api.get("/teams?limit=\(Self.limit)")) { answer in
                let count = answer.json?.elements.count ?? 0
                return .list(answer.json, id: "objectId", name: "name", isComplete: count < Self.limit)
            },
        ]
    }

    /// The most that a list is known to give.
    private static let limit = 100
}

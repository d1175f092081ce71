import JSON
import Model
import VendorKit

/// Reads for `check --online`. The list of teams is the cheapest proof of the credentials too; none of users is documented.
struct OmniChatProbes {
    let api: OmniChatAPI

    var probes: [OnlineProbe] {
        [
            OnlineProbe(.credentials, api.get("/teams")) { answer in
                answer.json?.kind == .array ? .found([], isComplete: true) : .unreadable("the answer holds no list")
            },
            // A department is a team of another name.
            OnlineProbe(.teams, api.get("/teams"), tables: [.departments, .teams]) { answer in
                let count = answer.json?.elements.count ?? 0
                return .list(answer.json, id: "objectId", name: "name", isComplete: count < Self.limit)
            },
        ]
    }

    /// Lists give at most so many where no limit is named, by the oldest of the clients that tell.
    private static let limit = 100
}

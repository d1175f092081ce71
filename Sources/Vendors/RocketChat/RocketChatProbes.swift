import JSON
import Model
import VendorKit

/// Reads for `check --online`: whose token this is, and what can be routed to.
struct RocketChatProbes {
    let api: RocketChatAPI

    var probes: [OnlineProbe] {
        [
            OnlineProbe(.credentials, api.get("/me"), own: { [$0.id, $0.note].compactMap(\.self) }) { answer in
                .one(answer.json, id: "_id", name: "name", note: "username")
            },
            OnlineProbe(.departments, api.get("/livechat/department")) { answer in
                Self.list(answer, "departments", note: nil)
            },
            OnlineProbe(.agents, api.get("/livechat/users/agent")) { answer in
                Self.list(answer, "users", note: "username")
            },
        ]
    }

    /// `{departments: […], count, offset, total}`, a page of at most the server's default length.
    private static func list(_ answer: VendorResponse, _ key: String, note: String?) -> OnlineAnswer {
        let body = answer.json
        let count = body?[key]?.elements.count ?? 0
        let isComplete = (body?["total"]?.int64).map { $0 <= Int64(count) } ?? true
        return .list(body?[key], id: "_id", name: "name", note: note, isComplete: isComplete)
    }
}

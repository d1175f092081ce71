import JSON
import Model
import VendorKit

/// Reads for `check --online`: whose token this is, and what `names` may name. The lists come whole.
struct ChatwootProbes {
    let api: ChatwootAPI

    var probes: [OnlineProbe] {
        [
            OnlineProbe(
                .credentials, api.get("\(ChatwootAPI.root)/profile"), own: { [$0.id, $0.note].compactMap(\.self) }
            ) {
                .one($0.json, id: "id", name: "name", note: "email")
            },
            OnlineProbe(.teams, api.get("/teams")) { .list($0.json, id: "id", name: "name") },
            OnlineProbe(.agents, api.get("/agents")) { .list($0.json, id: "id", name: "name", note: "email") },
        ]
    }
}

@testable import Daemon

extension Admission {
    var bodyLimit: Int? { if case .admitted(let limit, _) = self { limit } else { nil } }
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}

import Model
import TestSupport
import Testing
import VendorKit

/// One action, and what a vendor must hold after it.
struct ActionRow<API: FakeVendorAPI>: Sendable, CustomTestStringConvertible {
    var action: Action
    var check: @Sendable (API) -> Void

    init(_ action: Action, _ check: @escaping @Sendable (API) -> Void) {
        self.action = action
        self.check = check
    }

    var testDescription: String { "\(action.kind.rawValue) \(action.value)" }

    func run(on stage: Stage<API>) async throws {
        defer { stage.fake.stop() }
        let outcome = try await stage.carryOut(stage.effect(action))?.outcome
        #expect(outcome?.isDone == true, "\(String(describing: outcome))")
        #expect(stage.fake.complaints == [])
        #expect(stage.fake.arrivals.last?.tookEffect == true)
        check(stage.fake.api)
    }

    /// Every feature that the profile offers has a row: else the suite would be green by leaving out.
    static func expectAllFeatures(of vendor: any Vendor, in rows: [ActionRow]) {
        let offered = Feature.allCases.filter { feature in
            if case .unsupported = vendor.profile.capability(feature) { false } else { true }
        }
        #expect(Set(rows.flatMap(\.action.features)) == Set(offered))
    }
}

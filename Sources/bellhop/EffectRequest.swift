import Daemon
import Delivery
import Model
import VendorKit
import Vendors

/// The call that a planned effect would make: of the vendor's API, or of a system of the user's own.
enum EffectRequest {
    /// Nil for an effect that makes none.
    static func request(for effect: Effect, account: Account) -> Result<VendorRequest, ActionError>? {
        guard effect.status == .planned, effect.action.leavesBellhop else { return nil }
        if case .http(let call) = effect.action {
            return Result { () throws(ActionError) in try HTTPActionRequest.request(for: call) }
        }
        guard let vendor = VendorCatalog.vendor(effect.target.vendor) else { return nil }
        return Result { () throws(ActionError) in try vendor.request(for: effect, account: account) }
    }
}

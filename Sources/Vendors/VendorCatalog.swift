package import JSON
package import Model
package import VendorKit

/// Every vendor that Bellhop knows. To add one, add its folder and its line here.
package enum VendorCatalog {
    package static let all: [any Vendor] = [RocketChat(), Huggy(), OmniChat(), ChannelTalk(), Chatwoot()]

    /// Of every vendor that can be in a configuration, in the order of `all`.
    package static let configurable: [VendorProfile] = all.map(\.profile)
    package static let ids: [VendorID] = configurable.map(\.id)

    /// By id, that of rule tests too.
    package static let profiles: [VendorID: VendorProfile] = Dictionary(
        (configurable + [.any]).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

    /// The vendor of a word in a configuration or a capture; nil when none has it.
    package static func id(_ word: String) -> VendorID? { ids.first { $0.rawValue == word } }

    /// The vendor of an account; `.any` is the vendor of rule tests, which is in no configuration.
    package static func vendor(_ id: VendorID) -> (any Vendor)? {
        id == .any ? AnyVendor() : all.first { $0.profile.id == id }
    }

    /// The vendor whose shape a body has, where nobody says which vendor a captured payload is from; nil when none knows it.
    package static func recognized(_ body: JSONElement) -> (any Vendor)? {
        all.first { $0.recognizes(body) }
    }

    package static func profile(_ id: VendorID) -> VendorProfile {
        vendor(id)?.profile ?? .any
    }
}

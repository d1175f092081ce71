import Delivery
import JSON
package import Model
import VendorKit
import Vendors

extension AccountDirectory {
    /// A webhook's body as it is kept: without any secret. It was compared with them before; deciding, and whatever is done with
    /// a capture later, needs none.
    package func stored(_ body: [UInt8], of vendor: VendorID) -> [UInt8] {
        let redacted = redactor.redacted(body)
        guard redacted != body, (try? JSONDocument(redacted)) == nil, let root = try? JSONDocument(body).root.value else {
            return redacted
        }
        // The secret was no text but a number: what stands in its place is text, and has quotes.
        return redactor.redacted(JSONWriter.bytes(VendorCatalog.vendor(vendor)?.withoutSecrets(root) ?? redactor.redacted(root)))
    }
}

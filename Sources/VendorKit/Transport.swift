/// Sends one request and waits for its answer. The daemon's is libcurl; tests have their own.
package protocol Transport: Sendable {
    /// Never retries by itself. `secrets` are the account's by configuration key.
    func send(_ request: VendorRequest, secrets: [String: String]) async -> TransportResult
}

package enum TransportResult: Sendable, Hashable {
    case response(VendorResponse)
    /// No byte of the request left: name, connect or TLS failed.
    case notSent(String)
    /// Some of it may have arrived: timeout, reset, or an answer that cannot be read.
    case lost(String)
}

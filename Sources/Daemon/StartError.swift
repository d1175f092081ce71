package import Storage

/// Why the daemon cannot start: its surroundings are not what it needs.
package enum StartError: Error, Sendable, Hashable {
    case cannotListen(ListenAddress, why: String)
    /// A socket that was passed by whoever started the process.
    case socketUnusable(String, why: String)
    case storeUnusable(StoreLocation, StoreError)
    /// Outgoing HTTP cannot be started.
    case transportUnavailable(String)

    /// A sentence in lower case without a full stop.
    package var message: String {
        switch self {
        case .cannotListen(let address, let why): "cannot listen on \(address.text): \(why)"
        case .socketUnusable(let name, let why): "the socket `\(name)` that was passed cannot be used: \(why)"
        case .storeUnusable(let location, .unavailable(let why)): "the store \(location.text) cannot be used: \(why)"
        case .storeUnusable(let location, let error): "the store \(location.text) cannot be used: \(error)"
        case .transportUnavailable(let why): "outgoing HTTP cannot be started: \(why)"
        }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How the descriptors of the process are shared out: what is open at start, a reserve for the store and for calls to vendors,
/// and the rest for connections. The store must never be refused one because strangers have taken them all.
struct DescriptorShares: Sendable, Hashable {
    /// On the public listener.
    var connections: Int
    /// On the admin listener.
    var admin: Int

    /// - Parameters:
    ///   - total: that the process may have.
    ///   - open: that it has, before it listens.
    ///   - wanted: connections on the public listener.
    init(total: Int, open: Int, wanted: Int) {
        // Readers of the store with two files each, 128 calls, the files of a reload: 192 are plenty. Of few, a quarter.
        let reserve = min(192, max(16, total / 4))
        let left = total - open - reserve
        admin = min(64, max(2, left / 8))
        // Those that are closing come on top (`ConnectionTable`).
        let fit = (left - admin * 9 / 8 - 4) * 15 / 16
        connections = max(2, min(wanted, fit))
    }

    /// Those of this process, its limit raised to what it may be raised to.
    static func ofThisProcess(wanted: Int) -> (shares: DescriptorShares, total: Int) {
        let total = raisedLimit()
        return (DescriptorShares(total: total, open: openCount(), wanted: wanted), total)
    }

    private static func raisedLimit() -> Int {
        #if canImport(Glibc)
            let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let kind = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(kind, &limit) == 0 else { return 1024 }
        if limit.rlim_cur < limit.rlim_max {
            var raised = limit
            raised.rlim_cur = limit.rlim_max
            if setrlimit(kind, &raised) == 0 { limit = raised }
        }
        return Int(exactly: limit.rlim_cur).map { min($0, 1 << 20) } ?? 1 << 20
    }

    /// A guess where the system does not tell.
    private static func openCount() -> Int {
        guard let folder = opendir("/proc/self/fd") else { return 40 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Besides `.`, `..` and the descriptor that reads.
        return max(count - 3, 0)
    }
}

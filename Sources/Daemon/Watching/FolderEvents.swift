#if canImport(Glibc) || canImport(Musl)
    import Dispatch
    #if canImport(Glibc)
        import Glibc
    #else
        import Musl
    #endif

    /// The kernel's news of folders: inotify(7). Used from one queue.
    final class FolderEvents {
        private let descriptor: Int32
        private let source: any DispatchSourceRead
        private var interests: [Int32: WatchPlan.Interest] = [:]

        private static let structure = UInt32(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF)
        private static let contents = structure | UInt32(IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB)
        private static let onlyFolders = UInt32(IN_ONLYDIR | IN_EXCL_UNLINK)

        /// - Parameter noted: called on `queue` when something happened that the plan names, or that may be.
        /// - Returns: nil when the kernel gives none: too many are in use.
        init?(queue: DispatchQueue, noted: @escaping @Sendable () -> Void) {
            descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
            guard descriptor >= 0 else { return nil }
            source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
            source.setCancelHandler { [descriptor] in close(descriptor) }
            source.setEventHandler { [weak self] in
                if self?.readAll() == true { noted() }
            }
            source.activate()
        }

        deinit { source.cancel() }

        /// Watches what the plan names, and nothing else.
        /// - Returns: the first reason why a folder of the rules cannot be watched; nil when all are. A folder on the way that
        ///   must not be read, or that is gone by now, is no such reason.
        func follow(_ plan: WatchPlan) -> String? {
            var followed: [Int32: WatchPlan.Interest] = [:]
            var obstacle: String?
            // Those that lead to others first: who is gone before it is watched, was then seen to go.
            for (folder, interest) in plan.folders.sorted(by: { $0.key < $1.key }) {
                let mask = interest.isOfRules || interest.hasFiles ? Self.contents : Self.structure
                let watch = inotify_add_watch(descriptor, folder, mask | Self.onlyFolders)
                guard watch >= 0 else {
                    let isBearable = errno == ENOENT || errno == ENOTDIR || (errno == EACCES && !interest.isOfRules)
                    if !isBearable { obstacle = obstacle ?? "\(folder): \(String(cString: strerror(errno)))" }
                    continue
                }
                // One folder under two names.
                if followed[watch] != nil { inotify_add_watch(descriptor, folder, mask | Self.onlyFolders | UInt32(IN_MASK_ADD)) }
                followed[watch, default: WatchPlan.Interest()].merge(interest)
            }
            for watch in interests.keys where followed[watch] == nil { inotify_rm_watch(descriptor, watch) }
            interests = followed
            return obstacle
        }

        /// True when any of what is there to read matters.
        private func readAll() -> Bool {
            var matters = false
            let space = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
            defer { space.deallocate() }
            while true {
                let count = read(descriptor, space.baseAddress, space.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return matters }
                if matters { continue }
                matters = self.matters(UnsafeRawBufferPointer(rebasing: space.prefix(count)))
            }
        }

        private func matters(_ events: UnsafeRawBufferPointer) -> Bool {
            let head = MemoryLayout<inotify_event>.size
            var rest = events[...]
            while rest.count >= head {
                let event = UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: inotify_event.self)
                let length = Int(event.len)
                guard rest.count >= head + length else { return true }
                let name = String(decoding: rest.dropFirst(head).prefix(length).prefix { $0 != 0 }, as: UTF8.self)
                rest = rest.dropFirst(head + length)
                // What is not watched any more is told once more, and is no news.
                if event.mask & UInt32(IN_IGNORED) != 0 { continue }
                // The queue ran over: anything may have happened.
                guard event.wd >= 0, let interest = interests[event.wd] else {
                    if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { return true }
                    continue
                }
                if interest.concerns(name) { return true }
            }
            return false
        }
    }
#endif

import Foundation
package import Model

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the file system tells of a rules root without reading a file: names, sizes, times and inodes of all that is in it.
/// Two that differ mean that something changed. Two that are the same mean that nothing did, unless a file was written twice
/// within the grain of its times and kept its size: whoever must know reads the files.
package struct TreeStamp: Sendable, Hashable {
    private var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    /// When anything of it was written last, in seconds of the file system's clock.
    private var newest: Int64 = 0

    /// Whether something was written so shortly before that one more write may not show in the times.
    package func isFresh(at now: Instant) -> Bool { now.milliseconds / 1000 - newest <= 2 }

    package init(_ root: String) {
        add(Array(root.utf8))
        let real = FilePlace(root).realPath ?? root
        add(Array(real.utf8))
        var circles: Set<FilePlace.Identity> = []
        add(FilePlace(real), in: real, below: 0, &circles)
    }

    /// Deeper is nothing that a person writes.
    private static let depthLimit = 64

    private mutating func add(_ place: FilePlace, in root: String, below depth: Int, _ circles: inout Set<FilePlace.Identity>) {
        var status = stat()
        guard stat(place.path, &status) == 0 else { return add([0]) }
        newest = max(newest, Self.changeSecond(status))
        let numbers = [
            UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino),
            UInt64(truncatingIfNeeded: status.st_mode), UInt64(truncatingIfNeeded: status.st_size),
        ]
        for number in numbers + Self.times(status) { add(withUnsafeBytes(of: number) { Array($0) }) }
        guard status.st_mode & S_IFMT == S_IFDIR, depth < Self.depthLimit,
            circles.insert(.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))).inserted
        else { return }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
        for name in names.sorted() where !name.hasPrefix(".") {
            add(Array(name.utf8))
            let entry = FilePlace(place.path, name)
            if entry.isLink {
                // What is not of the rules is not walked.
                guard let target = entry.realPath, target.hasPrefix(root + "/") else { continue }
                add(Array(target.utf8))
            }
            add(entry, in: root, below: depth + 1, &circles)
        }
    }

    private static func times(_ status: stat) -> [UInt64] {
        #if canImport(Darwin)
            let times = [status.st_mtimespec, status.st_ctimespec]
        #else
            let times = [status.st_mtim, status.st_ctim]
        #endif
        return times.flatMap { [UInt64(truncatingIfNeeded: $0.tv_sec), UInt64(truncatingIfNeeded: $0.tv_nsec)] }
    }

    private static func changeSecond(_ status: stat) -> Int64 {
        #if canImport(Darwin)
            Int64(status.st_ctimespec.tv_sec)
        #else
            Int64(status.st_ctim.tv_sec)
        #endif
    }

    private mutating func add(_ bytes: [UInt8]) {
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ 0xff) &* 0x100_0000_01b3
    }
}

extension RuleFolder {
    /// Reads a root of which somebody may be writing files: again, until nothing changed while it was read, five times at most.
    /// Whoever goes on for longer is not waited for: what came together by then is judged like any other.
    package static func settled(_ root: String) -> RuleFolder {
        var before = TreeStamp(root)
        var folder = RuleFolder(root)
        for _ in 1..<5 {
            let after = TreeStamp(root)
            if after == before { break }
            before = after
            folder = RuleFolder(root)
        }
        return folder
    }
}

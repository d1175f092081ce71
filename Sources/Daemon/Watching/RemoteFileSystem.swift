import Foundation

/// File systems whose files another machine may change: the kernel here does not hear of it.
enum RemoteFileSystem {
    private static let kinds: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "afs", "coda", "vboxsf", "virtiofs", "lustre", "gfs2", "ocfs2",
    ]

    /// Its name; nil for one of this machine, and where nobody knows.
    static func kind(at path: String) -> String? {
        guard let mounts = FileManager.default.contents(atPath: "/proc/self/mountinfo") else { return nil }
        return kind(at: (path as NSString).resolvingSymlinksInPath, mounts: String(decoding: mounts, as: UTF8.self))
    }

    /// - Parameters:
    ///   - path: without links.
    ///   - mounts: as proc_pid_mountinfo(5) has them: of those over the same folder the last is what one sees.
    static func kind(at path: String, mounts: String) -> String? {
        var nearest: (length: Int, kind: String)?
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 4, let dash = fields.firstIndex(of: "-"), fields.indices.contains(dash + 1) else { continue }
            let folder = fields[4].replacingOccurrences(of: "\\040", with: " ")
            let isAbove = path == folder || path.hasPrefix(folder == "/" ? folder : folder + "/")
            guard isAbove, folder.utf8.count >= nearest?.length ?? 0 else { continue }
            nearest = (folder.utf8.count, String(fields[dash + 1]))
        }
        guard let kind = nearest?.kind else { return nil }
        return kinds.contains(kind) || kind.hasPrefix("fuse") ? kind : nil
    }
}

import Glibc

/// What Linux tells of a running process.
package enum ProcessFigures {
    /// The most memory that it ever had, in MiB; nil when it is gone.
    package static func mostMemory(_ process: Int32) -> Int? {
        field("VmHWM:", of: "/proc/\(process)/status").flatMap { Int($0) }.map { $0 / 1024 }
    }

    package static func openDescriptors(_ process: Int32) -> Int? {
        guard let folder = opendir("/proc/\(process)/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        return count - 2
    }

    /// The soft and the hard limit of descriptors.
    package static func descriptorLimits(_ process: Int32) -> [String]? {
        text("/proc/\(process)/limits")?.split(separator: "\n").first { $0.hasPrefix("Max open files") }?
            .split(separator: " ").dropFirst(3).prefix(2).map { String($0) }
    }

    private static func field(_ name: String, of path: String) -> String? {
        text(path)?.split(separator: "\n").first { $0.hasPrefix(name) }?.split(whereSeparator: { " \t".contains($0) }).dropFirst()
            .first
            .map { String($0) }
    }

    private static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 14)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}

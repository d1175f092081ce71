import Foundation

/// A file that a command is told to write.
enum OutputFile {
    /// In one step, so that nobody reads half of it; behind a link the file that it leads to, with the permissions that it has.
    /// What is no file, such as a pipe or a device, is written to; `/dev/stdout` comes after what was printed.
    static func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
        // Opened anew, a file that stdout leads to would be written from its beginning, or replaced.
        if standardOutput.contains(path) { return Output.printNow(String(decoding: Array(bytes), as: UTF8.self)) }
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let known = try? FileManager.default.attributesOfItem(atPath: real)
        let mode = (known?[.posixPermissions] as? NSNumber)?.uint32Value
        let isDone =
            known.map({ $0[.type] as? FileAttributeType != .typeRegular }) ?? false
            ? pour(Array(bytes), into: open(real, O_WRONLY | O_CLOEXEC)) : replace(real, with: Array(bytes), mode: mode)
        let reason = errno
        guard isDone else {
            throw Exit(.environment, "bellhop: \(path) cannot be written: \(String(cString: strerror(reason)))")
        }
    }

    private static let standardOutput = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]

    /// False with `errno`.
    private static func replace(_ path: String, with bytes: [UInt8], mode: mode_t?) -> Bool {
        let draft = path + ".\(String(UInt64.random(in: .min ... .max), radix: 36))~"
        // New ones as the user's umask has it.
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { return false }
        guard pour(bytes, into: descriptor, isKept: true), mode.map({ chmod(draft, $0) == 0 }) ?? true, rename(draft, path) == 0
        else {
            let reason = errno
            unlink(draft)
            errno = reason
            return false
        }
        return true
    }

    /// Closes the descriptor. False with `errno`.
    /// - Parameter isKept: on disk before it is closed, so that a power cut leaves the old file or the new one.
    private static func pour(_ bytes: [UInt8], into descriptor: Int32, isKept: Bool = false) -> Bool {
        guard descriptor >= 0 else { return false }
        var problem = Output.written(bytes, to: descriptor)
        if problem == 0, isKept, fsync(descriptor) != 0 { problem = errno }
        let isClosed = close(descriptor) == 0
        if problem != 0 { errno = problem }
        return problem == 0 && isClosed
    }
}

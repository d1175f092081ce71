import Daemon
import Foundation
import Synchronization

/// The user's git, asked for objects of the repository around the working folder.
enum Git {
    /// What a command prints. Ends the program's command when git is not there, or refuses.
    /// - Parameter name: what the user wrote, for messages.
    static func output(_ arguments: [String], input: [UInt8] = [], about name: String) throws -> [UInt8] {
        guard let program = program else {
            throw Exit(.environment, "bellhop: \(name) is no folder, and there is no git to read it from a revision")
        }
        let result = try run(program, arguments, input)
        guard result.status == 0 else {
            let words = String(decoding: result.errors, as: UTF8.self).split(separator: "\n")
                .map { $0.hasPrefix("fatal: ") ? $0.dropFirst(7) : $0 }.joined(separator: "; ")
            throw Exit(.environment, "bellhop: \(name) is no folder, and git cannot read it: \(Console.clean(words))")
        }
        return result.output
    }

    /// The contents of objects, in the order asked for.
    static func objects(_ ids: [String], about name: String) throws -> [[UInt8]] {
        guard !ids.isEmpty else { return [] }
        let input = Array((ids.joined(separator: "\n") + "\n").utf8)
        let bytes = try output(["cat-file", "--batch"], input: input, about: name)
        var contents: [[UInt8]] = []
        var rest = bytes[...]
        while contents.count < ids.count {
            // `ID blob SIZE`, the bytes, a line end.
            guard let end = rest.firstIndex(of: 0x0A),
                let size = Int(String(decoding: rest[..<end].split(separator: 0x20).last ?? [], as: UTF8.self)),
                rest.count > end - rest.startIndex + size + 1
            else { throw Exit(.environment, "bellhop: git does not give the files of \(name)") }
            contents.append(Array(rest[(end + 1)..<(end + 1 + size)]))
            rest = rest[(end + 2 + size)...]
        }
        return contents
    }

    private static var program: String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
            .map { "\($0)/git" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private struct Result {
        var status: Int32
        var output: [UInt8]
        var errors: [UInt8]
    }

    private static func run(_ program: String, _ arguments: [String], _ input: [UInt8]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        // Messages in one language, and no lock of a repository that somebody works in.
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"]) { _, new in new }
        let (stdin, stdout, stderr) = (Pipe(), Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        do { try process.run() } catch {
            throw Exit(.environment, "bellhop: git cannot be run: \(error.localizedDescription)")
        }
        // All three at once: a pipe that nobody empties stops the other side.
        let errors = Mutex<[UInt8]>([])
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            let bytes = [UInt8](stderr.fileHandleForReading.readDataToEndOfFile())
            errors.withLock { $0 = bytes }
        }
        DispatchQueue.global().async(group: group) {
            try? stdin.fileHandleForWriting.write(contentsOf: Data(input))
            try? stdin.fileHandleForWriting.close()
        }
        let output = [UInt8](stdout.fileHandleForReading.readDataToEndOfFile())
        group.wait()
        process.waitUntilExit()
        return Result(status: process.terminationStatus, output: output, errors: errors.withLock { $0 })
    }
}

import Foundation
import Synchronization

/// The built program: the real one, run as a user runs it.
enum Program {
    /// `$BELLHOP_PROGRAM`, else the debug build beside the tests.
    static let path: String =
        ProcessInfo.processInfo.environment["BELLHOP_PROGRAM"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent(".build/debug/bellhop").path

    struct Result: Sendable, Hashable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Runs a command to its end.
    static func run(
        _ arguments: [String], in folder: String, input: String? = nil, environment: [String: String] = [:],
        wrapper: [String] = []
    ) async throws -> Result {
        try await blocking { try runToEnd(wrapper + [path] + arguments, folder, input, environment) }
    }

    private static func runToEnd(
        _ words: [String], _ folder: String, _ input: String?, _ environment: [String: String]
    ) throws -> Result {
        let child = try Child(
            words[0], Array(words.dropFirst()), in: folder,
            environment: ProcessInfo.processInfo.environment.merging(environment) { _, new in new })
        let errorText = Mutex("")
        let reader = Thread {
            var bytes: [UInt8] = []
            Child.readToEnd(child.errors) { bytes += $0 }
            errorText.withLock { $0 = String(decoding: bytes, as: UTF8.self) }
        }
        reader.start()
        child.write(Array((input ?? "").utf8))
        var bytes: [UInt8] = []
        Child.readToEnd(child.output) { bytes += $0 }
        let status = child.wait()
        while !reader.isFinished { sched_yield() }
        return Result(
            status: status, output: String(decoding: bytes, as: UTF8.self), errors: errorText.withLock { $0 })
    }
}

/// A folder of its own, taken away at the end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("bellhop-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let file = path + "/" + name
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    }
}

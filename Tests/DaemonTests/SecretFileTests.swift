import Daemon
import Foundation
import Testing

@Suite struct SecretFileTests {
    private func outcome(mode: mode_t, user: UInt32? = nil, bytes: Int = 20) async throws -> Result<String?, SecretFile.Refused> {
        try await withTemporaryFolder { folder in
            let path = folder + "/secret"
            try Data(repeating: 0x61, count: bytes).write(to: URL(fileURLWithPath: path))
            chmod(path, mode)
            return Result { () throws(SecretFile.Refused) in
                let content = try SecretFile.read(path, user: user ?? geteuid())
                return content.bytes.count == bytes ? content.remark : "cut short"
            }
        }
    }

    @Test(arguments: [0o600, 0o400] as [mode_t])
    func takesWhatOnlyItsOwnerReads(_ mode: mode_t) async throws {
        #expect(try await outcome(mode: mode) == .success(nil))
    }

    /// As mounted into containers.
    @Test(arguments: [0o644, 0o444, 0o640, 0o440, 0o604] as [mode_t])
    func remarksWhatOthersRead(_ mode: mode_t) async throws {
        #expect(try await outcome(mode: mode) == .success("can be read by others: chmod it to 0600"))
    }

    @Test(arguments: [0o666, 0o660, 0o620, 0o602, 0o777] as [mode_t])
    func refusesWhatOthersWrite(_ mode: mode_t) async throws {
        #expect(try await outcome(mode: mode) == .failure(.init(reason: "can be written by others: chmod it to 0600")))
    }

    @Test func refusesWhatIsNoSecret() async throws {
        let large = try await outcome(mode: 0o600, bytes: 70_000)
        #expect(large == .failure(.init(reason: "holds more than 64 KiB, which is no secret")))
        for path in ["/", "/dev/zero"] {
            #expect(throws: SecretFile.Refused(reason: "cannot be read: it is no regular file")) { try SecretFile.read(path) }
        }
        try await withTemporaryFolder { folder in
            #expect(throws: SecretFile.Refused.self) { try SecretFile.read(folder + "/none") }
            // Nobody writes into it: whoever opened it would wait.
            #expect(mkfifo(folder + "/fifo", 0o600) == 0)
            #expect(throws: SecretFile.Refused.self) { try SecretFile.read(folder + "/fifo") }
        }
    }

    /// Root's files are whoever's that runs; a stranger's are not.
    @Test func refusesWhatBelongsToAnother() async throws {
        let isRoot = geteuid() == 0
        let other = try await outcome(mode: 0o644, user: geteuid() &+ 4242)
        #expect(
            other
                == (isRoot
                    ? .success("can be read by others: chmod it to 0600")
                    : .failure(.init(reason: "belongs to another user: chown it to the daemon's"))))
    }
}

import Delivery
import Foundation
import JSON
import Matching
package import Model
import RuleFiles
import StorageSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What `doctor` finds in the process and the machine that it runs on.
package enum MachineChecks {
    /// Below this webhooks are refused.
    static let leastRoom: Int64 = 128 << 20
    static let scarceRoom: Int64 = 512 << 20
    /// 2048 connections on each listener, and those to vendors.
    static let fewestDescriptors = 4096
    /// Before this nobody ran Bellhop.
    private static let earliest = Instant(seconds: 1_735_689_600)

    package static func findings(of settings: Settings, now: Instant) -> [DoctorFinding] {
        var findings: [DoctorFinding] = []
        if case .sqlite(let path) = settings.store {
            let folder = Self.folder(of: path)
            findings += [disk(folder), files(path: path, folder: folder)]
        }
        return findings + [DoctorFinding(.libraries, .ok, libraries), limits(), clock(now)]
    }

    // MARK: Files

    static func disk(_ folder: String) -> DoctorFinding {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else {
            return DoctorFinding(
                .disk, .fail, "the folder \(folder) of the store cannot be looked at: \(String(cString: strerror(errno)))",
                help: "make it, and give it to the user of the daemon")
        }
        return room(Int64(clamping: UInt64(status.f_bavail) &* UInt64(status.f_frsize)), in: folder)
    }

    static func room(_ free: Int64, in folder: String) -> DoctorFinding {
        let message = "\(free.mebibytes) are free for \(folder)"
        guard free < scarceRoom else { return DoctorFinding(.disk, .ok, message) }
        return DoctorFinding(
            .disk, free < leastRoom ? .fail : .warn, message,
            help: "make room, or shorten `captures.keep`: with too little, webhooks are answered 503")
    }

    /// Who may read customers' words.
    static func files(path: String, folder: String) -> DoctorFinding {
        var wrong: [String] = []
        for file in [folder, path] {
            var status = stat()
            guard stat(file, &status) == 0 else { continue }
            let mode = status.st_mode & 0o777
            if file == path, mode & 0o077 != 0 { wrong.append("\(file) has mode \(octal(mode))") }
            if file == folder, mode & 0o007 != 0 { wrong.append("\(file) has mode \(octal(mode))") }
            if status.st_uid != geteuid(), geteuid() != 0 { wrong.append("\(file) belongs to another user") }
        }
        guard !wrong.isEmpty else { return DoctorFinding(.files, .ok, "the store is for its owner alone") }
        return DoctorFinding(
            .files, .warn, wrong.joined(separator: ", "),
            help: "the store holds customers' words: mode 0700 for its folder and 0600 for its files, owned by the daemon's user")
    }

    private static func octal(_ mode: mode_t) -> String { "0" + String(mode, radix: 8) }

    private static func folder(of path: String) -> String {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        return folder.isEmpty ? "." : folder
    }

    // MARK: The process

    /// One line for the log and for `doctor`.
    package static var libraries: String {
        [
            "SQLite \(SQLiteLibrary.version)", "libcurl \(CurlLibrary.version) (\(CurlLibrary.tls))",
            "PCRE2 \(PatternLibrary.version) (JIT \(PatternLibrary.usesJIT ? "on" : "off"))",
            "simdjson \(JSONLibrary.version) (\(JSONLibrary.kernel))", "libyaml \(YAMLLibrary.version)", "Swift \(swift)",
        ].joined(separator: ", ")
    }

    private static var swift: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    private static func limits() -> DoctorFinding {
        var core = rlimit()
        #if os(Linux)
            let descriptors = ProcessFacts.descriptorLimit
            let isKnown = getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &core) == 0
        #else
            let descriptors = fewestDescriptors
            let isKnown = getrlimit(RLIMIT_CORE, &core) == 0
        #endif
        return limits(descriptors: descriptors, hasCores: isKnown && core.rlim_cur > 0)
    }

    static func limits(descriptors: Int, hasCores: Bool) -> DoctorFinding {
        if descriptors < fewestDescriptors {
            return DoctorFinding(
                .limits, .warn, "only \(descriptors) file descriptors may be open",
                help: "write LimitNOFILE=16384 in the unit: each connection needs one")
        }
        if hasCores {
            return DoctorFinding(
                .limits, .warn, "a crash would write a core file, with secrets and customers' words in it",
                help: "write LimitCORE=0 in the unit")
        }
        return DoctorFinding(.limits, .ok, "\(descriptors) file descriptors may be open, no core files are written")
    }

    static func clock(_ now: Instant) -> DoctorFinding {
        guard now < earliest else { return DoctorFinding(.clock, .ok, "it is \(now.iso8601)") }
        return DoctorFinding(
            .clock, .fail, "it cannot be \(now.iso8601)", help: "set the clock, and have it kept right by an NTP service")
    }
}

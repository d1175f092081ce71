import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the kernel says about this process. Read from `/proc/self` alone, which a hardened unit leaves visible.
package struct ProcessFacts: Sendable, Hashable {
    package var residentBytes: Int64
    package var openDescriptors: Int
    package var descriptorLimit: Int
    package var cpuSeconds: Double
    /// Since 1970.
    package var startSeconds: Double

    package init(
        residentBytes: Int64, openDescriptors: Int, descriptorLimit: Int, cpuSeconds: Double, startSeconds: Double
    ) {
        self.residentBytes = residentBytes
        self.openDescriptors = openDescriptors
        self.descriptorLimit = descriptorLimit
        self.cpuSeconds = cpuSeconds
        self.startSeconds = startSeconds
    }

    /// As of now; nil where there is no `/proc`.
    package static var current: ProcessFacts? {
        #if os(Linux)
            guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8), let stat = Stat(text),
                let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            else { return nil }
            return ProcessFacts(
                // Without the one that read the folder.
                residentBytes: stat.residentPages * Int64(sysconf(Int32(_SC_PAGESIZE))), openDescriptors: max(descriptors - 1, 0),
                descriptorLimit: descriptorLimit, cpuSeconds: Double(stat.cpuTicks) / ticksPerSecond,
                startSeconds: startSeconds(ticks: stat.startTicks))
        #else
            return nil
        #endif
    }

    #if os(Linux)
        private static var ticksPerSecond: Double { Double(max(sysconf(Int32(_SC_CLK_TCK)), 1)) }

        /// `RLIMIT_NOFILE`; 0 when it is not known.
        static var descriptorLimit: Int {
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
            return Int(clamping: limit.rlim_cur)
        }

        /// The clock since boot tells how long ago it began, so that it needs nothing of the rest of `/proc`.
        private static func startSeconds(ticks: Int64) -> Double {
            let (wall, boot) = (seconds(of: CLOCK_REALTIME), seconds(of: CLOCK_BOOTTIME))
            return ((wall - boot + Double(ticks) / ticksPerSecond) * 100).rounded() / 100
        }

        private static func seconds(of clock: clockid_t) -> Double {
            var time = timespec()
            guard clock_gettime(clock, &time) == 0 else { return 0 }
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
    #endif

    /// The fields of `/proc/self/stat` that are used. Source: proc(5).
    struct Stat: Sendable, Hashable {
        var cpuTicks: Int64
        var startTicks: Int64
        var residentPages: Int64

        /// Nil for what is no such line. The name of the program stands in parentheses, and may have any in it.
        init?(_ text: String) {
            guard let end = text.lastIndex(of: ")") else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ")
            // The first of these is the third of the line.
            func field(_ number: Int) -> Int64? { number - 3 < fields.count ? Int64(fields[number - 3]) : nil }
            guard let user = field(14), let system = field(15), let start = field(22), let resident = field(24)
            else { return nil }
            (cpuTicks, startTicks, residentPages) = (user &+ system, start, resident)
        }
    }
}

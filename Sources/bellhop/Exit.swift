/// How the program ends, as CLI users script against it.
enum ExitStatus: Int32 {
    case done = 0
    /// The answer is no: errors found, tests failed, an input could not be read.
    case negative = 1
    case usage = 2
    /// Unusable configuration or rules: the job did not begin.
    case unusable = 3
    /// Store, port, vendor or daemon not reachable.
    case environment = 4
    /// A defect of ours.
    case defect = 70
}

/// Ends the command with a status, and a message on stderr if there is something left to say.
struct Exit: Error {
    let status: ExitStatus
    let message: String?

    init(_ status: ExitStatus, _ message: String? = nil) {
        self.status = status
        self.message = message
    }
}

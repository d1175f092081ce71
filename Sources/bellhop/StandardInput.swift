#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Standard input to its end. Foundation's reader ends the process when a signal comes in between, such as Ctrl-C's.
enum StandardInput {
    /// Nil when it cannot be read. What there is so far when the user asks for an end.
    static func bytes() -> [UInt8]? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while !Interruption.isAsked {
            let count = read(STDIN_FILENO, &piece, piece.count)
            if count == 0 { break }
            if count > 0 {
                bytes += piece[..<count]
            } else if errno != EINTR {
                return nil
            }
        }
        return bytes
    }
}

import Glibc

/// A socket that listens on 127.0.0.1, on a port of the kernel's choice, and accepts nobody: for a process to which it is passed.
final class ListeningSocket: Sendable {
    let descriptor: Int32
    let port: UInt16

    struct Failure: Error {
        var call: String
        var code: Int32
    }

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (descriptor, size) = (descriptor, length)
        let code = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(descriptor, address, size) == 0, listen(descriptor, 128) == 0 else { return errno }
                return getsockname(descriptor, address, &length) == 0 ? 0 : errno
            }
        }
        port = UInt16(bigEndian: place.sin_port)
        guard code == 0 else {
            close(descriptor)
            throw Failure(call: "bind", code: code)
        }
    }

    deinit { close(descriptor) }
}

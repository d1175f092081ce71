import NIOCore
import NIOHTTP1

/// Answers the requests of a listener, and says before a body is read whether it wants it.
///
/// Called on the event loops of connections, several at a time.
protocol IngressResponder: Sendable {
    /// Called once with each head that is fit, before anything of the body is read.
    func admission(of head: HTTPRequestHead) -> Admission

    /// A request that was admitted is not answered by its responder: its body was not to be had.
    func note(_ failure: BodyFailure, of head: HTTPRequestHead)
}

/// What becomes of a request, by its head alone.
enum Admission: Sendable {
    /// The body is wanted, if it has no more bytes than that; `answer` is called once with all of it.
    case admitted(bodyLimit: Int, answer: @Sendable (ByteBuffer) async -> Answer)
    case refused(Refusal)
}

/// Why a body was not read to its end.
enum BodyFailure: Sendable, Hashable {
    case tooLarge
    /// It came too slowly, or its sender went away.
    case incomplete
    /// There was no room for it.
    case overloaded
}

extension HTTPRequestHead {
    /// As the head tells it; nil where it does not, or no number.
    var contentLength: Int? { headers.first(name: "content-length").flatMap { Int($0) } }
}

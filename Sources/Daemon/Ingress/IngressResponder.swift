import HTTPTypes
import Hummingbird

/// Answers the requests of a listener, and says before a body is read whether it wants it.
///
/// `respond` finds the body in the request, whole.
protocol IngressResponder: HTTPResponder where Context == BasicRequestContext {
    /// Called once with each head that is fit, before anything of the body is read.
    func admission(of head: HTTPRequest) -> Admission

    /// A request that was admitted gets no answer of `respond`: its body was not to be had.
    func note(_ failure: BodyFailure, of head: HTTPRequest)
}

enum Admission: Sendable, Hashable {
    /// The body is wanted, if it has no more bytes than that.
    case body(atMost: Int)
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

import Model

/// What all connections of one listener share.
struct HTTPService: Sendable {
    var responder: any IngressResponder
    var load: IngressLoad
    var table: ConnectionTable
    var limits = RequestLimits()
    var patience = Patience()
    /// Answers are made where requests came in. False for a responder that waits for files.
    var answersOnLoops = true
    var count: @Sendable (ConnectionEvent) -> Void
    /// Told of requests that are not let through to be parsed.
    var refused: @Sendable (RequestRefusal) -> Void = { _ in }
    var clock: @Sendable () -> Instant
    let dates = HTTPDateTexts()
    /// In 0..<1.
    var random: @Sendable () -> Double

    /// From here on connections are closed after their answer.
    var isLoaded: Bool { load.isHigh || table.isHigh }

    var overloaded: Refusal { .overloaded(random()) }
}

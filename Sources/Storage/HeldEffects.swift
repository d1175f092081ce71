/// Effects with `delay:` beside the line of their conversation.
package enum HeldEffects {
    /// Released by one claim at most, those that have waited longest first: after a long time without power many come at once,
    /// and other writes must not wait for all of them.
    package static let releasedAtOnce = 500
}

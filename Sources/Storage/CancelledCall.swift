package import Model

extension HTTPAnswer {
    /// The answer to an `http` action with `save` that is never sent, so that a flow does not wait for it; nil for any other
    /// effect.
    package static func cancelled(_ effect: Effect) -> HTTPAnswer? {
        guard case .http(let call) = effect.action, let variable = call.save else { return nil }
        return HTTPAnswer(effectKey: effect.key, variable: variable, value: failure("cancelled"))
    }
}

/// What several vendors ask of headers.
enum FakeHeaders {
    /// True for `application/json` with whatever parameters, said once.
    static func isJSON(_ request: FakeRequest) -> Bool {
        let types = request.values(ofHeader: "content-type")
        return types.count == 1 && types[0].prefix { $0 != ";" }.lowercased() == "application/json"
    }
}

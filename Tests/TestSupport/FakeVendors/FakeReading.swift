/// A request held against what a vendor documents: the call that it is, what is wrong with it, and its answer.
struct FakeReading<API: FakeVendorAPI> {
    var operation: String?
    var complaints: [String] = []
    var answer: FakeAnswer<API>
    var isOverLimit = false

    /// - Parameter takesEffect: false: the answer is made, but nothing is changed.
    init(_ request: FakeRequest, api: inout API, takesEffect: Bool) {
        guard let path = Self.path(of: request) else {
            complaints = ["there is no such path"]
            answer = .says(api.failure(404, "no such path"))
            return
        }
        let routes = API.routes.compactMap { route in route.captures(path).map { (route: route, captures: $0) } }
        guard let found = routes.first(where: { $0.route.method == request.method }) else {
            let methods = routes.map(\.route.method).joined(separator: ", ")
            complaints = [methods.isEmpty ? "there is no such path" : "the method is not one of \(methods)"]
            answer = .says(api.failure(404, "no such path"))
            return
        }
        operation = found.route.operation
        if let refusal = api.admit(request, operation: found.route.operation) {
            isOverLimit = true
            answer = .says(refusal)
        } else {
            answer = .says(.empty(500))
            answer = answer(request, api, found.route, found.captures)
            if let complaint = answer.complaint { complaints.append(complaint) }
        }
        answer.reply.headers += api.limitHeaders(request, operation: found.route.operation)
        if takesEffect { answer.change?(&api) }
    }

    private mutating func answer(
        _ request: FakeRequest, _ api: API, _ route: FakeRoute<API>, _ captures: [String: String]
    ) -> FakeAnswer<API> {
        if route.needsCredentials, let refusal = api.refusal(ofCredentialsIn: request) {
            complaints.append("the credentials are missing or wrong")
            return .says(refusal)
        }
        complaints += api.faults(inHeadersOf: request, hasBody: route.body != nil)
        var call = FakeCall(request: request, captures: captures, query: request.query ?? [], body: .null)
        if let fault = Self.queryFault(request.query, route.query) {
            complaints.append(fault)
            return .says(api.failure(API.invalidStatus, fault))
        }
        guard let shape = route.body else {
            if !request.body.isEmpty { complaints.append("it has no body, but one came") }
            return route.answer(api, call)
        }
        guard let body = FakeJSON(request.body) else {
            complaints.append("the body is no JSON")
            return .says(api.failure(API.invalidStatus, "the body is no JSON"))
        }
        call.body = body
        if let fault = shape.fault(of: body) {
            complaints.append(fault)
            return .says(api.failure(API.invalidStatus, fault))
        }
        return route.answer(api, call)
    }

    /// Below the API's base path.
    private static func path(of request: FakeRequest) -> [String]? {
        let base = API.basePath.split(separator: "/").map(String.init)
        guard let path = request.path, path.starts(with: base) else { return nil }
        return Array(path.dropFirst(base.count))
    }

    private static func queryFault(_ query: [FakeRequest.Field]?, _ items: [FakeQueryItem]) -> String? {
        guard let query else { return "the query has a broken escape" }
        for item in query {
            guard let known = items.first(where: { $0.name == item.name }) else {
                return "the query has \(item.name), which is not documented"
            }
            if !known.allows(item.value) { return "the query's \(item.name) is not as documented" }
            if !known.mayRepeat, query.count(where: { $0.name == item.name }) > 1 { return "the query repeats \(item.name)" }
        }
        return items.first { item in item.isRequired && !query.contains { $0.name == item.name } }
            .map { "the query has no \($0.name)" }
    }
}

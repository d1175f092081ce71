import Hummingbird
import NIOCore

/// A ceiling for `benchmarks/bench.py`: `bench-hummingbird PORT` collects the body of every POST to / and answers 200.
@main enum HummingbirdMain {
    static func main() async throws {
        guard let port = CommandLine.arguments.dropFirst().first.flatMap(Int.init) else {
            print("usage: bench-hummingbird PORT")
            return
        }
        let router = Router()
        router.post("/") { request, context -> HTTPResponse.Status in
            let body = try await request.body.collect(upTo: 1 << 20)
            return body.readableBytes > 0 ? .ok : .badRequest
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil))
        try await application.runService()
    }
}

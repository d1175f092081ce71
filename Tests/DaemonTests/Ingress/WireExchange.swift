import Foundation
import HTTPTypes
import NIOCore

@testable import Daemon

/// One request and its answer, as both go over the wire: through everything that stands between a socket and a responder.
struct WireExchange {
    let status: HTTPResponse.Status
    let headers: HTTPFields
    let body: ByteBuffer

    init(
        _ responder: any IngressResponder, _ uri: String, method: HTTPRequest.Method = .get, headers: HTTPFields = [:],
        body: [UInt8] = []
    ) async throws {
        let peer = try await IngressPeer(responder)
        var head = "\(method.rawValue) \(uri) HTTP/1.1\r\nHost: localhost\r\n"
        for field in headers { head += "\(field.name.rawName): \(field.value)\r\n" }
        if method != .get { head += "Content-Length: \(body.count)\r\n" }
        try await peer.send(bytes: Array("\(head)\r\n".utf8) + body)
        try self.init(answer: try await peer.answer())
    }

    private init(answer: String) throws {
        let (head, rest) = try Self.halves(answer)
        let lines = head.components(separatedBy: "\r\n")
        // A status without its words is allowed, and puzzles people.
        let statusLine = lines[0].split(separator: " ", maxSplits: 2)
        guard statusLine.count == 3, let code = Int(statusLine[1]) else { throw NoAnswer(text: answer) }
        status = HTTPResponse.Status(code: code)
        var fields = HTTPFields()
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard pair.count == 2, let name = HTTPField.Name(pair[0]) else { throw NoAnswer(text: answer) }
            fields.append(HTTPField(name: name, value: pair[1]))
        }
        headers = fields
        body = ByteBuffer(string: rest)
        guard fields[.contentLength] == "\(rest.utf8.count)" else { throw NoAnswer(text: answer) }
    }

    private static func halves(_ answer: String) throws -> (String, String) {
        guard let end = answer.range(of: "\r\n\r\n") else { throw NoAnswer(text: answer) }
        return (String(answer[..<end.lowerBound]), String(answer[end.upperBound...]))
    }

    struct NoAnswer: Error { let text: String }
}

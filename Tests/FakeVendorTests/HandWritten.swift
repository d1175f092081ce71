import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit

/// One call as a vendor's page shows it, or as it must not be, and what the fake says to it.
struct HandWritten: Sendable, CustomTestStringConvertible {
    var method: String
    var path: String
    var body: Value?
    var status: Int
    /// Nil: it is as documented.
    var complaint: String?

    init(_ method: String, _ path: String, _ body: Value? = nil, is status: Int = 200, complaint: String? = nil) {
        self.method = method
        self.path = path
        self.body = body
        self.status = status
        self.complaint = complaint
    }

    var testDescription: String { "\(method) \(path) \(body.map { JSONWriter.string($0) } ?? "")" }

    /// - Parameter headers: the credentials.
    /// - Returns: the answer's JSON.
    @discardableResult
    func run<API: FakeVendorAPI>(on api: API, headers: [VendorRequest.Header]) async throws -> Value? {
        let vendor = try FakeVendor(api)
        defer { vendor.stop() }
        let result = await vendor.call(method, path, body, headers: headers, over: try CurlTransport(version: "0"))
        #expect(result.status == status, "\(result)")
        #expect(vendor.complaints == (complaint.map { ["\(method) \(API.basePath + path): \($0)"] } ?? []))
        #expect(vendor.arrivals.count == 1)
        if complaint != nil { #expect(vendor.arrivals.allSatisfy { !$0.tookEffect }) }
        return result.json
    }
}

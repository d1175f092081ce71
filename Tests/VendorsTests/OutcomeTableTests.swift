import Foundation
import Model
import Testing
import VendorKit
import Vendors

@Suite struct OutcomeTableTests {
    private static let request = VendorRequest(method: "POST", url: "https://vendor.example/a/b?c=d")

    private static func answer(
        _ status: Int, code: String? = nil, isJSON: Bool = true, asksToWait: Bool = false, message: String? = nil
    ) -> ReadAnswer {
        ReadAnswer(
            VendorResponse(status: status), to: request, code: code, isJSON: isJSON, asksToWait: asksToWait,
            waitMilliseconds: asksToWait ? 7000 : nil, remoteID: "m1", message: message)
    }

    @Test(
        arguments: [
            (200, .done), (204, .done), (299, .done), (100, .refused(.refused)), (301, .refused(.refused)),
            (400, .refused(.refused)), (401, .refused(.unauthorized)), (403, .refused(.unauthorized)),
            (404, .refused(.refused)), (408, .retry(.timeout)), (410, .refused(.refused)), (422, .refused(.refused)),
            (429, .throttled), (500, .uncertain(.serverError)), (502, .uncertain(.serverError)),
            (503, .uncertain(.serverError)), (504, .uncertain(.serverError)), (599, .uncertain(.serverError)),
            (0, .refused(.refused)), (-1, .refused(.refused)), (1000, .refused(.refused)),
        ] as [(Int, OutcomeTable.Meaning)])
    func statusesMeanTheSameEverywhere(status: Int, meaning: OutcomeTable.Meaning) {
        #expect(OutcomeTable().meaning(of: Self.answer(status)) == meaning)
    }

    @Test(
        arguments: [
            (answer(200), .done(remoteID: "m1")), (answer(429), .throttled(afterMilliseconds: nil)),
            (answer(429, asksToWait: true), .throttled(afterMilliseconds: 7000)),
            (answer(503, asksToWait: true), .throttled(afterMilliseconds: 7000)),
            (answer(500, asksToWait: true), .uncertain(.serverError)),
            (answer(400), .refused(.refused, message: "HTTP 400")),
            (answer(400, message: "no chat"), .refused(.refused, message: "HTTP 400: no chat")),
            (answer(401, message: ""), .refused(.unauthorized, message: "HTTP 401")),
        ] as [(ReadAnswer, DeliveryOutcome)])
    func aMeaningBecomesAnOutcome(answer: ReadAnswer, outcome: DeliveryOutcome) {
        #expect(OutcomeTable().outcome(of: answer) == outcome)
    }

    @Test(
        arguments: [
            (answer(400, code: "a"), .done), (answer(400, code: "c"), .refused(.refused)), (answer(400), .retry(.serverError)),
            (answer(200, isJSON: false), .uncertain(.uncertain)), (answer(200), .done), (answer(404, code: "x"), .throttled),
        ] as [(ReadAnswer, OutcomeTable.Meaning)])
    func theFirstRowThatFitsDecides(answer: ReadAnswer, meaning: OutcomeTable.Meaning) {
        let table = OutcomeTable([
            .init(0...999, .code(["x"]), is: .throttled, why: ""),
            .init(400...400, .code(["c"]), of: ["/other"], is: .throttled, why: ""),
            .init(400...400, .code(["a", "b"]), of: ["/other", "/b"], is: .done, why: ""),
            .init(400...400, .noCode, is: .retry(.serverError), why: ""),
            .init(200...299, .noJSON, is: .uncertain(.uncertain), why: ""),
        ])
        #expect(table.meaning(of: answer) == meaning)
    }

    /// A vendor's own rows, and nothing but what the samples show, stand on its page.
    @Test(arguments: Sample.folders.keys.sorted { $0.rawValue < $1.rawValue })
    func theVendorsPageHasTheTable(vendor: VendorID) throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/vendors/\(vendor.rawValue).md").standardizedFileURL
        let text = try String(contentsOf: page, encoding: .utf8)
        let table = type(of: try #require(VendorCatalog.vendor(vendor))).outcomes.markdown
        #expect(text.contains("<!-- outcomes -->\n\(table)<!-- end outcomes -->"), "write into \(page.path):\n\(table)")
    }

    /// Rows that a row before them always takes are a mistake.
    @Test(arguments: Sample.folders.keys.sorted { $0.rawValue < $1.rawValue })
    func noRowIsHidden(vendor: VendorID) throws {
        let rows = type(of: try #require(VendorCatalog.vendor(vendor))).outcomes.rows
        for (index, row) in rows.enumerated() {
            for earlier in rows[..<index] where earlier.saying == .anything && earlier.calls.isEmpty {
                let hidesAll =
                    earlier.statuses.lowerBound <= row.statuses.lowerBound
                    && earlier.statuses.upperBound >= row.statuses.upperBound
                #expect(!hidesAll, "\(row.why)")
            }
        }
    }
}

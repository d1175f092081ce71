import JSON
import Model
import Storage
import VendorKit
import Vendors

/// Takes webhooks from elsewhere into the store as captures: checks whose each is, reads what it tells, and keeps some at a
/// time. Nothing is decided.
struct CaptureImport {
    private let accounts: AccountDirectory
    private let origin: CaptureOrigin
    private let bodyLimit: Int
    /// Received before then: the janitor removes it.
    private let keptSince: Instant

    private var waiting: [IncomingWebhook] = []
    private var waitingBytes = 0
    private var lines = 0
    private var report = Report()

    /// What became of webhooks.
    struct Report: Sendable, Hashable {
        var added = 0
        /// There already.
        var known = 0
        /// Of those that were added.
        var old = 0
        var problems: [Problem] = []

        struct Problem: Sendable, Hashable {
            /// The place of its line among those that were sent, from 1; blank ones do not count.
            var line: Int
            var message: String
        }

        var value: Value {
            [
                "added": .integer(Int64(added)), "known": .integer(Int64(known)), "old": .integer(Int64(old)),
                "problems": .array(
                    problems.map { ["line": .integer(Int64($0.line)), "message": .string($0.message)] }),
            ]
        }
    }

    /// Webhooks of one transaction, and their bytes: others wait for it.
    private static let transactionCount = 64
    private static let transactionBytes = 1 << 20
    /// Of one report, whatever the client asks.
    private static let problemLimit = 1000

    init(accounts: AccountDirectory, origin: CaptureOrigin, bodyLimit: Int, keptSince: Instant) {
        self.accounts = accounts
        self.origin = origin
        self.bodyLimit = bodyLimit
        self.keptSince = keptSince
    }

    /// No line is longer: each byte of a body may need two, and something stands around it.
    var lineLimit: Int { 2 * bodyLimit + 4096 }

    var isFull: Bool { waiting.count >= Self.transactionCount || waitingBytes >= Self.transactionBytes }

    /// True when what there is to tell must be told before there is more.
    var isToBeTold: Bool { report.problems.count >= Self.problemLimit }

    mutating func take(_ line: ControlLines.Line) {
        lines += 1
        do throws(ControlRequestError) {
            let webhook = try webhook(line)
            waiting.append(webhook)
            waitingBytes += webhook.body.count
        } catch {
            report.problems.append(Report.Problem(line: lines, message: error.message))
        }
    }

    /// Keeps what was taken, by one transaction.
    mutating func keep(in ledger: any Ledger) async throws(StoreError) {
        guard !waiting.isEmpty else { return }
        let results = try await ledger.importCaptures(waiting)
        for (webhook, isNew) in zip(waiting, results) {
            report.added += isNew ? 1 : 0
            report.known += isNew ? 0 : 1
            report.old += isNew && webhook.receivedAt < keptSince ? 1 : 0
        }
        waiting = []
        waitingBytes = 0
    }

    /// What became of all since this was asked last.
    mutating func told() -> Report {
        defer { report = Report() }
        return report
    }

    // MARK: Reading

    private func webhook(_ line: ControlLines.Line) throws(ControlRequestError) -> IncomingWebhook {
        guard case .bytes(let bytes) = line else {
            throw ControlRequestError("the body has more bytes than the limit of \(bodyLimit)")
        }
        guard let value = try? JSONDocument(bytes).root.value else { throw ControlRequestError("the line is no JSON") }
        return try webhook(CaptureLine(value))
    }

    private func webhook(_ line: CaptureLine) throws(ControlRequestError) -> IncomingWebhook {
        let body = Array(line.body.utf8)
        guard body.count <= bodyLimit else {
            throw ControlRequestError("the body has \(body.count) bytes, the limit is \(bodyLimit)")
        }
        guard let document = try? JSONDocument(body), document.root.kind == .object else {
            throw ControlRequestError("the payload is not a JSON object")
        }
        let account = try account(of: line, document.root)
        guard let vendor = VendorCatalog.vendor(account.vendor) else {
            throw ControlRequestError("\(account.vendor.rawValue) has no payloads")
        }
        let receipt = try? vendor.receive(
            WebhookRequest(body: body, trust: .captured), account: account, now: line.receivedAt ?? line.readAt,
            isReceiptKnown: line.receivedAt != nil, kept: { accounts.stored($0, of: account.vendor) })
        guard let receipt, let first = receipt.events.first else {
            throw ControlRequestError("the payload cannot be read")
        }
        return IncomingWebhook(
            account: account.id, vendor: account.vendor, receivedAt: line.receivedAt ?? first.occurredAt,
            body: receipt.body,
            events: receipt.events.map { EventHeader($0) })
    }

    /// The account that is named, else the only one of the vendor that is named or recognised. One that is of another vendor now
    /// may have been of that one then.
    private func account(of line: CaptureLine, _ body: JSONElement) throws(ControlRequestError) -> Account {
        let told = origin.vendor ?? line.origin.vendor
        if let name = origin.account ?? line.origin.account {
            guard var account = accounts.account(name) else {
                throw ControlRequestError("the daemon has no account '\(name)'")
            }
            if let told { account.vendor = told }
            return account
        }
        guard let vendor = told ?? VendorCatalog.recognized(body)?.profile.id else {
            throw ControlRequestError("no vendor sends a payload of this shape; name it with --vendor")
        }
        let own = accounts.accounts(of: vendor)
        guard own.count == 1 else {
            throw ControlRequestError(
                own.isEmpty
                    ? "the daemon has no account of \(vendor.rawValue)"
                    : "the daemon has \(own.count) accounts of \(vendor.rawValue); name one with --account")
        }
        return own[0]
    }
}

package import Delivery
package import Model
import VendorKit
import Vendors

/// The fields that rules looked for in one event and did not find, and what the vendor tells of them.
///
/// An event is decided as it came. Where a rule looked at a field that is not there and that the vendor may know, the vendor
/// is asked, and the event is decided again with the answer; and so on, until no field is open. So only what a rule really
/// looks at costs a call, and deciding itself stays a function.
struct FieldSearch {
    private(set) var fetched = FetchedFields()
    /// What came of each lookup, by its subject, and the fields that were looked for in it: one event sees one answer.
    private var answers: [String: LookupBook.Answer] = [:]
    private var tried: [String: Set<EventField>] = [:]
    /// Why the last lookup that may have told a field did not.
    private var reasons: [EventField: String] = [:]

    enum Step: Sendable, Hashable {
        /// Nothing is open: the decision stands.
        case settled
        /// `fetched` has changed: decide again.
        case again
        /// An answer is under way.
        case waits(LookupBook.Key)
    }

    /// - Parameters:
    ///   - decision: of the event with what was fetched so far.
    ///   - access: nil for an account that is not configured.
    mutating func step(after decision: Decision, access: LookupAccess?, book: LookupBook?) -> Step {
        let event = decision.event
        guard !event.isTest, let access else { return .settled }
        while true {
            let open = Set(decision.absent.filter { fetched.note(of: $0) == nil })
            guard !open.isEmpty else { return .settled }
            let lookups = access.destination.vendor.lookups(for: event, account: access.destination.account)
            guard let (lookup, wanted) = next(of: lookups, for: open) else { return close(open) }
            if let answer = answers[lookup.subject] {
                if take(answer, of: lookup, for: wanted, event, from: access.destination) { return .again }
                continue
            }
            guard let book, access.obstacle == nil else {
                note(wanted) { _ in .notFetched(access.obstacle ?? "nothing is asked here") }
                return .again
            }
            switch book.page(of: lookup, for: wanted, at: access.destination) {
            case .awaited: return .waits(LookupBook.Key(account: event.account, subject: lookup.subject))
            case .known(let answer):
                answers[lookup.subject] = answer
                if take(answer, of: lookup, for: wanted, event, from: access.destination) { return .again }
            }
        }
    }

    private func next(of lookups: [Lookup], for open: Set<EventField>) -> (Lookup, wanted: Set<EventField>)? {
        for lookup in lookups {
            let wanted = lookup.fields.intersection(open).subtracting(tried[lookup.subject] ?? [])
            if !wanted.isEmpty { return (lookup, wanted) }
        }
        return nil
    }

    /// True when it filled something in.
    private mutating func take(
        _ answer: LookupBook.Answer, of lookup: Lookup, for wanted: Set<EventField>, _ event: Event,
        from destination: Destination
    ) -> Bool {
        tried[lookup.subject, default: []].formUnion(wanted)
        switch answer {
        case .failed(let why):
            for field in wanted { reasons[field] = why }
            return false
        case .told(let values, let source):
            for field in wanted { reasons[field] = "\(source) has none" }
            var filled = wanted.intersection(values.keys)
            // The line of everything that follows from it, and the way to more.
            if event.conversation == nil, values[.conversationID] != nil { filled.insert(.conversationID) }
            for field in filled { fetched.values[field] = values[field] }
            note(filled) { _ in .fetched(source) }
            return !filled.isEmpty
        }
    }

    /// Nobody is left to be asked.
    private mutating func close(_ open: Set<EventField>) -> Step {
        let tried = open.intersection(reasons.keys)
        guard !tried.isEmpty else { return .settled }
        let known = reasons
        note(tried) { .absent(known[$0] ?? "") }
        return .again
    }

    private mutating func note(_ fields: Set<EventField>, _ result: (EventField) -> FieldNote.Result) {
        for field in EventField.allCases where fields.contains(field) && fetched.note(of: field) == nil {
            fetched.notes.append(FieldNote(field, result(field)))
        }
    }
}

/// Whether the vendor may be asked about events of an account.
package struct LookupAccess: Sendable {
    package var destination: Destination
    /// Why not; nil when it may.
    package var obstacle: String?

    package init(destination: Destination, obstacle: String?) {
        self.destination = destination
        self.obstacle = obstacle
    }
}

/// For commands that send nothing: what the daemon would ask the vendor about an event.
package enum UnfetchedFields {
    /// - Parameter why: as a sentence in lower case.
    package static func notes(_ decision: Decision, account: Account, why: String) -> [FieldNote] {
        guard let vendor = VendorCatalog.vendor(account.vendor) else { return [] }
        var search = FieldSearch()
        let access = LookupAccess(destination: Destination(account: account, vendor: vendor), obstacle: why)
        while case .again = search.step(after: decision, access: access, book: nil) {}
        return search.fetched.notes
    }
}

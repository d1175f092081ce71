import Foundation
import Model
import Storage

/// Conversation states and effects as JSON text, keys sorted so that equal values are equal text.
enum StateJSON {
    /// Never changed once it is made.
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // JSON has no infinity; one from a computed variable must not make an event undecidable.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }()
    private static let decoder = JSONDecoder()

    static func encoded(_ value: some Encodable) throws(StoreError) -> String {
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw .unavailable("cannot write \(type(of: value)) as JSON")
        }
    }

    /// The empty state for nil: a conversation that is not stored, or of which only the order of effects is.
    static func decoded(_ text: String?) throws(StoreError) -> ConversationState {
        guard let text else { return ConversationState() }
        return try decoded(ConversationState.self, text)
    }

    static func decoded<Value: Decodable>(_ type: Value.Type, _ text: String) throws(StoreError) -> Value {
        do {
            return try decoder.decode(type, from: Data(text.utf8))
        } catch {
            throw .unavailable("the stored JSON of \(type) cannot be read")
        }
    }
}

/// A webhook's headers as JSON text; null without any, which is most webhooks.
enum HeadersJSON {
    static func encoded(_ headers: [WebhookHeader]) throws(StoreError) -> String? {
        headers.isEmpty ? nil : try StateJSON.encoded(headers)
    }

    static func decoded(_ text: String?) throws(StoreError) -> [WebhookHeader] {
        guard let text else { return [] }
        return try StateJSON.decoded([WebhookHeader].self, text)
    }
}

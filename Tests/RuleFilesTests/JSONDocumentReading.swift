import JSON

enum JSONDocumentReading {
    static func root(_ bytes: [UInt8]) throws -> JSONElement { try JSONDocument(bytes).root }
}

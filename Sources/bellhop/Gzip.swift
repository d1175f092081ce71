import CZlib

/// Reads gzipped files over zlib.
enum Gzip {
    /// Nil when the file cannot be read, or is damaged.
    static func contents(of path: String) -> [UInt8]? {
        guard let file = gzopen(path, "rb") else { return nil }
        defer { gzclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = gzread(file, &piece, UInt32(piece.count))
            if count < 0 { return nil }
            if count == 0 { return bytes }
            bytes.append(contentsOf: piece[..<Int(count)])
        }
    }
}

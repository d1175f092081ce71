package import Model

/// Reads secrets from where the configuration says that they are. What surrounds the process is passed in.
package struct SecretReader: Sendable {
    package var environment: [String: String]
    /// The content of a file, or why there is none.
    package var contents: @Sendable (_ path: String) throws -> [UInt8]

    /// Webhook secrets are no shorter, in bytes: shorter ones can be guessed.
    package static let shortestWebhookSecret = 16

    package init(environment: [String: String], contents: @escaping @Sendable (_ path: String) throws -> [UInt8]) {
        self.environment = environment
        self.contents = contents
    }

    /// With the files of this machine.
    /// - Parameter remark: called with a file that is used and should be mended, and what stands against it.
    package init(
        environment: [String: String], remark: @escaping @Sendable (_ path: String, _ why: String) -> Void = { _, _ in }
    ) {
        self.init(environment: environment) { path in
            let content = try SecretFile.read(path)
            // What systemd puts there is as it must be.
            let isCredential = environment["CREDENTIALS_DIRECTORY"].map { !$0.isEmpty && path.hasPrefix($0 + "/") } ?? false
            if let why = content.remark, !isCredential { remark(path, why) }
            return content.bytes
        }
    }

    /// The secret's bytes, the line end at a file's end taken away.
    /// - Parameter minimum: the least number of bytes.
    package func secret(_ reference: SecretReference, minimum: Int = 1) throws(SecretError) -> [UInt8] {
        let bytes = try read(reference)
        guard !bytes.isEmpty else { throw SecretError("the secret is empty: \(reference.source.text)", at: reference.at) }
        guard bytes.count >= minimum else {
            throw SecretError(
                "the secret is shorter than \(minimum) bytes and could be guessed: \(reference.source.text)", at: reference.at)
        }
        return bytes
    }

    /// As text, for a header. It must be UTF-8.
    package func text(_ reference: SecretReference) throws(SecretError) -> String {
        guard let text = String(validating: try secret(reference), as: UTF8.self) else {
            throw SecretError("the secret is not UTF-8 text: \(reference.source.text)", at: reference.at)
        }
        // It would end the header that carries it.
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw SecretError("the secret holds a control character: \(reference.source.text)", at: reference.at)
        }
        return text
    }

    private func read(_ reference: SecretReference) throws(SecretError) -> [UInt8] {
        switch reference.source {
        case .environment(let name):
            guard let value = environment[name] else {
                throw SecretError("the environment variable \(name) is not set", at: reference.at)
            }
            return Array(value.utf8)
        case .file(let path):
            return try file(path, reference)
        case .credential(let name):
            guard let folder = environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty else {
                throw SecretError(
                    "there is no credential \(name): CREDENTIALS_DIRECTORY is not set (systemd sets it where the unit has LoadCredential=)",
                    at: reference.at)
            }
            return try file(folder + "/" + name, reference)
        }
    }

    private func file(_ path: String, _ reference: SecretReference) throws(SecretError) -> [UInt8] {
        var bytes: [UInt8]
        do { bytes = try contents(path) } catch let refused as SecretFile.Refused {
            throw SecretError("the file \(path) \(refused.reason)", at: reference.at)
        } catch {
            throw SecretError("the file \(path) cannot be read", at: reference.at)
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes
    }
}

/// Why a secret cannot be had. Holds names and places, never a secret.
package struct SecretError: Error, Sendable, Hashable {
    /// A sentence in lower case without a full stop.
    package let message: String
    /// Where the configuration names it.
    package let at: SourcePosition

    init(_ message: String, at: SourcePosition) {
        self.message = message
        self.at = at
    }
}

extension SecretReference.Source {
    /// The name of the place, for messages.
    package var text: String {
        switch self {
        case .environment(let name): "environment variable \(name)"
        case .file(let path): "file \(path)"
        case .credential(let name): "credential \(name)"
        }
    }
}

import Foundation
import Testing

/// The pages that are installed, made by the program.
@Suite(.timeLimit(.minutes(15))) struct ManualTests {
    private static func pages() async throws -> [String: String] {
        let folder = try TemporaryFolder()
        let result = try await Program.run(["manual", "pages"], in: folder.path)
        #expect(result.status == 0, "\(result.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/pages")
        return try names.reduce(into: [:]) { pages, name in
            pages[name] = try String(contentsOfFile: "\(folder.path)/pages/\(name)", encoding: .utf8)
        }
    }

    /// What stands in roff, read again.
    private static func plain(_ page: String) -> String {
        page.replacingOccurrences(of: "\\-", with: "-").replacingOccurrences(of: "\\(dq", with: "\"")
            .replacingOccurrences(of: "\\&", with: "").replacingOccurrences(of: "\\e", with: "\\")
    }

    @Test func everyCommandHasAPageWithItsOptions() async throws {
        let pages = try await Self.pages()
        let folder = try TemporaryFolder()
        let help = try await Program.run(["--help"], in: folder.path).output
        let listed = try #require(help.components(separatedBy: "SUBCOMMANDS:\n").last).split(separator: "\n")
            .filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") && !$0.hasPrefix("  See ") }
            .compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(listed.contains("dry-run"))
        #expect(Set(pages.keys) == Set(["bellhop.1", "bellhop.yaml.5"] + listed.map { "bellhop-\($0).1" }))
        let page = Self.plain(pages["bellhop-dry-run.1"] ?? "")
        let expected = [
            ".SH NAME\nbellhop-dry-run - decide captured payloads", ".B --stateless\n", ".B --at TIME\n", "INPUTS...",
        ]
        for words in expected {
            #expect(page.contains(words), "\(words)")
        }
        #expect(Self.plain(pages["bellhop-dead-letters.1"] ?? "").contains("bellhop dead-letters retry"))
    }

    @Test func everyKeyOfTheConfigurationIsTold() async throws {
        let page = Self.plain(try await Self.pages()["bellhop.yaml.5"] ?? "")
        for key in [
            "listen", "admin", "store", "rules", "control", "accounts", "http_actions.allow", "captures.keep", "limits.inbox",
            "vendor", "webhook.secret", "names.departments", "credential",
        ] {
            #expect(page.contains("\n.B \(key)\n"), "\(key)")
        }
    }

    /// A line that begins with a dot is a request: one that is not meant so would vanish.
    @Test func noTextIsTakenForARequest() async throws {
        let requests: Set = [".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".RS", ".RE", ".nf", ".fi", ".nh", ".ad"]
        for (name, page) in try await Self.pages() {
            for line in page.split(separator: "\n") where line.hasPrefix(".") || line.hasPrefix("'") {
                let request = line.split(separator: " ").first.map(String.init) ?? ""
                #expect(requests.contains(request), "\(name): \(line)")
            }
        }
    }
}

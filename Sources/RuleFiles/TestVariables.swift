import Rules

/// The variables that a test file's `given` and `event` set: read without checking, the test decoder does that.
enum TestVariables {
    static func names(in file: RuleFolder.File) -> Set<String> {
        guard let tests = YAMLDocument(file.bytes, file: file.path).root?["tests"]?.sequence else { return [] }
        return tests.reduce(into: []) { names, test in
            let variables = test["given"]?["vars"]?.mapping ?? []
            names.formUnion(variables.map(\.key))
        }
    }
}

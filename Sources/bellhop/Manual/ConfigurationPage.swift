import Model

/// bellhop.yaml(5), from the schema of the configuration: the keys that it knows are the keys that are read.
struct ConfigurationPage {
    let schema: Value
    let version: String

    var text: String {
        var page = Roff(title: "bellhop.yaml", section: 5, version: version)
        page.section("NAME")
        page.plain("bellhop.yaml - configuration of Bellhop")
        page.section("SYNOPSIS")
        page.plain("./bellhop.yaml, /etc/bellhop/bellhop.yaml")
        page.section("DESCRIPTION")
        page.plain(
            "A YAML file. Unknown keys are errors, except those that begin with x-. Relative paths are below the folder of the file."
        )
        page.paragraph("`bellhop check` tells what is wrong in it, `bellhop schema config` prints its JSON Schema for editors.")
        page.section("KEYS")
        list(keys(of: schema, below: ""), on: &page)
        page.section("ACCOUNTS")
        page.plain("Each entry of accounts is named by its id, which also stands in the URL of its webhooks: /webhooks/ID.")
        list(keys(of: definition("account"), below: ""), on: &page)
        page.section("SECRETS")
        page.plain("A secret is never written into the file. It is a mapping of one key; webhook.secret may be a list of these.")
        list(keys(of: definition("secret"), below: ""), on: &page)
        page.section("SEE ALSO")
        page.plain("bellhop(1), bellhop-check(1), bellhop-serve(1)")
        return page.text
    }

    private func definition(_ name: String) -> Value { schema["definitions"]?[name] ?? .null }

    private func list(_ keys: [(name: String, meaning: String)], on page: inout Roff) {
        for key in keys { page.item(key.name, key.meaning) }
    }

    /// Each key with its description; those of a mapping after it, as `http_actions.allow`.
    private func keys(of schema: Value, below prefix: String) -> [(name: String, meaning: String)] {
        (schema["properties"]?.object?.entries ?? []).flatMap { entry -> [(name: String, meaning: String)] in
            let name = prefix + entry.key
            let inner = keys(of: entry.value, below: name + ".")
            let description = entry.value["description"] ?? resolved(entry.value)["description"]
            let words = [description?.string, choices(entry.value)].compactMap(\.self).joined(separator: ". ")
            return (words.isEmpty && !inner.isEmpty ? [] : [(name, words)]) + inner
        }
    }

    private func resolved(_ schema: Value) -> Value {
        guard let reference = schema["$ref"]?.string, let name = reference.split(separator: "/").last else { return schema }
        return definition(String(name))
    }

    private func choices(_ schema: Value) -> String? {
        guard let choices = schema["enum"]?.array, choices.count > 1 else { return nil }
        return "One of " + choices.compactMap(\.text).joined(separator: ", ")
    }
}

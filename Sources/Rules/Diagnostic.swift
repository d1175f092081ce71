package import Model

/// One finding in a rules, tests or configuration file, as data; `DiagnosticPrinter` makes text of it.
package struct Diagnostic: Sendable, Hashable {
    package enum Severity: String, Sendable, Hashable, Comparable {
        case error, warning
        /// Worth knowing for who looks for it; fails nothing, and is shown only when asked for.
        case note

        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .error: 0
            case .warning: 1
            case .note: 2
            }
        }
    }

    package struct Related: Sendable, Hashable {
        package var at: SourcePosition
        package var message: String

        package init(at: SourcePosition, message: String) {
            self.at = at
            self.message = message
        }
    }

    /// An event that shows what is told.
    package struct Witness: Sendable, Hashable {
        /// `channel=whatsapp text="quero refund"`
        package var text: String
        /// `event`, `at` and `given` as a rule test has them.
        package var value: Value

        package init(text: String, value: Value) {
            self.text = text
            self.value = value
        }
    }

    package var severity: Severity
    package var code: DiagnosticCode
    /// In lower case, without a full stop.
    package var message: String
    package var at: SourcePosition
    /// How many characters the caret line covers; at least 1.
    package var length: Int
    /// What stands behind the carets; nil for nothing.
    package var label: String?
    /// How to mend it.
    package var help: String?
    package var related: [Related]
    package var witness: Witness?

    package init(
        _ severity: Severity, _ code: DiagnosticCode, _ message: String, at: SourcePosition, length: Int = 1,
        label: String? = nil, help: String? = nil, related: [Related] = [], witness: Witness? = nil
    ) {
        self.severity = severity
        self.code = code
        self.message = message
        self.at = at
        self.length = max(1, length)
        self.label = label
        self.help = help
        self.related = related
        self.witness = witness
    }
}

/// Stable codes: a message may be worded better, its code stays. `docs/rules.md` lists them.
///
/// R001–R099 are load errors and findings of files' shape, R017 and R100–R199 findings of lint, R200–R299
/// what `check --online` finds when it asks the vendors, R300–R399 why a set without errors is refused all the same.
package enum DiagnosticCode: String, Sendable, Hashable, CaseIterable {
    case unreadableFile = "R001"
    case syntax = "R002"
    case duplicateKey = "R003"
    case unknownKey = "R004"
    case missingKey = "R005"
    case wrongType = "R006"
    case blankText = "R007"
    case badValue = "R008"
    case duplicateID = "R009"
    case unknownName = "R010"
    case unknownWord = "R011"
    case unknownPath = "R012"
    case template = "R013"
    case badRegex = "R014"
    case badKeyword = "R015"
    case badTime = "R016"
    case deadRule = "R017"
    case emptyList = "R021"
    case tooLarge = "R018"
    case badFlow = "R019"
    case version = "R020"
    case cutComment = "R101"
    case unsetVariable = "R102"
    case unsupportedAction = "R103"
    case unreachableStep = "R104"
    case longText = "R105"
    case idleDelay = "R106"
    case overlappingRules = "R107"
    case impossibleCondition = "R108"
    case coveredKeyword = "R109"
    case unusedName = "R110"
    case endlessFlow = "R111"
    case absentName = "R112"
    case typographicRegex = "R113"
    case missingLanguage = "R114"
    case differingPlaceholders = "R115"
    case untestedRule = "R116"
    case uselessExpectation = "R117"
    case slowRegex = "R118"
    case unindexedRegex = "R119"
    case captiveFlow = "R120"
    case unknownAccount = "R121"
    case badAllowance = "R198"
    case uselessAllowance = "R199"
    case refusedCredentials = "R201"
    case unknownID = "R202"
    case unlistedBot = "R203"
    case unresolvedName = "R204"
    case unverified = "R205"
    case unreachableVendor = "R206"
    case blockedWebhook = "R207"
    case failedTest = "R301"
    case noTest = "R302"

    /// One line for the reference.
    package var summary: String {
        switch self {
        case .unreadableFile: "a file cannot be read, is no UTF-8, or is a link out of the folder"
        case .syntax: "the file is no YAML that Bellhop reads: syntax, tabs, `<<`, tags, a second document"
        case .duplicateKey: "a key stands twice in one mapping"
        case .unknownKey: "a key that nothing reads"
        case .missingKey: "a required key is missing"
        case .wrongType: "a list, mapping, number or text where another is expected"
        case .blankText: "nothing stands where text is expected"
        case .badValue: "a value that cannot be: a number out of range, a word that is none of the allowed"
        case .duplicateID: "an id or name is used twice"
        case .unknownName: "a list, schedule, flow or step that is defined nowhere"
        case .unknownWord: "a vendor, event kind, handler or sender that does not exist"
        case .unknownPath: "an event path that no event has"
        case .template: "a template that cannot be read, or a name in it that can never have a value"
        case .badRegex: "a regular expression that does not compile"
        case .badKeyword: "a keyword that cannot match: a star in the middle, nothing left after folding"
        case .badTime: "a duration, zone, date or time that does not exist"
        case .deadRule: "a rule that can never run"
        case .emptyList: "an empty list where one of several must hold"
        case .tooLarge: "a file, nesting or number of aliases over the limits"
        case .badFlow: "a flow step without a way on, or with labels that cannot be told apart"
        case .version: "`version` is missing or is not 1"
        case .cutComment: "unquoted text that YAML cut at ` #`"
        case .unsetVariable: "a variable that no rule, flow or test sets"
        case .unsupportedAction: "an action that a vendor the rule speaks to cannot do"
        case .unreachableStep: "a flow step that nothing leads to"
        case .longText: "a text that is longer than one message of a vendor the rule speaks to"
        case .idleDelay: "a `delay` beside an action that sends nothing"
        case .overlappingRules: "two rules that hold for the same message and answer it differently"
        case .impossibleCondition: "a condition that can never hold"
        case .coveredKeyword: "a keyword that another of the same list makes superfluous"
        case .unusedName: "a list, schedule or flow that nothing uses"
        case .endlessFlow: "flow steps that lead in a circle without waiting for anybody"
        case .absentName: "a template name that a vendor the rule speaks to never fills"
        case .typographicRegex: "a typographic character in a regular expression, which is not folded"
        case .missingLanguage: "a reply without a text for a language that other replies have"
        case .differingPlaceholders: "a reply whose languages fill in different names"
        case .untestedRule: "a rule that no test expects (shown with `--notes`)"
        case .uselessExpectation: "a test that expects a rule that does not exist or is off"
        case .slowRegex: "a regular expression that takes long on a text that a customer could send"
        case .unindexedRegex: "a regular expression that is run on every message, in a large set (shown with `--notes`)"
        case .captiveFlow: "flow steps from which no way leads out of the flow"
        case .unknownAccount: "a condition on an account or vendor that the configuration does not have"
        case .badAllowance: "a `# bellhop: allow` comment without a reason, or with a code that is none"
        case .uselessAllowance: "a `# bellhop: allow` comment that silences nothing"
        case .refusedCredentials: "credentials that the vendor refuses (`check --online`, as all of R2xx)"
        case .unknownID: "an id of an account's `names` that the vendor does not have"
        case .unlistedBot: "the user of an account's credentials is not among its `bots`"
        case .unresolvedName: "a department, team or agent of a rule that is neither in `names` nor an id that the vendor has"
        case .unverified: "an answer of the vendor by which nothing could be verified"
        case .unreachableVendor: "a vendor that cannot be reached, fails, or asks to wait for too long"
        case .blockedWebhook: "a webhook that the vendor has stopped calling"
        case .failedTest: "a test of the rules that fails, where `reload.require_tests` asks for tests"
        case .noTest: "there is no test, where `reload.require_tests` asks for tests"
        }
    }
}

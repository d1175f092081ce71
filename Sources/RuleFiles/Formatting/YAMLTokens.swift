import CYAML

/// A piece of a YAML file as libyaml's scanner sees it, by its place in the text.
struct YAMLToken: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case blockSequenceStart, blockMappingStart, blockEnd
        case entry, key, value
        case flowSequenceStart, flowMappingStart, flowSequenceEnd, flowMappingEnd, flowEntry
        case anchor, alias, tag
        case plainScalar, quotedScalar, blockScalar
        /// `---`, `...` and `%YAML`.
        case mark
        case end
    }

    var kind: Kind
    /// In characters of the text.
    var start: Int
    var end: Int

    /// True for what only says how the text is built, and stands nowhere in it.
    var isVirtual: Bool {
        switch kind {
        case .blockSequenceStart, .blockMappingStart, .blockEnd, .key, .end: start == end || kind == .end
        default: false
        }
    }

    var closesFlow: Bool { kind == .flowSequenceEnd || kind == .flowMappingEnd }
    var opensFlow: Bool { kind == .flowSequenceStart || kind == .flowMappingStart }
}

/// The tokens of a text.
enum YAMLTokens {
    /// Nil for a text that cannot be scanned.
    static func tokens(of text: String) -> [YAMLToken]? {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { return nil }
        defer { yaml_parser_delete(&parser) }
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        return Array(text.utf8).withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            var tokens: [YAMLToken] = []
            while true {
                var token = yaml_token_t()
                guard yaml_parser_scan(&parser, &token) == 1 else { return nil }
                defer { yaml_token_delete(&token) }
                if let kind = kind(token) {
                    tokens.append(YAMLToken(kind: kind, start: Int(token.start_mark.index), end: Int(token.end_mark.index)))
                }
                if token.type == YAML_STREAM_END_TOKEN { return tokens }
            }
        }
    }

    private static func kind(_ token: yaml_token_t) -> YAMLToken.Kind? {
        switch token.type {
        case YAML_BLOCK_SEQUENCE_START_TOKEN: .blockSequenceStart
        case YAML_BLOCK_MAPPING_START_TOKEN: .blockMappingStart
        case YAML_BLOCK_END_TOKEN: .blockEnd
        case YAML_BLOCK_ENTRY_TOKEN: .entry
        case YAML_KEY_TOKEN: .key
        case YAML_VALUE_TOKEN: .value
        case YAML_FLOW_SEQUENCE_START_TOKEN: .flowSequenceStart
        case YAML_FLOW_MAPPING_START_TOKEN: .flowMappingStart
        case YAML_FLOW_SEQUENCE_END_TOKEN: .flowSequenceEnd
        case YAML_FLOW_MAPPING_END_TOKEN: .flowMappingEnd
        case YAML_FLOW_ENTRY_TOKEN: .flowEntry
        case YAML_ANCHOR_TOKEN: .anchor
        case YAML_ALIAS_TOKEN: .alias
        case YAML_TAG_TOKEN: .tag
        case YAML_SCALAR_TOKEN: scalar(token.data.scalar.style)
        case YAML_DOCUMENT_START_TOKEN, YAML_DOCUMENT_END_TOKEN, YAML_VERSION_DIRECTIVE_TOKEN, YAML_TAG_DIRECTIVE_TOKEN: .mark
        case YAML_STREAM_END_TOKEN: .end
        default: nil
        }
    }

    private static func scalar(_ style: yaml_scalar_style_t) -> YAMLToken.Kind {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quotedScalar
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .blockScalar
        default: .plainScalar
        }
    }
}

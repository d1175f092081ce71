/* Rules as measures/corpus.py writes them for the peers, and PCRE2 as Bellhop uses it: UTF, Unicode properties, no
   letter case. Include lines.h first. */
#ifndef BELLHOP_PEERS_PATTERNS_H
#define BELLHOP_PEERS_PATTERNS_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>

typedef struct {
    bool is_keyword;
    /* The keyword, or what every text holds that the regular expression matches. */
    Line literal;
    /* Empty for a keyword. */
    Line regex;
} Rule;

typedef struct {
    pcre2_code *code;
    bool is_jit;
} Pattern;

/* `K<TAB>keyword` or `R<TAB>literal<TAB>regular expression`. */
static inline Rule parsed_rule(Line line) {
    Rule rule = {line.bytes[0] == 'K', {line.bytes + 2, 0}, {NULL, 0}};
    char *end = line.bytes + line.length;
    char *stop = rule.is_keyword ? end : memchr(rule.literal.bytes, '\t', line.length - 2);
    if (line.length < 3 || line.bytes[1] != '\t' || !stop) fail("not a rule", line.bytes);
    rule.literal.length = (size_t)(stop - rule.literal.bytes);
    if (!rule.is_keyword) rule.regex = (Line){stop + 1, (size_t)(end - stop - 1)};
    return rule;
}

static inline Pattern compiled_pattern(Line source) {
    int error;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile(
        (PCRE2_SPTR)source.bytes, source.length, PCRE2_UTF | PCRE2_UCP | PCRE2_CASELESS, &error, &offset, NULL);
    if (!code) fail("not a regular expression", source.bytes);
    return (Pattern){code, pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0};
}

/* The messages are UTF-8, which was checked once, so that no match pays for checking it again. */
static inline bool matches(Pattern pattern, Line text, pcre2_match_data *scratch) {
    PCRE2_SPTR bytes = (PCRE2_SPTR)text.bytes;
    int found = pattern.is_jit ? pcre2_jit_match(pattern.code, bytes, text.length, 0, 0, scratch, NULL)
                               : pcre2_match(pattern.code, bytes, text.length, 0, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, scratch, NULL);
    if (found < 0 && found != PCRE2_ERROR_NOMATCH) fail("cannot be matched", text.bytes);
    return found >= 0;
}

static inline pcre2_match_data *match_scratch(void) {
    pcre2_match_data *scratch = pcre2_match_data_create(16, NULL);
    if (!scratch) fail("memory", "there is not enough");
    return scratch;
}

/* Matches a pattern that fails on what is not UTF-8. */
static inline void check_utf8(Lines texts) {
    Pattern any = compiled_pattern((Line){"^", 1});
    pcre2_match_data *scratch = match_scratch();
    for (size_t i = 0; i < texts.count; i++) {
        Line text = texts.items[i];
        if (pcre2_match(any.code, (PCRE2_SPTR)text.bytes, text.length, 0, 0, scratch, NULL) < 0)
            fail("not UTF-8", text.bytes);
    }
    pcre2_match_data_free(scratch);
    pcre2_code_free(any.code);
}

#endif

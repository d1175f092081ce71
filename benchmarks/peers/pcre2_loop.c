/* What a loop over regular expressions costs: every rule is a pattern of PCRE2, and each message tries them in order
   until one matches, as rules that stop do.

       pcre2_loop LITERALS MESSAGES LIMIT [interpreted]

   Patterns are compiled to machine code, unless they are to be interpreted. A keyword is a caseless literal between word boundaries; a Korean one has none, since particles are glued on. Prints
   {"ns_per_message", "matches"}, where matches are messages on which a rule matched, of the first LIMIT. */
#define _POSIX_C_SOURCE 200809L
#include "lines.h"
#include "patterns.h"

/* Hangul syllables lie from U+AC00 on, whose UTF-8 begins with EA to ED; nothing else of the rules does. */
static bool is_hangul(unsigned char first_byte) {
    return first_byte >= 0xEA && first_byte <= 0xED;
}

static unsigned char last_character(Line text) {
    size_t at = text.length - 1;
    while (at > 0 && ((unsigned char)text.bytes[at] & 0xC0) == 0x80) at--;
    return (unsigned char)text.bytes[at];
}

static Pattern keyword_pattern(Line keyword) {
    const char *before = is_hangul((unsigned char)keyword.bytes[0]) ? "" : "\\b";
    const char *after = is_hangul(last_character(keyword)) ? "" : "\\b";
    size_t room = keyword.length + 16;
    char *source = allocated(room);
    int length = snprintf(source, room, "%s\\Q%.*s\\E%s", before, (int)keyword.length, keyword.bytes, after);
    Pattern pattern = compiled_pattern((Line){source, (size_t)length});
    free(source);
    return pattern;
}

static Pattern *compiled_rules(Lines lines, bool is_interpreted) {
    Pattern *patterns = allocated(lines.count * sizeof(Pattern));
    for (size_t i = 0; i < lines.count; i++) {
        Rule rule = parsed_rule(lines.items[i]);
        patterns[i] = rule.is_keyword ? keyword_pattern(rule.literal) : compiled_pattern(rule.regex);
        if (is_interpreted) patterns[i].is_jit = false;
    }
    return patterns;
}

static bool any_matches(const Pattern *patterns, size_t count, Line text, pcre2_match_data *scratch) {
    for (size_t i = 0; i < count; i++)
        if (matches(patterns[i], text, scratch)) return true;
    return false;
}

/* How many of the messages match. */
static size_t matched_messages(const Pattern *patterns, size_t count, Lines messages, pcre2_match_data *scratch) {
    size_t matched = 0;
    for (size_t i = 0; i < messages.count; i++) matched += any_matches(patterns, count, messages.items[i], scratch);
    return matched;
}

int main(int count, char **arguments) {
    bool is_interpreted = count == 5 && strcmp(arguments[4], "interpreted") == 0;
    if (count != 4 && !is_interpreted) fail("usage", "pcre2_loop LITERALS MESSAGES LIMIT [interpreted]");
    Lines rules = read_lines(arguments[1], (size_t)-1);
    Lines messages = read_lines(arguments[2], strtoul(arguments[3], NULL, 10));
    check_utf8(messages);
    Pattern *patterns = compiled_rules(rules, is_interpreted);
    pcre2_match_data *scratch = match_scratch();
    size_t passes = 0, matched = 0;
    double start = seconds_now(), seconds = 0;
    while (seconds < LEAST_SECONDS) {
        matched = matched_messages(patterns, rules.count, messages, scratch);
        passes++;
        seconds = seconds_now() - start;
    }
    double cost = seconds * 1e9 / (double)(passes * messages.count);
    printf("{\"ns_per_message\": %.1f, \"matches\": %zu}\n", cost, matched);
    return 0;
}

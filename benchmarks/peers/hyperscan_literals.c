/* The ceiling of finding candidates: one scan by Hyperscan for the literals of all rules, and then only what it found
   is confirmed.

       hyperscan_literals LITERALS MESSAGES FOLDED LIMIT DATABASE

   LITERALS holds folded literals, FOLDED the messages of MESSAGES folded, line by line. Folding is not measured here.
   A keyword is confirmed by the edges of words where it was found, a regular expression by PCRE2 on the message as
   written; the first rule in order that holds is the answer. The compiled database is kept in the file DATABASE, since
   building it takes seconds. Prints {"ns_per_message", "ns_scan_per_message", "candidates_per_message", "matches",
   "build_seconds"}: matches are messages of which a rule held, build_seconds is 0 where the database was there. */
#define _POSIX_C_SOURCE 200809L
#include <hs/hs.h>
#include <limits.h>
#include <stdint.h>
#include "lines.h"
#include "patterns.h"

typedef struct {
    size_t count;
    Rule *rules;
    /* Of the rules that are regular expressions. */
    Pattern *patterns;
} RuleSet;

/* What is found in one message. A stamp is the number of the message, so that nothing is cleared between them. */
typedef struct {
    const RuleSet *set;
    Line folded;
    size_t message;
    /* Of each rule, the last message it was a candidate of. */
    size_t *stamps;
    /* Candidates that are to be confirmed by their regular expression. */
    unsigned *expressions;
    size_t expression_count;
    /* The first keyword that holds. */
    unsigned first;
    size_t candidates;
} Search;

static RuleSet read_rules(const char *path) {
    Lines lines = read_lines(path, (size_t)-1);
    RuleSet set = {lines.count, allocated(lines.count * sizeof(Rule)), allocated(lines.count * sizeof(Pattern))};
    for (size_t i = 0; i < lines.count; i++) {
        set.rules[i] = parsed_rule(lines.items[i]);
        if (!set.rules[i].is_keyword) set.patterns[i] = compiled_pattern(set.rules[i].regex);
    }
    return set;
}

static hs_database_t *built_database(const RuleSet *set) {
    const char **literals = allocated(set->count * sizeof(char *));
    size_t *lengths = allocated(set->count * sizeof(size_t));
    unsigned *flags = allocated(set->count * sizeof(unsigned)), *ids = allocated(set->count * sizeof(unsigned));
    for (size_t i = 0; i < set->count; i++) {
        literals[i] = set->rules[i].literal.bytes;
        lengths[i] = set->rules[i].literal.length;
        /* Both sides are folded already: there is no letter case to disregard. */
        flags[i] = 0;
        ids[i] = (unsigned)i;
    }
    hs_database_t *database;
    hs_compile_error_t *error;
    unsigned count = (unsigned)set->count;
    if (hs_compile_lit_multi(literals, flags, ids, lengths, count, HS_MODE_BLOCK, NULL, &database, &error))
        fail("Hyperscan", error->message);
    free(literals);
    free(lengths);
    free(flags);
    free(ids);
    return database;
}

static void keep_database(const hs_database_t *database, const char *path) {
    char *bytes;
    size_t length;
    if (hs_serialize_database(database, &bytes, &length)) fail(path, "cannot be written");
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, length, file) != length || fclose(file)) fail(path, "cannot be written");
    free(bytes);
}

static hs_database_t *kept_database(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    fclose(file);
    size_t length;
    char *bytes = file_contents(path, &length);
    hs_database_t *database;
    if (hs_deserialize_database(bytes, length, &database)) fail(path, "is no database of this Hyperscan");
    free(bytes);
    return database;
}

/* Whether a byte of folded text is a letter or number of a script that spaces its words. Of what is not ASCII the
   corpus holds Hangul and emoji alone: the accents of Latin are folded off. */
static bool is_word(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

static bool stands_alone(Line text, size_t start, size_t end) {
    bool joined_before = start > 0 && is_word(text.bytes[start - 1]) && is_word(text.bytes[start]);
    bool joined_after = end < text.length && is_word(text.bytes[end]) && is_word(text.bytes[end - 1]);
    return !joined_before && !joined_after;
}

static bool is_new_candidate(Search *search, unsigned id) {
    if (search->stamps[id] == search->message) return false;
    search->stamps[id] = search->message;
    search->candidates++;
    return true;
}

static int count_candidate(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
    (void)from, (void)to, (void)flags;
    is_new_candidate(context, id);
    return 0;
}

static int confirm_candidate(
    unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
    (void)from, (void)flags;
    Search *search = context;
    const Rule *rule = &search->set->rules[id];
    if (id >= search->first) return 0;
    if (rule->is_keyword) {
        if (stands_alone(search->folded, (size_t)to - rule->literal.length, (size_t)to)) search->first = id;
    } else if (is_new_candidate(search, id)) {
        search->expressions[search->expression_count++] = id;
    }
    return 0;
}

static void scan(const hs_database_t *database, hs_scratch_t *scratch, Search *search, match_event_handler found) {
    if (hs_scan(database, search->folded.bytes, (unsigned)search->folded.length, 0, scratch, found, search))
        fail("Hyperscan", "cannot scan");
}

/* Whether a rule holds, the keywords having been confirmed. Candidates come in any order: the least that holds wins. */
static bool holds(Search *search, Line message, pcre2_match_data *scratch) {
    for (size_t i = 0; i < search->expression_count; i++) {
        unsigned id = search->expressions[i];
        if (id < search->first && matches(search->set->patterns[id], message, scratch)) search->first = id;
    }
    return search->first != UINT_MAX;
}

static void begin(Search *search, Line folded) {
    search->folded = folded;
    search->message++;
    search->expression_count = 0;
    search->first = UINT_MAX;
}

static Search search_of(const RuleSet *set) {
    Search search = {.set = set};
    search.stamps = calloc(set->count, sizeof(size_t));
    search.expressions = allocated(set->count * sizeof(unsigned));
    if (!search.stamps) fail("memory", "there is not enough");
    return search;
}

static double ns_of_scanning(
    const hs_database_t *database, hs_scratch_t *scratch, const RuleSet *set, Lines folded, double *candidates) {
    Search search = search_of(set);
    double start = seconds_now(), seconds = 0;
    while (seconds < LEAST_SECONDS) {
        for (size_t i = 0; i < folded.count; i++) {
            begin(&search, folded.items[i]);
            scan(database, scratch, &search, count_candidate);
        }
        seconds = seconds_now() - start;
    }
    *candidates = (double)search.candidates / (double)search.message;
    return seconds * 1e9 / (double)search.message;
}

static double ns_of_deciding(
    const hs_database_t *database, hs_scratch_t *scratch, const RuleSet *set, Lines folded, Lines messages,
    size_t *matched) {
    Search search = search_of(set);
    pcre2_match_data *match = match_scratch();
    double start = seconds_now(), seconds = 0;
    while (seconds < LEAST_SECONDS) {
        *matched = 0;
        for (size_t i = 0; i < folded.count; i++) {
            begin(&search, folded.items[i]);
            scan(database, scratch, &search, confirm_candidate);
            *matched += holds(&search, messages.items[i], match);
        }
        seconds = seconds_now() - start;
    }
    return seconds * 1e9 / (double)search.message;
}

int main(int count, char **arguments) {
    if (count != 6) fail("usage", "hyperscan_literals LITERALS MESSAGES FOLDED LIMIT DATABASE");
    RuleSet set = read_rules(arguments[1]);
    size_t limit = strtoul(arguments[4], NULL, 10);
    Lines messages = read_lines(arguments[2], limit), folded = read_lines(arguments[3], limit);
    if (messages.count != folded.count) fail(arguments[3], "has another number of lines than the messages");
    check_utf8(messages);
    double build_seconds = 0;
    hs_database_t *database = kept_database(arguments[5]);
    if (!database) {
        double start = seconds_now();
        database = built_database(&set);
        build_seconds = seconds_now() - start;
        keep_database(database, arguments[5]);
    }
    hs_scratch_t *scratch = NULL;
    if (hs_alloc_scratch(database, &scratch)) fail("memory", "there is not enough");
    double candidates;
    size_t matched;
    double scanning = ns_of_scanning(database, scratch, &set, folded, &candidates);
    double deciding = ns_of_deciding(database, scratch, &set, folded, messages, &matched);
    printf(
        "{\"ns_per_message\": %.1f, \"ns_scan_per_message\": %.1f, \"candidates_per_message\": %.3f, \"matches\": %zu, "
        "\"build_seconds\": %.3f}\n",
        deciding, scanning, candidates, matched, build_seconds);
    return 0;
}

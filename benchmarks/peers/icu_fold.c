/* What folding costs by ICU.

       icu_fold MESSAGES LIMIT

   Prints {"ns_per_message", "all_ns_per_message"}. The first is the least that can be called folding: a message is
   converted to UTF-16 and normalized by NFKC_Casefold. The second is nearer to what Bellhop does: diacritics are taken
   off as well, by way of NFD and NFC, and the text is given back in UTF-8. */
#define _POSIX_C_SOURCE 200809L
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include "lines.h"

/* UTF-16 units that a message may have at any step; the corpus stays far below. */
#define ROOM 8192

typedef struct {
    const UNormalizer2 *fold, *apart, *together;
    UChar first[ROOM], second[ROOM];
    char bytes[3 * ROOM];
} Folder;

static void demand(UErrorCode error) {
    if (U_FAILURE(error)) fail("ICU", u_errorName(error));
}

static Folder *folder(void) {
    Folder *folder = allocated(sizeof(Folder));
    UErrorCode error = U_ZERO_ERROR;
    folder->fold = unorm2_getNFKCCasefoldInstance(&error);
    folder->apart = unorm2_getNFDInstance(&error);
    folder->together = unorm2_getNFCInstance(&error);
    demand(error);
    return folder;
}

/* Into `second`; returns its length. */
static int32_t fold(Folder *folder, Line text) {
    UErrorCode error = U_ZERO_ERROR;
    int32_t length;
    u_strFromUTF8(folder->first, ROOM, &length, text.bytes, (int32_t)text.length, &error);
    length = unorm2_normalize(folder->fold, folder->first, length, folder->second, ROOM, &error);
    demand(error);
    return length;
}

static int32_t without_marks(UChar *text, int32_t length) {
    int32_t kept = 0;
    for (int32_t i = 0; i < length; i++)
        if (u_charType(text[i]) != U_NON_SPACING_MARK) text[kept++] = text[i];
    return kept;
}

/* Into `bytes`; returns its length. Marks of all scripts go, where Bellhop keeps some: the corpus has none of those. */
static int32_t fold_all(Folder *folder, Line text) {
    UErrorCode error = U_ZERO_ERROR;
    int32_t length = fold(folder, text);
    length = unorm2_normalize(folder->apart, folder->second, length, folder->first, ROOM, &error);
    length = without_marks(folder->first, length);
    length = unorm2_normalize(folder->together, folder->first, length, folder->second, ROOM, &error);
    u_strToUTF8(folder->bytes, sizeof(folder->bytes), &length, folder->second, length, &error);
    demand(error);
    return length;
}

static double ns_per_message(int32_t (*run)(Folder *, Line), Folder *folder, Lines messages) {
    size_t passes = 0, length = 0;
    double start = seconds_now(), seconds = 0;
    while (seconds < LEAST_SECONDS) {
        for (size_t i = 0; i < messages.count; i++) length += (size_t)run(folder, messages.items[i]);
        passes++;
        seconds = seconds_now() - start;
    }
    if (length == 0) fail("the messages", "hold nothing");
    return seconds * 1e9 / (double)(passes * messages.count);
}

int main(int count, char **arguments) {
    if (count != 3) fail("usage", "icu_fold MESSAGES LIMIT");
    Lines messages = read_lines(arguments[1], strtoul(arguments[2], NULL, 10));
    Folder *scratch = folder();
    double least = ns_per_message(fold, scratch, messages), all = ns_per_message(fold_all, scratch, messages);
    printf("{\"ns_per_message\": %.1f, \"all_ns_per_message\": %.1f}\n", least, all);
    return 0;
}

#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum csimdjson_error {
    CSIMDJSON_OK = 0,
    /// The text is no JSON, is nested too deeply, or has a number or a surrogate that simdjson cannot hold.
    CSIMDJSON_REFUSED = 1,
    /// The text is longer than simdjson's 32-bit indexes reach.
    CSIMDJSON_TOO_LARGE = 2,
    CSIMDJSON_NO_MEMORY = 3,
};

/// A parsed document. `tape` and `strings` live until csimdjson_free(handle); all but `error` are null after an error.
///
/// The tape is simdjson's (its doc/tape.md): a word has its tag in the upper 8 bits and its payload in the lower 56.
/// A string's payload is an offset into `strings`, where a 32-bit length in host order stands before the bytes.
struct csimdjson_document {
    void *handle;
    const uint64_t *tape;
    size_t tape_length;
    const uint8_t *strings;
    enum csimdjson_error error;
};

/// Parses strict JSON. `bytes` needs no padding and may be null when `length` is 0. Safe from any thread: the parser's
/// working memory is one a thread, and is kept for the next call unless it is large.
struct csimdjson_document csimdjson_parse(const uint8_t *bytes, size_t length, size_t max_depth);

void csimdjson_free(void *handle);

/// Of the library that this was compiled with.
const char *csimdjson_version(void);

/// Writes the name of the implementation that is used on this machine, cut to `size` with its null.
void csimdjson_kernel(char *name, size_t size);

#ifdef __cplusplus
}
#endif

#endif

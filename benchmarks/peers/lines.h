/* What the peers in C share: files of lines, a clock, and how failures are told. */
#ifndef BELLHOP_PEERS_LINES_H
#define BELLHOP_PEERS_LINES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Passes over the messages go on for so long, so that few or fast ones are measured as well as many. */
#define LEAST_SECONDS 0.4

typedef struct {
    char *bytes;
    size_t length;
} Line;

typedef struct {
    Line *items;
    size_t count;
} Lines;

static inline void fail(const char *what, const char *detail) {
    fprintf(stderr, "%s: %s\n", what, detail);
    exit(1);
}

static inline void *allocated(size_t bytes) {
    void *found = malloc(bytes ? bytes : 1);
    if (!found) fail("memory", "there is not enough");
    return found;
}

static inline char *file_contents(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path, "cannot be opened");
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    char *bytes = allocated(*length + 1);
    if (fread(bytes, 1, *length, file) != *length) fail(path, "cannot be read");
    bytes[*length] = 0;
    fclose(file);
    return bytes;
}

/* The first lines of a file, at most `limit`; each ends in a zero byte and is never freed. */
static inline Lines read_lines(const char *path, size_t limit) {
    size_t length, room = 1024;
    char *bytes = file_contents(path, &length), *end = bytes + length;
    Lines lines = {allocated(room * sizeof(Line)), 0};
    while (bytes < end && lines.count < limit) {
        char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        if (!stop) stop = end;
        *stop = 0;
        if (lines.count == room) {
            room *= 2;
            lines.items = realloc(lines.items, room * sizeof(Line));
            if (!lines.items) fail("memory", "there is not enough");
        }
        lines.items[lines.count++] = (Line){bytes, (size_t)(stop - bytes)};
        bytes = stop + 1;
    }
    if (lines.count == 0) fail(path, "holds no lines");
    return lines;
}

static inline double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif

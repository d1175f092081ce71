#ifndef BELLHOP_CPCRE2_H
#define BELLHOP_CPCRE2_H

// Code units are bytes: Swift's strings are UTF-8. In Swift the functions carry the suffix `_8`; the macros without it are
// not visible there.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdint.h>
#include <time.h>

// Nanoseconds of the clock that a change of the wall clock does not touch. For the time limit of a match alone.
static inline uint64_t bellhop_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

#endif

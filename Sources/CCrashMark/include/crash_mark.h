#pragma once
#include <sys/types.h>

/// From now on, when the process dies of a fault of its own (a trap, a bad address, an abort), `mark` is written to the file
/// first. Then whoever handled such signals before does so. One file at a time.
void crash_mark_arm(int descriptor, off_t offset, char mark);

/// No longer for this file; does nothing where it is another one.
void crash_mark_disarm(int descriptor);

/// Gives the calling thread a stack for that of its own, so that a stack that is used up is marked too. Cheap the second time.
void crash_mark_guard_thread(void);

#pragma once
#include <sys/types.h>

/// Starts a program in a folder with three descriptors, and behind them those that are passed; it has no other. 0, or the
/// error's number.
int spawn_child(
    pid_t *pid, const char *program, char *const arguments[], char *const environment[], const char *folder, int input,
    int output, int errors, const int *passed, int passed_count);

/// How many descriptors a running process may have from now on; it keeps those that it has. 0, or the error's number.
int set_descriptor_limit(pid_t pid, unsigned long limit);

/// A pipe that no other program inherits: {to read, to write}. 0, or the error's number.
int private_pipe(int ends[2]);

#pragma once
#include <sys/types.h>

/// Starts a program in a folder with three descriptors and no other. 0, or the error's number.
int spawn_child(
    pid_t *pid, const char *program, char *const arguments[], char *const environment[], const char *folder, int input,
    int output, int errors);

/// A pipe that no other program inherits: {to read, to write}. 0, or the error's number.
int private_pipe(int ends[2]);

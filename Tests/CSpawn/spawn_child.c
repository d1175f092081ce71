// What the C library offers beyond POSIX, which Swift's module of it does not show.
#define _GNU_SOURCE
#include "spawn_child.h"
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

int spawn_child(
    pid_t *pid, const char *program, char *const arguments[], char *const environment[], const char *folder, int input,
    int output, int errors) {
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code) return code;
    if (!(code = posix_spawn_file_actions_adddup2(&actions, input, 0)) &&
        !(code = posix_spawn_file_actions_adddup2(&actions, output, 1)) &&
        !(code = posix_spawn_file_actions_adddup2(&actions, errors, 2)) &&
        !(code = posix_spawn_file_actions_addclosefrom_np(&actions, 3)) &&
        !(code = posix_spawn_file_actions_addchdir_np(&actions, folder)))
        code = posix_spawn(pid, program, &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

int private_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }

// What the C library offers beyond POSIX, which Swift's module of it does not show.
#define _GNU_SOURCE
#include "spawn_child.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <unistd.h>

int spawn_child(
    pid_t *pid, const char *program, char *const arguments[], char *const environment[], const char *folder, int input,
    int output, int errors, const int *passed, int passed_count) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    // Worker threads of Dispatch block most signals, and a child would have that of its parent's thread: nginx, which does not
    // look, would never take a SIGTERM.
    sigset_t none;
    sigemptyset(&none);
    int code = posix_spawn_file_actions_init(&actions);
    if (code) return code;
    if ((code = posix_spawnattr_init(&attributes))) {
        posix_spawn_file_actions_destroy(&actions);
        return code;
    }
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    if (!(code = posix_spawn_file_actions_adddup2(&actions, input, 0)) &&
        !(code = posix_spawn_file_actions_adddup2(&actions, output, 1)) &&
        !(code = posix_spawn_file_actions_adddup2(&actions, errors, 2)) &&
        !(code = posix_spawn_file_actions_addchdir_np(&actions, folder))) {
        // First out of the way of one another, then to their places.
        for (int i = 0; !code && i < passed_count; i++)
            code = posix_spawn_file_actions_adddup2(&actions, passed[i], 900 + i);
        for (int i = 0; !code && i < passed_count; i++) code = posix_spawn_file_actions_adddup2(&actions, 900 + i, 3 + i);
        if (!code) code = posix_spawn_file_actions_addclosefrom_np(&actions, 3 + passed_count);
        if (!code) code = posix_spawn(pid, program, &actions, &attributes, arguments, environment);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

int set_descriptor_limit(pid_t pid, unsigned long limit) {
    struct rlimit both;
    if (prlimit(pid, RLIMIT_NOFILE, NULL, &both)) return errno;
    both.rlim_cur = limit;
    return prlimit(pid, RLIMIT_NOFILE, &both, NULL) ? errno : 0;
}

int private_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno; }

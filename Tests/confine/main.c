/*
 * confine SYSCALL,SYSCALL,... PROGRAM ARGUMENT...
 *
 * Runs a program with what the systemd unit allows it, where systemd is not there to do so: the system calls that are named
 * (SystemCallFilter=) and no others, sockets of three families (RestrictAddressFamilies=), no memory that is writable and
 * executable (MemoryDenyWriteExecute=), no new privileges, namespaces or personalities. What is not allowed fails with EPERM,
 * as it does under the unit.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/personality.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static void demand(int code, const char *what) {
    if (code >= 0) return;
    fprintf(stderr, "confine: %s: %s\n", what, strerror(-code));
    exit(125);
}

/* A call that is allowed only where none of the bits is set in one of its arguments. */
static void allow_without(scmp_filter_ctx filter, int call, unsigned argument, unsigned long bits) {
    demand(seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, bits, 0)), "rule");
}

int main(int count, char **words) {
    if (count < 3) {
        fprintf(stderr, "usage: confine SYSCALL,SYSCALL,... PROGRAM ARGUMENT...\n");
        return 125;
    }
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) demand(-ENOMEM, "filter");
    for (char *name = strtok(words[1], ","); name; name = strtok(NULL, ",")) {
        int call = seccomp_syscall_resolve_name(name);
        /* Names of other machines, and those that are looked at more closely below. */
        if (call < 0 || call == SCMP_SYS(socket) || call == SCMP_SYS(mmap) || call == SCMP_SYS(mprotect) ||
            call == SCMP_SYS(pkey_mprotect) || call == SCMP_SYS(clone) || call == SCMP_SYS(clone3) ||
            call == SCMP_SYS(personality) || call == SCMP_SYS(unshare) || call == SCMP_SYS(setns))
            continue;
        int code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
        if (code != -EDOM) demand(code, name);
    }
    int families[] = {AF_UNIX, AF_INET, AF_INET6};
    for (unsigned i = 0; i < sizeof families / sizeof *families; i++)
        demand(seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, families[i])), "socket");
    allow_without(filter, SCMP_SYS(mprotect), 2, PROT_EXEC);
    allow_without(filter, SCMP_SYS(pkey_mprotect), 2, PROT_EXEC);
    /* Writable or executable, not both. */
    allow_without(filter, SCMP_SYS(mmap), 2, PROT_EXEC);
    demand(seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC | PROT_WRITE, PROT_EXEC)), "mmap");
    allow_without(filter, SCMP_SYS(clone), 0,
                  CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP);
    /* Its flags cannot be seen: as under systemd it is not there, and the C library takes clone. */
    demand(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), "clone3");
    demand(seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(personality), 1, SCMP_A0(SCMP_CMP_EQ, PER_LINUX)), "personality");

    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none)) demand(-errno, "RLIMIT_CORE");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) demand(-errno, "no new privileges");
    demand(seccomp_load(filter), "filter");
    execv(words[2], words + 2);
    demand(-errno, words[2]);
    return 125;
}

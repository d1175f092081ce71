#define _GNU_SOURCE
#include "crash_mark.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static const int fatal[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGSYS};
enum { fatal_count = sizeof fatal / sizeof fatal[0], stack_size = 64 * 1024 };

static struct sigaction before[fatal_count];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int is_installed;

// Read by the handler, which may take no lock.
static volatile sig_atomic_t file = -1;
static volatile off_t place;
static volatile char sign;

static void die(int number, siginfo_t *info, void *context) {
    (void)context;
    int descriptor = file;
    char byte = sign;
    if (descriptor >= 0 && pwrite(descriptor, &byte, 1, place) < 0) { /* It dies all the same. */ }
    for (int i = 0; i < fatal_count; i++)
        if (fatal[i] == number) sigaction(number, &before[i], NULL);
    // A fault happens again on return, to whoever handled it before; what was sent has to be sent again.
    if (info->si_code <= 0) raise(number);
}

void crash_mark_arm(int descriptor, off_t offset, char mark) {
    pthread_mutex_lock(&lock);
    file = -1;
    place = offset;
    sign = mark;
    file = descriptor;
    if (!is_installed) {
        struct sigaction action = {.sa_sigaction = die, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        sigfillset(&action.sa_mask);
        for (int i = 0; i < fatal_count; i++) sigaction(fatal[i], &action, &before[i]);
        is_installed = 1;
    }
    pthread_mutex_unlock(&lock);
}

void crash_mark_disarm(int descriptor) {
    pthread_mutex_lock(&lock);
    if (file == descriptor) file = -1;
    pthread_mutex_unlock(&lock);
}

void crash_mark_guard_thread(void) {
    static _Thread_local int is_guarded;
    if (is_guarded) return;
    is_guarded = 1;
    stack_t stack;
    if (sigaltstack(NULL, &stack) != 0 || !(stack.ss_flags & SS_DISABLE)) return;
    // Kept for as long as the thread, and those that decide live as long as the process.
    stack = (stack_t){.ss_sp = malloc(stack_size), .ss_size = stack_size};
    if (stack.ss_sp != NULL) sigaltstack(&stack, NULL);
}

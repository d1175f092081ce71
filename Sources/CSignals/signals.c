#include "signals.h"
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

// More than there are signals anywhere.
enum { signal_count = 128 };

static atomic_int noted[signal_count];

static void note(int number) {
    if (number > 0 && number < signal_count) atomic_store(&noted[number], 1);
}

static void handle(int number, int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = flags;
    sigaction(number, &action, NULL);
}

void note_signal(int number) { handle(number, SA_RESTART); }

void note_signal_once(int number) { handle(number, (int)SA_RESETHAND); }

int is_signal_noted(int number) {
    return number > 0 && number < signal_count ? atomic_load(&noted[number]) : 0;
}

int take_noted_signal(int number) {
    return number > 0 && number < signal_count ? atomic_exchange(&noted[number], 0) : 0;
}

#pragma once

/// From now on the signal does no more than to be noted. Swift code may not run where a signal comes in between: it may be in the
/// middle of what Swift's runtime does there.
void note_signal(int number);

/// The same once, without restarting calls that wait; then the signal has its usual effect.
void note_signal_once(int number);

/// Whether it came since it is noted, or since it was forgotten.
int is_signal_noted(int number);

/// The same, and forgets it.
int take_noted_signal(int number);

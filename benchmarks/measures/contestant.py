"""Programs that print what they measured as one line of JSON, several numbers of one run."""

import json
import subprocess

from harness import Series, by_turns


class Contestant:
    """A command for `by_turns` of which several numbers are wanted, all of the same runs."""

    def __init__(self, *command):
        self.command = [str(part) for part in command]
        self.runs = []

    def __call__(self):
        result = subprocess.run(self.command, stdout=subprocess.PIPE, text=True, check=True)
        self.runs.append(json.loads(result.stdout.splitlines()[-1]))
        # `by_turns` wants a number; those that count are asked of `series`.
        return 0.0

    def series(self, key):
        """A number of all runs but the first, which `by_turns` throws away."""
        return Series(tuple(run[key] for run in self.runs[1:]))

    def first(self, key):
        """A number of the first run, for what happens once only."""
        return self.runs[0][key]


def measure(contestants, rounds):
    """Runs all by turns; each keeps what it measured."""
    by_turns(dict(enumerate(contestants)), rounds)


def duration(nanoseconds):
    """`412 ns`, `3.17 µs`, `2.78 ms`, `1.20 s`."""
    for unit, size in [("s", 1e9), ("ms", 1e6), ("µs", 1e3)]:
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.0f} ns"

"""Runs contestants by turns, so that a busy minute of the machine is every contestant's."""

import dataclasses
import statistics


@dataclasses.dataclass(frozen=True)
class Series:
    """What one contestant measured, a number a round."""

    values: tuple

    @property
    def median(self):
        return statistics.median(self.values)

    @property
    def spread(self):
        """Half of the way from the least to the most, as a part of the median."""
        return (max(self.values) - min(self.values)) / 2 / self.median if self.median else 0.0

    def __truediv__(self, other):
        """The ratio of each round, since both ran in the same minute."""
        return Series(tuple(a / b for a, b in zip(self.values, other.values)))


def by_turns(contestants, rounds):
    """`{name: function that runs once and returns a number}` → `{name: Series}`; the first round of all is thrown away."""
    values = {name: [] for name in contestants}
    for round_number in range(rounds + 1):
        for name, run in contestants.items():
            value = run()
            if round_number > 0:
                values[name].append(value)
    return {name: Series(tuple(found)) for name, found in values.items()}

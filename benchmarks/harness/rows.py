"""Rows of the report."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Goal:
    """A bound of a number; `at_most` and `at_least` are in the unit of the row's ratio."""

    at_most: float | None = None
    at_least: float | None = None

    def is_met(self, number):
        return (self.at_most is None or number <= self.at_most) and (self.at_least is None or number >= self.at_least)

    def __str__(self):
        parts = [f"≤ {self.at_most:g}" if self.at_most is not None else "", f"≥ {self.at_least:g}" if self.at_least is not None else ""]
        return " and ".join(part for part in parts if part)


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of a table: what was measured beside what, and how it stands to the goal."""

    what: str
    ours: str
    peer: str
    theirs: str
    """The number that the goal is about: mostly a ratio."""
    number: float
    """Of the number, as a part of it."""
    spread: float
    goal: Goal | None = None
    """Of the number: `×`, `ms`, `MiB`."""
    unit: str = "×"
    note: str = ""

    @property
    def measured(self):
        """The number with its unit, as tables show it."""
        number = f"{self.number:,.0f}" if self.number >= 1_000 else f"{self.number:.3g}"
        return f"{number} {self.unit}"

    @property
    def verdict(self):
        if self.goal is None:
            return ""
        return "met" if self.goal.is_met(self.number) else "missed"

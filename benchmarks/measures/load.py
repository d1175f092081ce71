"""What loading rules costs in time, beside PyYAML merely parsing the same files, and in memory."""

import os

from harness import Goal, Row

from . import corpus
from .contestant import Contestant, duration, measure

TITLE = "Loading rules"
RULES = 10_000
# The Python that Debian's package is for, whichever runs this.
PYTHON = "/usr/bin/python3"


def run(context):
    folder = os.path.join(context.folder, "rules")
    corpus.write_yaml(corpus.rules(RULES), folder)
    context.programs.header("/usr/lib/python3/dist-packages/yaml/__init__.py", "python3-yaml")
    ours = Contestant(context.programs.swift("bellhop-bench"), "load", folder)
    peer = Contestant(PYTHON, context.programs.peer("yaml_parse.py"), folder)
    measure([ours, peer], context.rounds)
    mine = ours.series("seconds")
    return [
        time_row(mine, "PyYAML's CSafeLoader", peer.series("seconds"), Goal(at_most=1)),
        time_row(mine, "libyaml's events alone, by PyYAML", peer.series("events_seconds"), None),
        memory_row(ours.series("resident_bytes_per_rule")),
    ]


def time_row(mine, name, theirs, goal):
    ratio = mine / theirs
    return Row(
        f"loading {RULES:,} rules", duration(mine.median * 1e9), name, duration(theirs.median * 1e9),
        ratio.median, ratio.spread, goal)


def memory_row(size):
    return Row(
        f"memory of a rule, of {RULES:,}", f"{size.median:.0f} B", "", "", size.median / 1024, size.spread, unit="KiB")

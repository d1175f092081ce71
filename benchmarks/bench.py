#!/usr/bin/env python3
"""Measures the program beside its peers and ceilings, and writes RESULTS.md and RESULTS.svg.

    benchmarks/bench.py                       everything, five rounds each
    benchmarks/bench.py --quick               smaller, three rounds: under three minutes once all is built
    benchmarks/bench.py --only decide,ingest  some of it; nothing is written without --out
    benchmarks/bench.py --out FOLDER          writes there

Numbers are ratios of rounds that ran by turns on one machine. Peers are installed from Debian and PyPI.
"""

import argparse
import importlib
import os
import sys
import tempfile
import time

from harness import Programs
from harness.report import write

MEASURES = ["decide", "folding", "load", "payload", "captures", "ingest", "end_to_end", "delivery", "footprint", "growth"]


class Context:
    """What a measure is given: programs, how many rounds, how much, and a folder of its own."""

    def __init__(self, programs, rounds, quick, folder):
        self.programs, self.rounds, self.quick, self.folder = programs, rounds, quick, folder

    def say(self, text):
        print(text, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller, and three rounds")
    parser.add_argument("--rounds", type=int, help="rounds of each measure")
    parser.add_argument("--only", help="names of measures, with commas: " + ", ".join(MEASURES))
    parser.add_argument("--out", help="the folder for RESULTS.md and RESULTS.svg")
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else MEASURES
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        sys.exit(f"there is no measure '{unknown[0]}': there are {', '.join(MEASURES)}")
    rounds = arguments.rounds or (3 if arguments.quick else 5)
    programs = Programs()
    out = arguments.out or (None if arguments.only else os.path.join(programs.root, "benchmarks"))
    if out:
        os.makedirs(out, exist_ok=True)
    sections = []
    for name in names:
        measure = importlib.import_module(f"measures.{name}")
        with tempfile.TemporaryDirectory() as folder:
            context = Context(programs, rounds, arguments.quick, folder)
            context.say(f"{name} …")
            begin = time.monotonic()
            rows = measure.run(context)
            context.say(f"{name}: {time.monotonic() - begin:.0f} s")
        sections.append((measure.TITLE, rows))
        if out:
            # After each, so that whoever stops it has what was measured.
            write(out, sections, rounds, arguments.quick)
        for row in rows:
            print(f"{row.what}: {row.ours} · {row.peer}: {row.theirs} · {row.measured} ± {row.spread:.0%}  {row.goal or ''} {row.verdict}", flush=True)


if __name__ == "__main__":
    main()

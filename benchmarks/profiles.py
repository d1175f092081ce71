#!/usr/bin/env python3
"""What a webhook costs, and where the time goes of what misses its goal, by perf: writes PROFILE.md beside RESULTS.md.

    benchmarks/profiles.py               all of them
    benchmarks/profiles.py --only accepting,payload
"""

import argparse
import os
import sys
import tempfile

from harness import Programs, perf
from harness.report import machine
from measures import beside, corpus, costs, decide, payload, situations, traffic

ROWS = 10


class Context:
    """What measures want: programs, and a folder."""

    def __init__(self, programs, folder):
        self.programs, self.folder, self.quick = programs, folder, False


def daemon(situation):
    def run(context, data):
        situation(context, lambda pid: perf.recorded(context.programs, data, pid))
    return run


def calls_out(context, data):
    program = context.programs.swift("bellhop-bench")
    with beside.nginx(context) as api:
        perf.record(
            context.programs, data, [program, "deliver", beside.url(api, "/api/v1/chat.sendMessage"), "200000"], context.folder)


def messages(context, data):
    files = decide.Corpus(context, decide.MANY, 20_000)
    program = context.programs.swift("bellhop-bench")
    perf.record(context.programs, data, [program, "decide", files.rules, files.messages, "20000"], context.folder)


def payloads(vendor):
    def run(context, data):
        path = payload.write_payloads(context, vendor, corpus.messages(payload.TEXTS, corpus.rules(payload.TEXTS)))
        program = context.programs.swift("bellhop-bench")
        perf.record(context.programs, data, [program, "payload", vendor, path, "800"], context.folder)
    return run


def captured(*arguments):
    def run(context, data):
        traffic.write_rules(context.folder)
        path = os.path.join(context.folder, "corpus.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            traffic.generate(200_000, file)
        program = context.programs.swift("bellhop")
        perf.record(context.programs, data, [program, *arguments, "--quiet", "--format", "json", path], context.folder)
    return run


COSTS = "costs"

# Name, what it is, how it is sampled, and within which function samples count.
PROFILES = [
    ("accepting", "Accepting webhooks, nothing decided: the daemon under 64 connections", daemon(situations.accepting), None),
    ("deciding", "Accepting and deciding webhooks by 100 rules, until the backlog is empty", daemon(situations.deciding), None),
    ("end_to_end", "All the way, 16 accounts, until every call is answered", daemon(situations.all_the_way), None),
    ("calls", "Calls out alone, 64 at a time", calls_out, None),
    ("messages", "Deciding about a message at 10,000 rules", messages, r"^\$s5Rules6EngineV6decide"),
    *((vendor, f"Reading a payload of {vendor}", payloads(vendor), r"^\$s6Daemon13PayloadIntake") for vendor in payload.SAMPLES),
    ("dry_run", "`dry-run` over captured webhooks", captured("dry-run", "--rules", "old"), None),
    ("impact", "`impact` over captured webhooks", captured("impact", "old", "new"), None),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="names, with commas: " + ", ".join([COSTS, *(name for name, *_ in PROFILES)]))
    arguments = parser.parse_args()
    known = [COSTS, *(name for name, *_ in PROFILES)]
    names = arguments.only.split(",") if arguments.only else known
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"there is no profile '{unknown[0]}'")
    programs = Programs()
    programs.debian(wrk="wrk")
    sections = []
    if COSTS in names:
        if os.geteuid() != 0:
            sys.exit("what a webhook costs is counted for root alone: run it with sudo, or name the others by --only")
        sections.append(made(programs, COSTS, counted))
    for name, title, sample, within in PROFILES:
        if name in names:
            sections.append(made(programs, name, lambda context: sampled(context, title, sample, within)))
    if not arguments.only:
        path = os.path.join(programs.root, "benchmarks", "PROFILE.md")
        with open(path, "w", encoding="utf-8") as file:
            file.write(page(sections))


def made(programs, name, section):
    print(f"{name} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        text = section(Context(programs, folder))
    print(text, flush=True)
    return text


def counted(context):
    return "## What a webhook costs, counted\n\n" + costs.table(context)


def sampled(context, title, sample, within):
    data = os.path.join(context.folder, "perf.data")
    sample(context, data)
    return table(title, perf.shares(data, within))


def page(sections):
    return "\n".join([
        "# Where the time goes", "",
        "Made by `make profiles`: what the program does for a webhook, counted by `perf`; then samples of what misses its goal in [RESULTS.md](RESULTS.md), of the program alone, not of who loads it. "
        "Memory and the counting of references are counted to who asked for them; of the kernel, what it was called for.", "",
        *machine()[:2], "", *sections])


def table(title, shares):
    lines = [f"## {title}", "", "| work | part |", "|---|---|"]
    lines += [f"| {name} | {share:.0%} |" for name, share in shares[:ROWS]]
    rest = sum(share for _, share in shares[ROWS:])
    if rest >= 0.005:
        lines.append(f"| {len(shares) - ROWS} others | {rest:.0%} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()

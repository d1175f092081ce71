"""What reading captured traffic costs beside reading the same file with jq, and whether `impact` finds exactly what differs."""

import json
import os
import subprocess
import time

from harness import Goal, Row, by_turns

from . import traffic

TITLE = "Captured traffic: `dry-run` and `impact` beside `jq -c .`"


def run(context):
    program = context.programs.swift("bellhop")
    context.programs.debian(jq="jq")
    count = 20_000 if context.quick else 1_000_000
    traffic.write_rules(context.folder)
    corpora = {lines: corpus(context.folder, lines) for lines in (count // 10, count)}
    jq = ["jq", "-c", "."]
    commands = {
        "dry-run": [program, "dry-run", "--quiet", "--rules", "old", "--format", "json"],
        "impact": [program, "impact", "old", "new", "--quiet", "--format", "json"],
    }
    peaks = {name: [] for name in commands}

    def contestant(name, command):
        def once():
            seconds, peak = measured([*command, corpora[count]], context.folder)
            if name in peaks:
                peaks[name].append(peak)
            return seconds
        return once

    found = by_turns({name: contestant(name, command) for name, command in [*commands.items(), ("jq", jq)]}, context.rounds)
    check(commands["impact"], corpora[count], count, context.folder)
    rows = []
    for name, command in commands.items():
        ratio = found["jq"] / found[name]
        rows.append(Row(
            f"`{name}`, {count:,} webhooks", f"{found[name].median:.2f} s", "`jq -c .`", f"{found['jq'].median:.2f} s",
            ratio.median, ratio.spread, Goal(at_least=4)))
    for name, command in commands.items():
        _, small = measured([*command, corpora[count // 10]], context.folder)
        large = max(peaks[name])
        rows.append(Row(
            f"`{name}`, memory of ten times as many", f"{large:.0f} MiB", f"{count // 10:,} webhooks", f"{small:.0f} MiB",
            large / small, 0.0, Goal(at_most=1.5) if name == "dry-run" else None,
            note="`impact` keeps the state of conversations, so it grows with them" if name == "impact" else ""))
    return rows


def corpus(folder, lines):
    path = os.path.join(folder, f"corpus-{lines}.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        traffic.generate(lines, file)
    return path


def measured(command, folder):
    """Seconds of a run, and its greatest memory in MiB."""
    start = time.monotonic()
    with open(os.path.join(folder, "output"), "wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def check(command, path, count, folder):
    """The differences are exactly those that were made."""
    result = subprocess.run([*command, path], cwd=folder, capture_output=True, text=True, check=True)
    told = traffic.told(json.loads(result.stdout))
    if told != traffic.expected(count):
        raise RuntimeError(f"the differences are not those that were made: {told} instead of {traffic.expected(count)}")

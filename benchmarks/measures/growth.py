"""How costs grow: with rules, conversations and open effects, from 1 to 100,000. Nothing may grow faster than n log n."""

import json
import math
import os
import subprocess
import time

from harness import Goal, Row, by_turns

from . import backlog, corpus, traffic

TITLE = "Growth"


def run(context):
    most = 1_000 if context.quick else 100_000
    counts = [count for count in (1, 10, 100, 1_000, 10_000, 100_000) if count <= most]
    rows = []
    for table in (rules_loaded, rules_decided, conversations, backlog.open_effects):
        rows += grown(table(context, counts), counts)
    return rows


def grown(table, counts):
    """A row a count; the goal is about the whole cost beside that of a tenth as many."""
    what, unit, found, of_all = table
    rows = []
    for count, before in zip(counts, [None, *counts]):
        cost = found[count]
        if before is None:
            rows.append(Row(f"{what}: {count:,}", shown(cost, unit), "", "", cost.median, cost.spread, None, unit))
            continue
        growth = cost / found[before]
        # A cost of all of them may grow by n log n, one of each by log n.
        bound = (count / before if of_all else 1) * math.log2(count + 2) / math.log2(before + 2)
        rows.append(Row(
            f"{what}: {count:,}", shown(cost, unit), f"{before:,}", shown(found[before], unit),
            growth.median, growth.spread, Goal(at_most=round(bound, 2))))
    return rows


def shown(cost, unit):
    number = f"{cost.median:,.0f}" if cost.median >= 1_000 else f"{cost.median:.3g}"
    return f"{number} {unit}"


def bench(context, *arguments):
    program = context.programs.swift("bellhop-bench")
    result = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


def rule_folders(context, counts):
    folders = {}
    for count in counts:
        folders[count] = os.path.join(context.folder, f"rules-{count}")
        if not os.path.exists(folders[count]):
            os.makedirs(folders[count])
            corpus.write_yaml(corpus.rules(count), folders[count])
    return folders


def rules_loaded(context, counts):
    folders = rule_folders(context, counts)
    runs = {count: (lambda count=count: bench(context, "load", folders[count])["seconds"] * 1e3) for count in counts}
    return "rules, loading", "ms", by_turns(runs, context.rounds), True


def rules_decided(context, counts):
    folders = rule_folders(context, counts)
    messages = os.path.join(context.folder, "messages.txt")
    corpus.write_messages(corpus.messages(5_000, corpus.rules(1_000)), messages)
    runs = {
        count: (lambda count=count: bench(context, "decide", folders[count], messages, 5_000)["ns_per_message"] / 1e3)
        for count in counts
    }
    # A message is tried on all of them.
    return "rules, deciding a message", "µs", by_turns(runs, context.rounds), True


def conversations(context, counts):
    """The same number of messages, of more and more conversations."""
    # Enough that the start of the process is a small part of it.
    messages = max(*counts, 10_000)
    program = context.programs.swift("bellhop")
    traffic.write_rules(context.folder)
    paths = {}
    for count in counts:
        paths[count] = os.path.join(context.folder, f"conversations-{count}.jsonl")
        with open(paths[count], "w", encoding="utf-8") as file:
            for number in range(messages):
                file.write(traffic.line(number, conversation=number % count))

    def once(count):
        start = time.monotonic()
        command = [program, "dry-run", "--quiet", "--rules", "old", "--format", "json", paths[count]]
        subprocess.run(command, cwd=context.folder, stdout=subprocess.DEVNULL, check=True)
        return (time.monotonic() - start) / messages * 1e6

    runs = {count: (lambda count=count: once(count)) for count in counts}
    return "conversations, deciding a message", "µs", by_turns(runs, context.rounds), False

"""Webhooks in: 64 connections that are kept, POSTs of 1.5 KB, answered 200 after they are on the disk."""

import dataclasses
import time

from harness import Goal, Row, Series, by_turns

from . import beside
from .daemon import bellhop, verify

TITLE = "Webhooks in, 64 connections, 1.5 KB each"

# Words that the message does not have, as the hook of the peer looks for some.
RULES = "version: 1\nrules:\n" + "".join(
    f"  - id: rule-{number}\n    when: [ {{ text: [reembolso-{number}, 'estorno {number}'] }} ]\n"
    f"    do: [ {{ reply: 'Um momento, {{{{contact.first_name}}}}' }} ]\n"
    for number in range(100))

# Rules that cannot be loaded: the daemon stores and answers, and decides nothing (docs/operations.md, Stop).
NO_RULES = "version: 1\nrules:\n  - id: broken\n"


@dataclasses.dataclass(frozen=True)
class Run:
    """What one contestant's turn came to: what was done a second, and milliseconds of answers."""

    rate: float
    p99: float


def run(context):
    context.programs.debian(wrk="wrk")
    seconds = 1 if context.quick else 5
    found = by_turns({
        "accepting": lambda: accepting(context, seconds),
        "deciding": lambda: deciding(context, seconds),
        "hummingbird": lambda: of_peer(beside.hummingbird(context), "/", seconds),
        "nginx": lambda: of_peer(beside.nginx(context), "/", seconds),
        "webhook": lambda: of_peer(beside.webhook(context), "/hooks/ignored", seconds),
    }, context.rounds)
    rates = {name: Series(tuple(run.rate for run in series.values)) for name, series in found.items()}
    latencies = {name: Series(tuple(run.p99 for run in series.values)) for name, series in found.items()}
    deciding_note = "stored and decided by 100 rules, none of which holds, until the backlog is empty"
    return [
        row("accepting", "bare Hummingbird", rates["accepting"], rates["hummingbird"], Goal(at_least=0.60),
            note="stored by SQLite with `synchronous = FULL` before the answer; 100 requests a connection"),
        row("accepting, p99", "bare Hummingbird", latencies["accepting"], latencies["hummingbird"], Goal(at_most=2),
            "ms"),
        row("accepting and deciding", "bare Hummingbird", rates["deciding"], rates["hummingbird"], Goal(at_least=0.25),
            note=deciding_note),
        row("accepting and deciding", "webhook, rule does not match", rates["deciding"], rates["webhook"],
            Goal(at_least=1.5)),
        row("accepting", "webhook, rule does not match", rates["accepting"], rates["webhook"]),
        row("accepting", "nginx", rates["accepting"], rates["nginx"]),
    ]


def row(what, peer, ours, theirs, goal=None, unit="/s", note=""):
    ratio = ours / theirs
    ours, theirs = (
        f"{series.median:.1f} ms" if unit == "ms" else f"{series.median:,.0f}/s" for series in (ours, theirs))
    return Row(what, ours, peer, theirs, ratio.median, ratio.spread, goal, note=note)


def accepting(context, seconds):
    """What can be stored and answered while nothing is decided."""
    with bellhop(context, NO_RULES, decides=False) as daemon:
        load = beside.posted(daemon.url, seconds)
        figures = daemon.drained(lambda _: True)
        verify(daemon, load, figures)
        if figures.decided:
            raise RuntimeError(f"{figures.decided} events were decided, though there are no rules")
        return Run(load.rate, load.p99)


def deciding(context, seconds):
    """What can be kept up: webhooks decided, by the time from the first webhook to the last decision."""
    with bellhop(context, RULES) as daemon:
        begun = time.monotonic()
        load = beside.posted(daemon.url, seconds)
        figures = daemon.drained(lambda figures: figures.decided >= figures.accepted)
        rate = figures.decided / (time.monotonic() - begun)
        verify(daemon, load, figures)
        if figures.decided != figures.accepted or figures.total("rule_matches_total"):
            raise RuntimeError(f"decided {figures.decided} of {figures.accepted}, or a rule held")
        if daemon.stored("SELECT count(*) FROM inbox WHERE status <> 1"):
            raise RuntimeError("the store has events that are not done")
        return Run(rate, load.p99)


def of_peer(started, path, seconds):
    with started as server:
        load = beside.accepted(beside.url(server, path), seconds)
        return Run(load.rate, load.p99)

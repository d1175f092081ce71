"""How soon it is there, and how much memory it takes, beside a peer and a web server."""

import contextlib
import os
import shutil
import time

from harness import Goal, Row, Series, by_turns

from . import beside, corpus
from .daemon import bellhop, verify
from .end_to_end import ACCOUNTS, RULES

TITLE = "Footprint"

MANY = 10_000


def run(context):
    context.programs.debian(wrk="wrk")
    folder = os.path.join(context.folder, "many-rules")
    os.mkdir(folder)
    corpus.write_yaml(corpus.rules(MANY), folder)
    # Of Bellhop a second leaves a backlog that takes longer than the load did.
    seconds, rounds = (1, 1) if context.quick else (5, context.rounds)
    found = by_turns({
        "bellhop": lambda: idle(bellhop(context, RULES)),
        "webhook": lambda: idle(beside.webhook(context)),
        "nginx": lambda: idle(beside.nginx(context)),
        "many": lambda: idle(bellhop(context, folder)),
        "bellhop, load": lambda: loaded_bellhop(context, seconds),
        "webhook, load": lambda: loaded_peer(beside.webhook(context), "/hooks/executed", seconds),
        "nginx, load": lambda: loaded_peer(beside.nginx(context), "/", seconds),
    }, rounds)
    starts = {name: Series(tuple(run[0] for run in found[name].values)) for name in ("bellhop", "webhook", "nginx")}
    sizes = {
        name: Series(tuple(run[1] for run in series.values)) if "load" not in name else series
        for name, series in found.items()
    }
    return [
        row("start to ready", starts["bellhop"], starts["webhook"], starts["nginx"], Goal(at_most=100), "ms",
            "from the beginning, without a store, to 200 of `/health/ready`; the others: to the open port"),
        row("memory, idle", sizes["bellhop"], sizes["webhook"], sizes["nginx"], Goal(at_most=48), "MiB",
            "resident set; of nginx master and worker together"),
        alone(f"memory, {MANY:,} rules", sizes["many"], Goal(at_most=128), "MiB"),
        row("memory, greatest under full load", sizes["bellhop, load"], sizes["webhook, load"], sizes["nginx, load"],
            Goal(at_most=256), "MiB", "64 connections, a rule that replies, calls to nginx, and the backlog of it"),
        size_of_programs(context),
    ]


def row(what, ours, webhook, nginx, goal, unit, note=""):
    theirs = " · ".join(f"{series.median:.0f} {unit}" for series in (webhook, nginx))
    return Row(what, f"{ours.median:.0f} {unit}", "webhook · nginx", theirs, ours.median, ours.spread, goal, unit, note)


def alone(what, ours, goal, unit):
    return Row(what, f"{ours.median:.0f} {unit}", "", "", ours.median, ours.spread, goal, unit)


def size_of_programs(context):
    programs = [context.programs.swift("bellhop"), shutil.which("webhook"), shutil.which("nginx")]
    ours, *theirs = (os.path.getsize(path) / (1 << 20) for path in programs)
    return Row(
        "size of the program", f"{ours:.0f} MiB", "webhook · nginx", " · ".join(f"{size:.0f} MiB" for size in theirs),
        ours, 0.0, None, "MiB", "as built, with the Swift runtime and symbols")


def idle(started):
    """Milliseconds until it was there, and MiB a second later."""
    with started as running:
        server = getattr(running, "server", running)
        time.sleep(1)
        return running.seconds_to_ready * 1e3, sum(resident(process, "VmRSS") for process in family(server.process.pid))


def loaded_bellhop(context, seconds):
    with beside.nginx(context) as api, bellhop(context, RULES, beside.url(api, ""), ACCOUNTS) as daemon:
        load = beside.posted(daemon.url, seconds, ACCOUNTS)
        figures = daemon.drained(lambda figures: figures.attempts >= figures.accepted)
        peak = daemon.server.resident_mebibytes(peak=True)
        verify(daemon, load, figures)
        return peak


def loaded_peer(started, path, seconds):
    with started as server:
        beside.accepted(beside.url(server, path), seconds)
        return sum(resident(process, "VmHWM") for process in family(server.process.pid))


def family(process):
    """A process and those that it began, which still are."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
        return [process, *map(int, file.read().split())]
    return [process]


def resident(process, field):
    """`VmRSS` or `VmHWM` in MiB; 0 for one that is gone."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/status", encoding="utf-8") as status:
        return sum(int(line.split()[1]) for line in status if line.startswith(field + ":")) / 1024
    return 0.0

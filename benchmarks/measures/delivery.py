"""Calls out alone: the transport that Bellhop calls vendors with, beside wrk, against one nginx."""

import json
import subprocess

from harness import Goal, Row, by_turns, wrk

from . import beside

TITLE = "Calls out, 64 connections"


def run(context):
    context.programs.debian(wrk="wrk")
    program = context.programs.swift("bellhop-bench")
    seconds, count = (1, 40_000) if context.quick else (5, 250_000)
    with beside.nginx(context) as api:
        url = beside.url(api, "/api/v1/chat.sendMessage")
        found = by_turns(
            {"bellhop": lambda: called(program, url, count), "wrk": lambda: loaded(url, seconds)}, context.rounds)
    ratio = found["bellhop"] / found["wrk"]
    return [Row(
        "calls of a vendor's API", f"{found['bellhop'].median:,.0f}/s", "wrk, 1 thread",
        f"{found['wrk'].median:,.0f}/s", ratio.median, ratio.spread, Goal(at_least=0.35))]


def called(program, url, count):
    """By the transport of the daemon, 64 calls at a time; it fails where a call is not answered 200."""
    result = subprocess.run([program, "deliver", url, str(count)], capture_output=True, text=True, check=True)
    return json.loads(result.stdout)["calls_per_second"]


def loaded(url, seconds):
    load = wrk("call.lua", url, seconds, connections=beside.CONNECTIONS)
    if load.refused:
        raise RuntimeError(f"{load.refused} of {load.requests} calls were refused or broken")
    return load.rate

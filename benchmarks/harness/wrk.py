"""A load by wrk, and what it says of it."""

import dataclasses
import json
import os
import subprocess


@dataclasses.dataclass(frozen=True)
class Load:
    """Per second, and milliseconds of answers; `refused` are answers that are not 2xx, and broken connections."""

    rate: float
    p50: float
    p99: float
    requests: int
    refused: int


def wrk(script, url, seconds, connections=64, threads=1, env=None):
    """Runs wrk with a Lua script beside the peers, whose `done` prints one line of JSON: see `peers/report.lua`."""
    folder = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers")
    result = subprocess.run(
        ["wrk", "-t", str(threads), "-c", str(connections), "-d", f"{seconds}s", "--timeout", "30s", "-s", os.path.join(folder, script), url],
        cwd=folder, env=dict(os.environ, **(env or {})), stdout=subprocess.PIPE, text=True, check=True)
    line = next(line for line in result.stdout.splitlines() if line.startswith("{"))
    found = json.loads(line)
    return Load(found["requests"] / found["seconds"], found["p50"], found["p99"], found["requests"], found["refused"])

"""From the webhook to the answer of the vendor's API: how many a second, and how soon where there is little to do."""

import os
import re
import secrets
import socket
import time

from harness import Goal, Row, Series, by_turns

from . import beside
from .daemon import bellhop, verify

TITLE = "From webhook to vendor"

# One rule with one `reply`, whose word is in the message of `message.json`.
RULES = """version: 1
rules:
  - id: delivery
    when: [ { text: [encomenda] } ]
    do: [ { reply: 'Olá {{contact.first_name}}, a sua encomenda chega em até 5 dias úteis.' } ]
"""

# Bellhop has at most 8 calls of one account under way, which no key of the configuration changes, and 128 in all: by 16
# accounts that limit does not bind. There is no limit a second unless the vendor tells one. The limit of replies in one
# conversation does not bind either, since every message is of another conversation.
ACCOUNTS = 16

EVERY_SECONDS = 0.020


def run(context):
    context.programs.debian(wrk="wrk")
    return [*sustained(context), *light(context)]


def sustained(context):
    seconds = 1 if context.quick else 5
    # Accepting is faster than all the rest: what half of the time brings in takes longer than the whole to be done.
    contestants = {
        "bellhop": lambda: delivered(context, max(1, seconds // 2), ACCOUNTS),
        "hummingbird": lambda: of_peer(beside.hummingbird(context), "/", seconds),
        "webhook": lambda: of_peer(beside.webhook(context), "/hooks/executed", seconds),
    }
    if not context.quick:
        contestants["one account"] = lambda: delivered(context, max(1, seconds // 2), None)
    found = by_turns(contestants, context.rounds)
    note = "every webhook is stored, decided and answered by a call of the vendor's API (nginx), until nothing is left"
    rows = [
        row(f"all the way, {ACCOUNTS} accounts", "bare Hummingbird", found["bellhop"], found["hummingbird"],
            Goal(at_least=0.12), note),
        row(f"all the way, {ACCOUNTS} accounts", "webhook, runs /bin/true", found["bellhop"], found["webhook"],
            Goal(at_least=5),
            "`webhook` answers when the program has ended; else it answers sooner, and is done with all of them later"),
    ]
    if "one account" in found:
        rows.append(row(
            "all the way, one account", "bare Hummingbird", found["one account"], found["hummingbird"], None,
            "at most 8 calls of one account are under way"))
    return rows


def row(what, peer, ours, theirs, goal, note=""):
    ratio = ours / theirs
    return Row(
        what, f"{ours.median:,.0f}/s", peer, f"{theirs.median:,.0f}/s", ratio.median, ratio.spread, goal, note=note)


def delivered(context, seconds, accounts):
    """Calls a second, by the time from the first webhook to the last answer of the vendor."""
    with beside.nginx(context) as api, bellhop(context, RULES, beside.url(api, ""), accounts) as daemon:
        begun = time.monotonic()
        load = beside.posted(daemon.url, seconds, accounts)
        figures = daemon.drained(lambda figures: figures.attempts >= figures.accepted)
        rate = figures.delivered / (time.monotonic() - begun)
        verify(daemon, load, figures)
        if not figures.accepted == figures.decided == figures.delivered == figures.attempts:
            raise RuntimeError(
                f"accepted {figures.accepted}, decided {figures.decided}, delivered {figures.delivered} by "
                f"{figures.attempts} calls")
        open_or_dead = daemon.stored("SELECT count(*) FROM outbox WHERE state <> 4")
        if open_or_dead:
            raise RuntimeError(f"the store has {open_or_dead} effects that are not done")
        return rate


def of_peer(started, path, seconds):
    with started as server:
        return beside.accepted(beside.url(server, path), seconds).rate


# MARK: Little to do


def light(context):
    """A webhook every 20 ms, and when the vendor has the call that it causes."""
    seconds = 2 if context.quick else 8
    found = by_turns({"latency": lambda: latencies(context, seconds)}, context.rounds)["latency"].values
    rows = []
    for part, bound in [(0.50, 5), (0.99, 25)]:
        series = Series(tuple(quantile(values, part) for values in found))
        what = f"a webhook each 20 ms: from its sending to the call's arrival, p{part * 100:.0f}"
        rows.append(Row(
            what, f"{series.median:.2f} ms", "", "", series.median, series.spread, Goal(at_most=bound), "ms"))
    return rows


def quantile(values, part):
    """The least that so many are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def latencies(context, seconds):
    """Milliseconds from the sending of each webhook to the arrival of its call."""
    arrivals = os.path.join(context.folder, "arrivals")
    with beside.vendor(context, arrivals) as api:
        with bellhop(context, RULES, beside.url(api, "")) as daemon:
            sent = send_slowly(context, daemon, int(seconds / EVERY_SECONDS))
            figures = daemon.drained(lambda figures: figures.attempts >= len(sent))
            if not figures.attempts == figures.delivered == len(sent):
                raise RuntimeError(
                    f"{figures.attempts} calls for {len(sent)} webhooks, {figures.delivered} of them done")
            daemon.stop()
    arrived = {}
    with open(arrivals, encoding="utf-8") as file:
        for line in file:
            at, room = line.split()
            arrived.setdefault(room, int(at))
    if arrived.keys() != sent.keys():
        raise RuntimeError(f"{len(sent)} webhooks, but {len(arrived)} rooms were written to")
    return [(arrived[room] - at) / 1e6 for room, at in sent.items()]


def send_slowly(context, daemon, count):
    """When each webhook was sent, by its room."""
    with open(context.programs.peer("message.json"), encoding="utf-8") as file:
        template = re.sub(r"\n\s*", "", file.read())
    run_id = secrets.token_hex(4)
    sent = {}
    with Sender(daemon.server.port) as sender:
        begun = time.monotonic()
        for number in range(count):
            room = f"R{run_id}{number:011d}"
            body = template.replace("@CONVERSATION@", room).replace("@MESSAGE@", f"M{run_id}{number:011d}")
            time.sleep(max(0.0, begun + number * EVERY_SECONDS - time.monotonic()))
            sent[room] = sender.post("/webhooks/site", body.encode())
    return sent


class Sender:
    """One connection after the other: the server closes each after 100 requests."""

    def __init__(self, port):
        self.port = port
        self.socket = None

    def __enter__(self):
        self.connect()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def connect(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path, body):
        """The time when it was sent, in nanoseconds; returns when it is answered."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-RocketChat-Livechat-Token: {beside.SECRET}\r\nContent-Length: {len(body)}\r\n\r\n")
        wire = head.encode() + body
        sent = time.monotonic_ns()
        self.socket.sendall(wire)
        status, closes = self.answer()
        if status != 200:
            raise RuntimeError(f"a webhook was answered {status}")
        if closes:
            # Now, so that the next one does not wait for it.
            self.socket.close()
            self.connect()
        return sent

    def answer(self):
        """Its status, and whether the connection is closed after it."""
        received = b""
        while True:
            head, separator, body = received.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").lower().split("\r\n")
            length = next((int(line[15:]) for line in lines if line.startswith("content-length:")), 0)
            if separator and len(body) >= length:
                return int(lines[0].split()[1]), "connection: close" in lines
            piece = self.socket.recv(65_536)
            if not piece:
                raise RuntimeError("a webhook was not answered")
            received += piece

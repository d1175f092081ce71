"""The daemon as the measures run it: on loopback, with a store of its own, and with everything counted twice."""

import contextlib
import dataclasses
import http.client
import json
import os
import re
import sqlite3
import tempfile
import time

from harness import Server, free_port

from . import beside

VENDOR = "rocketchat"
ACCOUNT = "site"
# The bot of `message.json`, whose conversations are no human's.
BOT = "kT2botUser00000001"

# Where no vendor is: calls would fail at once, and no measure with such an address may make any.
NOBODY = "http://127.0.0.1:9"

# The inbox is not to be full in a minute of more than can be decided. Replies have a limit for each conversation, 8 a
# minute, which does not bind where every message is of another conversation; it is raised for measures of longer ones.
LIMITS = "limits: { inbox: 100000000, replies_per_minute: 1000000, replies_without_customer: 1000000 }\n"

# What webhooks may come to besides being stored. Those that a client cut off itself (`incomplete`) got no answer.
NOT_STORED = [
    "duplicate", "handshake", "unauthorized", "malformed", "too_large", "encoded", "closed", "overloaded", "full",
    "failed",
]


@contextlib.contextmanager
def bellhop(context, rules, api=NOBODY, accounts=None, decides=True):
    """A `Daemon` that listens, in a folder on the disk which is gone afterwards.

    - rules: the text of the rules file, or the path of a folder.
    - accounts: how many, as `site-1` and so on; None is one, `site`.
    - decides: False where the rules are such that it only accepts.
    """
    program = context.programs.swift("bellhop")
    with tempfile.TemporaryDirectory(prefix="bellhop-", dir=context.folder) as folder:
        listen, admin = free_port(), free_port()
        write_site(folder, rules, api, accounts, listen, admin)
        command = [program, "serve", "--config", os.path.join(folder, "bellhop.yaml")]
        environment = {"BENCH_SECRET": beside.SECRET, "BENCH_TOKEN": "token-of-the-bot"}
        begun = time.monotonic()
        with beside.served(command, listen, folder, environment) as server:
            daemon = Daemon(server, folder, admin)
            daemon.wait_until("ready" if decides else "rules")
            daemon.seconds_to_ready = time.monotonic() - begun
            yield daemon


def write_site(folder, rules, api, accounts, listen, admin):
    if not os.path.isdir(rules):
        os.mkdir(os.path.join(folder, "rules"))
        with open(os.path.join(folder, "rules", "rules.yaml"), "w", encoding="utf-8") as file:
            file.write(rules)
        rules = "rules"
    names = [ACCOUNT] if accounts is None else [f"{ACCOUNT}-{number + 1}" for number in range(accounts)]
    account = (
        f"{{ vendor: {VENDOR}, webhook: {{ secret: {{ env: BENCH_SECRET }} }}, bots: [{BOT}], "
        f"api: {{ base_url: '{api}', user_id: {BOT}, token: {{ env: BENCH_TOKEN }} }} }}")
    with open(os.path.join(folder, "bellhop.yaml"), "w", encoding="utf-8") as file:
        file.write(
            f"listen: 127.0.0.1:{listen}\nadmin: 127.0.0.1:{admin}\nstore: sqlite:bellhop.db\nrules: {rules}\n{LIMITS}"
            "accounts:\n" + "".join(f"  {name}: {account}\n" for name in names))


@dataclasses.dataclass
class Daemon:
    """One that runs."""

    server: Server
    folder: str
    admin: int
    seconds_to_ready: float = 0.0

    @property
    def url(self):
        """Without the number of the account, which `beside.posted` appends."""
        return f"http://127.0.0.1:{self.server.port}/webhooks/{ACCOUNT}"

    def get(self, path):
        """Status and body of the admin listener."""
        connection = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=30)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def wait_until(self, wanted, seconds=30.0):
        """Until it is `ready`, or says why it is not."""
        end, found = time.monotonic() + seconds, None
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                answer = json.loads(self.get("/health/ready")[1])
                found = answer.get("reason", answer["status"])
                if found == wanted:
                    return
            time.sleep(0.001)
        raise TimeoutError(f"the daemon says '{found}', not '{wanted}', after {seconds} s")

    def figures(self):
        """What it counts."""
        return Figures(self.get("/metrics")[1])

    def drained(self, is_done, patience=30.0):
        """The figures as soon as nobody is connected and `is_done(figures)`; fails when nothing moves any more."""
        moved, last = time.monotonic(), None
        while True:
            figures = self.figures()
            if figures.total("connections_open", listener="webhooks") == 0 and is_done(figures):
                return figures
            state = (figures.accepted, figures.decided, figures.delivered)
            if state != last:
                moved, last = time.monotonic(), state
            if time.monotonic() - moved > patience:
                raise TimeoutError(f"accepted, decided, delivered: {state}, and nothing moves for {patience} s")
            # Making the page takes a millisecond of the two cores.
            time.sleep(0.05)

    def stop(self):
        """Ends it as systemd would, and fails where it did not end well."""
        self.server.__exit__(None, None, None)
        if self.server.process.returncode != 0:
            raise RuntimeError(f"the daemon ended with {self.server.process.returncode}")

    def stored(self, query):
        """A number from its store, once it is stopped."""
        store = sqlite3.connect(os.path.join(self.folder, "bellhop.db"))
        try:
            return store.execute(query).fetchone()[0]
        finally:
            store.close()


class Figures:
    """A page of metrics."""

    def __init__(self, text):
        self.samples = []
        for line in text.splitlines():
            match = re.fullmatch(r"bellhop_(\w+)(?:\{(.*)\})? (\S+)", line)
            if match:
                labels = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
                self.samples.append((match[1], labels, float(match[3])))

    def total(self, name, **labels):
        """Of all samples that have these labels."""
        found = [
            value for sample, has, value in self.samples
            if sample == name and all(has.get(label) == wanted for label, wanted in labels.items())
        ]
        if not found:
            raise KeyError(f"there is no metric bellhop_{name} {labels}")
        return sum(found)

    @property
    def accepted(self):
        return int(self.total("webhook_requests_total", vendor=VENDOR, result="accepted"))

    @property
    def decided(self):
        return int(self.total("decision_duration_seconds_count"))

    @property
    def delivered(self):
        return int(self.total("deliveries_total", vendor=VENDOR, result="done"))

    @property
    def attempts(self):
        """Calls, whatever came of them."""
        return int(self.total("deliveries_total"))


def verify(daemon, load, figures):
    """Stops the daemon, and fails unless what was answered 200 is what is in the store, and nothing was refused.

    The load ends while every connection waits for an answer: so many may be stored that nobody counted.
    """
    refused = {result: figures.total("webhook_requests_total", result=result) for result in NOT_STORED}
    refused = {result: count for result, count in refused.items() if count}
    if load.refused or refused or figures.total("requests_shed_total"):
        raise RuntimeError(f"refused or broken: {load.refused} by the load's count, {refused} by the daemon's")
    if not 0 <= figures.accepted - load.requests <= beside.CONNECTIONS:
        raise RuntimeError(f"answered 200: {load.requests}, but accepted: {figures.accepted}")
    daemon.stop()
    stored = daemon.stored("SELECT count(*) FROM seen")
    if stored != figures.accepted:
        raise RuntimeError(f"accepted: {figures.accepted}, but stored: {stored}")

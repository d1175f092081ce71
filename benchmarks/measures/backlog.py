"""Starts with more and more effects that wait for a vendor who is not there."""

import concurrent.futures
import http.client
import os
import time

from harness import by_turns, free_port

from . import beside
from .daemon import ACCOUNT, NOBODY, Daemon, write_site

RULES = "version: 1\nrules:\n  - { id: all, do: [ { reply: 'Um momento' } ] }\n"
SENDERS = 16


def open_effects(context, counts):
    """Milliseconds from the start of the process until it is ready, by how many effects are open."""
    stores = {count: store(context, count) for count in counts}
    runs = {count: (lambda count=count: seconds_to_ready(context, stores[count]) * 1e3) for count in counts}
    return "open effects, start to ready", "ms", by_turns(runs, context.rounds), False


def store(context, count):
    """A folder of a daemon that took so many messages, each of which is to be answered."""
    folder = os.path.join(context.folder, f"backlog-{count}")
    os.makedirs(folder)
    listen, admin = free_port(), free_port()
    write_site(folder, RULES, NOBODY, None, listen, admin)
    with served(context, folder, listen) as server:
        daemon = Daemon(server, folder, admin)
        daemon.wait_until("ready")
        with concurrent.futures.ThreadPoolExecutor(SENDERS) as pool:
            list(pool.map(lambda first: send(listen, range(first, count, SENDERS)), range(SENDERS)))
        daemon.drained(lambda figures: figures.decided >= count)
        daemon.stop()
    return folder


def served(context, folder, port):
    command = [context.programs.swift("bellhop"), "serve", "--config", os.path.join(folder, "bellhop.yaml")]
    environment = {"BENCH_SECRET": beside.SECRET, "BENCH_TOKEN": "token-of-the-bot"}
    return beside.served(command, port, folder, environment)


def send(port, numbers):
    """Messages, each of a conversation of its own; fails where one is not taken. A connection takes a hundred."""
    with open(os.path.join(os.path.dirname(__file__), "..", "peers", "message.json"), encoding="utf-8") as file:
        text = file.read()
    headers = {"Content-Type": "application/json", "X-RocketChat-Livechat-Token": beside.SECRET}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in numbers:
        body = named(text, number)
        connection.request("POST", f"/webhooks/{ACCOUNT}", body=body, headers=headers)
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(f"a message was answered {response.status}")
    connection.close()


def named(text, number):
    """With ids that no other message has."""
    return text.replace("@CONVERSATION@", f"room{number:013d}").replace("@MESSAGE@", f"mess{number:013d}").encode()


def seconds_to_ready(context, folder):
    begun = time.monotonic()
    with served(context, folder, port_of(folder)) as server:
        daemon = Daemon(server, folder, port_of(folder, "admin"))
        daemon.wait_until("ready")
        return time.monotonic() - begun


def port_of(folder, key="listen"):
    with open(os.path.join(folder, "bellhop.yaml"), encoding="utf-8") as file:
        line = next(line for line in file if line.startswith(key + ":"))
    return int(line.rsplit(":", 1)[1])

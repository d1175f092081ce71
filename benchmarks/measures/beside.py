"""What stands beside the daemon: ceilings, a peer, a vendor's API; and the load that all of them get."""

import contextlib
import os
import secrets
import sys
import tempfile

from harness import Server, free_port, wrk

SECRET = "secret-of-the-benchmarks"
CONNECTIONS = 64


def posted(url, seconds, accounts=None):
    """One message after the other on each of `CONNECTIONS` connections, every one of another conversation."""
    environment = {"WEBHOOK_SECRET": SECRET, "MESSAGE_PREFIX": secrets.token_hex(4)}
    if accounts is not None:
        environment["ACCOUNTS"] = str(accounts)
    return wrk("post.lua", url, seconds, connections=CONNECTIONS, env=environment)


def accepted(url, seconds):
    """The load of a peer, none of which may be refused."""
    load = posted(url, seconds)
    if load.refused or not load.requests:
        raise RuntimeError(f"{url}: {load.refused} of {load.requests} refused or broken")
    return load


@contextlib.contextmanager
def served(command, port, folder, env=None):
    """A server that works in a folder and writes its log there, the end of which goes with what fails. Yields it."""
    log = os.path.join(folder, "log")
    try:
        with Server(command, port, cwd=folder, env=env, log=log) as server:
            yield server
    except Exception as error:
        error.add_note(f"{os.path.basename(command[0])} said last:\n{tail(log)}")
        raise


def tail(path, lines=8):
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(file.readlines()[-lines:])


@contextlib.contextmanager
def hummingbird(context):
    """The framework alone: collects the body and answers 200. Yields its server."""
    program = context.programs.swift("bench-hummingbird", package="benchmarks/bench-hummingbird")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="hummingbird-", dir=context.folder) as folder:
        with served([program, str(port)], port, folder) as server:
            yield server


@contextlib.contextmanager
def nginx(context):
    """Answers 200 with one worker. Yields its server, whose process is the master."""
    context.programs.debian(nginx="nginx-light")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="nginx-", dir=context.folder) as folder:
        path = filled(context.programs.peer("nginx.conf.template"), folder, PORT=port, FOLDER=folder)
        with served(["nginx", "-p", folder, "-c", path, "-e", "stderr"], port, folder) as server:
            yield server


@contextlib.contextmanager
def webhook(context):
    """adnanh/webhook with the hooks of `hooks.json`. Yields its server."""
    context.programs.debian(webhook="webhook")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="webhook-", dir=context.folder) as folder:
        path = filled(context.programs.peer("hooks.json"), folder, SECRET=SECRET)
        command = ["webhook", "-hooks", path, "-ip", "127.0.0.1", "-port", str(port)]
        with served(command, port, folder) as server:
            yield server


@contextlib.contextmanager
def vendor(context, arrivals):
    """A vendor's API that writes the times of calls to the file `arrivals` when it ends. Yields its server."""
    port = free_port()
    command = [sys.executable, context.programs.peer("vendor.py"), str(port), arrivals]
    with served(command, port, context.folder) as server:
        yield server


def filled(template, folder, **values):
    """A copy of a file in a folder, with what stands as `@NAME@` filled in."""
    with open(template, encoding="utf-8") as file:
        text = file.read()
    for name, value in values.items():
        text = text.replace(f"@{name}@", str(value))
    path = os.path.join(folder, os.path.basename(template).removesuffix(".template"))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def url(server, path="/"):
    return f"http://127.0.0.1:{server.port}{path}"

#!/usr/bin/env python3
"""A vendor's API that notes when calls arrive: `vendor.py PORT FILE`.

Answers every call as Rocket.Chat says that it is done. At SIGTERM it writes a line for each call to FILE: the time when
its last byte had come, in nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share, and its room.
"""

import asyncio
import json
import signal
import sys
import time

BODY = b'{"success":true}'
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Connection(asyncio.Protocol):
    """HTTP/1.1 as one client speaks it: bodies with a length, answered in turn."""

    def __init__(self, arrivals):
        self.arrivals = arrivals
        self.waiting = b""
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        now = time.monotonic_ns()
        self.waiting += data
        while (body := self.next_body()) is not None:
            self.arrivals.append((now, body))
            self.transport.write(ANSWER)

    def next_body(self):
        """Of the first request that is there as a whole."""
        head, separator, rest = self.waiting.partition(b"\r\n\r\n")
        if not separator:
            return None
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(rest) < length:
            return None
        self.waiting = rest[length:]
        return rest[:length]


def room(body):
    """Read only in the end: nothing is to hold up the next call."""
    try:
        return json.loads(body)["message"]["rid"]
    except (ValueError, KeyError, TypeError):
        return "?"


async def serve(port, path):
    arrivals = []
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = await loop.create_server(lambda: Connection(arrivals), "127.0.0.1", port)
    await stopped.wait()
    server.close()
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{at} {room(body)}\n" for at, body in arrivals)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2]))

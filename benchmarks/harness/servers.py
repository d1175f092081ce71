"""Servers under load: started, waited for, looked at and ended."""

import contextlib
import os
import signal
import socket
import subprocess
import time


def free_port():
    """A port of loopback that the kernel gives; another may take it before it is used, though hardly in a benchmark."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for_port(port, seconds=30.0, process=None):
    """Until something listens there, or the process that is to has ended: the seconds that it took."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode} before it listened on port {port}")
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return time.monotonic() - start
        time.sleep(0.001)
    raise TimeoutError(f"nothing listens on port {port} after {seconds} s")


class Server:
    """`with Server([program, …], port) as server:` — the port is answered when the block begins."""

    def __init__(self, command, port, cwd=None, env=None, log=None):
        self.command, self.port, self.cwd, self.env = command, port, cwd, env
        self.log = log or os.devnull
        self.process = None
        self.seconds_to_ready = None

    def __enter__(self):
        start = time.monotonic()
        with open(self.log, "ab") as log:
            environment = dict(os.environ, **(self.env or {}))
            self.process = subprocess.Popen(
                self.command, cwd=self.cwd, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_for_port(self.port, process=self.process)
        except BaseException:
            # Ctrl-C as well: nothing is left running.
            self.__exit__(None, None, None)
            raise
        self.seconds_to_ready = time.monotonic() - start
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                pass
        # Its children too, where it left some.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def resident_mebibytes(self, peak=False):
        """Of the process that was started, now or at its highest."""
        field = "VmHWM:" if peak else "VmRSS:"
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(field):
                    return int(line.split()[1]) / 1024
        return float("nan")

    def cpu_seconds(self):
        """User and system time of the process that was started, since it began."""
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

"""How often a program did something while it was watched, by `perf stat`: counted, not sampled, and of all its threads."""

import contextlib
import os
import re
import subprocess
import tempfile

from .perf import perf

# Probes stand under this name in the kernel for as long as they are used.
GROUP = "bellhop_benchmarks"
PROBES = "/sys/kernel/tracing/uprobe_events"


@contextlib.contextmanager
def counted(programs, pid, events):
    """Yields a dictionary that has `{event: how often}` when the block is over.

    - events: as `perf stat` knows them; `task-clock` is in milliseconds.
    """
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "counts")
        asked, asking = os.pipe()
        answer, answering = os.pipe()
        # Begun without counting, it says when it does: nothing of the block is missed.
        command = [
            perf(programs), "stat", "-x", ";", "-o", path, "-e", ",".join(events), "-p", str(pid), "--delay", "-1", "--control",
            f"fd:{asked},{answering}"]
        with open(os.path.join(folder, "errors"), "w", encoding="utf-8") as errors:
            counter = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors, pass_fds=[asked, answering])
        os.close(asked)
        os.close(answering)
        try:
            # Where it ended at once, there is nobody to ask and no answer.
            with contextlib.suppress(BrokenPipeError):
                os.write(asking, b"enable\n")
            if not os.read(answer, 16).startswith(b"ack"):
                with open(os.path.join(folder, "errors"), encoding="utf-8") as errors:
                    raise RuntimeError(f"perf does not count:\n{errors.read()}")
            yield found
        finally:
            # Ended by SIGINT it writes what it has.
            counter.send_signal(2)
            counter.wait(60)
            os.close(asking)
            os.close(answer)
        with open(path, encoding="utf-8") as file:
            found.update(parsed(file.read(), events))


def parsed(text, events):
    found = {}
    for line in text.splitlines():
        fields = line.split(";")
        if len(fields) > 2 and fields[2] in events:
            if not re.fullmatch(r"[\d.]+", fields[0]):
                raise RuntimeError(f"perf cannot count {fields[2]}: {fields[0]}")
            found[fields[2]] = float(fields[0])
    missing = [event for event in events if event not in found]
    if missing:
        raise RuntimeError(f"perf did not count {', '.join(missing)}")
    return found


@contextlib.contextmanager
def probes(functions):
    """Makes calls of functions events: `{path: [name]}` → yields their names for `counted`. Each call costs a microsecond then, so
    that nothing else is to be learned meanwhile. Only root may."""
    added = []
    try:
        for path, names in functions.items():
            for name in names:
                # One that a run left behind which was killed.
                with contextlib.suppress(OSError):
                    write(f"-:{GROUP}/{name}")
                write(f"p:{GROUP}/{name} {path}:{offset(path, name):#x}")
                added.append(name)
        yield [f"{GROUP}:{name}" for name in added]
    finally:
        for name in added:
            write(f"-:{GROUP}/{name}")


def write(line):
    # Not by `open`, which seeks to the end and is refused.
    file = os.open(PROBES, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)


def offset(path, function):
    """Where a function begins in a file. `perf probe` finds none where some of the file has information for debuggers and the
    function has not."""
    symbols = output("nm", path) or output("nm", "--dynamic", path)
    found = re.search(rf"^([0-9a-f]+) [tTwWi] {re.escape(function)}(@.*)?$", symbols, re.MULTILINE)
    if not found:
        raise RuntimeError(f"{path} has no function {function}")
    address = int(found[1], 16)
    for start, virtual, size in re.findall(r"LOAD\s+(0x\w+) (0x\w+) 0x\w+ (0x\w+)", output("readelf", "-lW", path)):
        if int(virtual, 16) <= address < int(virtual, 16) + int(size, 16):
            return address - int(virtual, 16) + int(start, 16)
    raise RuntimeError(f"{path} has {function} in no part that is loaded")


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout

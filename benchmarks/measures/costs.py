"""What a webhook costs, counted: processor time, allocations, turns of tasks, calls of the kernel, and how many share a commit."""

import contextlib
import re
import subprocess

from harness import counts

from . import situations

SITUATIONS = [
    ("accepted", situations.accepting),
    ("and decided", situations.deciding),
    ("and replied to, 16 accounts", situations.all_the_way),
    ("and replied to, one each 20 ms", situations.one_at_a_time),
]

CALLS = [
    ("to read from connections, and of being woken", ["read", "recvfrom"]),
    ("to write to connections, and to wake", ["write", "writev", "sendto", "sendmsg"]),
    ("to wait for connections", ["epoll_wait", "epoll_pwait", "poll"]),
    ("between threads (`futex`)", ["futex"]),
    ("to read files", ["pread64"]),
    ("to write files", ["pwrite64"]),
]
SYNC = "syscalls:sys_enter_fdatasync"
ALL_CALLS = "raw_syscalls:sys_enter"
SWITCHES = "context-switches"
TIME = "task-clock"
ALLOCATIONS = ["malloc", "calloc", "realloc", "posix_memalign"]
# Every job that a task becomes when it goes on: at first, and after each wait and each change of its executor.
TURNS = ["swift_job_run", "swift_job_run_on_task_executor"]


def table(context):
    columns = [column(context, situation) for _, situation in SITUATIONS]
    lines = [
        "| a webhook | " + " | ".join(name for name, _ in SITUATIONS) + " |",
        "|---" * (len(SITUATIONS) + 1) + "|",
    ]
    for what in columns[0]:
        lines.append(f"| {what} | " + " | ".join(number(found[what]) for found in columns) + " |")
    return "\n".join(lines) + "\n"


def column(context, situation):
    """`{what: how much of it a webhook takes}`."""
    light = watched(context, situation, [TIME, ALL_CALLS, SWITCHES, SYNC, *(call(name) for _, names in CALLS for name in names)])
    functions = {c_library(): ALLOCATIONS, context.programs.swift("bellhop"): TURNS}
    with counts.probes(functions) as events:
        heavy = watched(context, situation, events)
    found = {
        "processor, µs": light[TIME] * 1_000,
        "allocations": sum(heavy[f"{counts.GROUP}:{name}"] for name in ALLOCATIONS),
        "turns of tasks": sum(heavy[f"{counts.GROUP}:{name}"] for name in TURNS),
        "changes of threads": light[SWITCHES],
        "calls of the kernel": light[ALL_CALLS],
    }
    for what, names in CALLS:
        found[f"… {what}"] = sum(light[call(name)] for name in names)
    found["… to have files on the disk (`fdatasync`)"] = light[SYNC]
    found["webhooks for one of these"] = 1 / light[SYNC]
    return found


def watched(context, situation, events):
    """`{event: how often, of one webhook}`."""
    found = {}

    @contextlib.contextmanager
    def watch(pid):
        with counts.counted(context.programs, pid, events) as counted:
            yield
        found.update(counted)

    webhooks = situation(context, watch)
    return {event: count / webhooks for event, count in found.items()}


def call(name):
    return f"syscalls:sys_enter_{name}"


def c_library():
    """The C library that programs of this machine run with."""
    listed = subprocess.run(["ldd", "/bin/sh"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return re.search(r"=> (\S*libc\.so\S*)", listed)[1]


def number(value):
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"

"""Where the time of a program goes, by `perf`: samples with the calls that led to them, counted by what they worked for."""

import collections
import contextlib
import re
import shutil
import subprocess

# Of the kernel, by the call of the system that it worked for.
SYSTEM_CALLS = [
    (re.compile(r"sys_(futex|sched_yield|nanosleep|clock_nanosleep|epoll_wait|epoll_pwait|poll|ppoll)"), "kernel: waiting and waking"),
    (re.compile(r"sys_(f?datasync|fsync|pread64|pwrite64|pwritev|preadv|openat?|unlink|fallocate|ftruncate|newfstat\w*|fcntl|statfs)"), "kernel: files"),
    (re.compile(r"sys_(sendto|sendmsg|recvfrom|recvmsg|accept4?|connect|shutdown|socket|setsockopt|getsockopt|epoll_ctl|close|ioctl)"), "kernel: connections"),
    (re.compile(r"sys_(mmap|munmap|madvise|brk|mprotect)|exc_page_fault|asm_exc_page_fault"), "kernel: memory"),
]
# `write` and `read` are of files or of connections: what they call says which.
OF_CONNECTIONS = re.compile(r"sock_|tcp_|inet_|skb_|__sys_send|__sys_recv")
OF_FILES = re.compile(r"vfs_fsync|ext4_|xfs_|btrfs_|generic_file|filemap|jbd2|blk_|submit_bio")
WAITING = re.compile(r"schedule|do_futex|futex_|ep_poll|do_epoll_wait|do_sys_poll|eventfd_")

# Of the program: whose work it is, by where the code stands or by the beginning of its name.
LIBRARIES = [("libsqlite3", "SQLite"), ("libcurl", "libcurl"), ("libpcre2", "PCRE2"), ("libcrypto", "OpenSSL"), ("libz.", "zlib")]
# These work for whoever called them.
SERVANTS = re.compile(r"_?swift_|\$s[sS]|\$sSo|malloc|free|calloc|realloc|_int_|mem(cpy|move|set|cmp|chr)|__mem|_mid_|tcache|arena|unlink_chunk|__libc|str|pthread_|__pthread|_?_?lll|Swift|__swift|\$s10Foundation|\$s20Foundation|\$s2os")
MODULE = re.compile(r"\$s(\d+)")
# The names that people know: modules of packages, and those of ours that do one thing.
NAMES = {
    "NIOCore": "SwiftNIO", "NIOPosix": "SwiftNIO", "NIOHTTP1": "SwiftNIO", "NIOConcurrencyHelpers": "SwiftNIO", "_NIOBase64": "SwiftNIO",
    "CNIOLLHTTP": "SwiftNIO", "GRDB": "GRDB", "Logging": "swift-log", "Synchronization": None, "Dispatch": None, "Foundation": None,
    "FoundationEssentials": None, "Swift": None, "_Concurrency": None, "_StringProcessing": None,
}


@contextlib.contextmanager
def recorded(programs, path, pid):
    """Samples a process, its threads too, while the block runs; `path` is the file for it."""
    program = perf(programs)
    recorder = subprocess.Popen([*command(program, path), "-p", str(pid)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        # Ended by SIGINT it writes what it has.
        recorder.send_signal(2)
        recorder.wait(60)


def record(programs, path, arguments, folder):
    """Samples a program from its beginning to its end."""
    subprocess.run([*command(perf(programs), path), "--", *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


def perf(programs):
    if not shutil.which("perf"):
        programs.debian(perf="linux-perf")
    return "perf"


def command(program, path):
    return [program, "record", "--quiet", "--freq", "997", "--call-graph", "fp", "--output", path]


def shares(path, within=None):
    """`[(whose work, its part of all samples)]`, the greatest first.

    - within: a regular expression; only what was done in calls of a function of such a name counts.
    """
    result = subprocess.run(
        ["perf", "script", "--input", path, "--fields", "comm,ip,sym,dso", "--no-inline"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, errors="replace", check=True)
    wanted = re.compile(within) if within else None
    counts = collections.Counter()
    for sample in result.stdout.split("\n\n"):
        frames = [frame for frame in map(parsed_frame, sample.splitlines()[1:]) if frame]
        if not frames or wanted and not any(wanted.search(symbol) for symbol, _ in frames):
            continue
        counts[owner(frames)] += 1
    total = counts.total()
    if not total:
        raise RuntimeError(f"{path} has no samples" + (f" within {within}" if within else ""))
    return [(name, count / total) for name, count in counts.most_common()]


def parsed_frame(line):
    """Function and file of `    7f12 name (file)`."""
    match = re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)$", line)
    return (match[1], match[2]) if match else None


def owner(frames):
    """Whose work a sample is: of the kernel by the system call, else of the nearest caller that serves nobody."""
    if is_kernel(frames[0]):
        return kernel_work([symbol for symbol, file in frames if is_kernel((symbol, file))])
    for symbol, file in frames:
        name = work(symbol, file)
        if name:
            return name
    return "the Swift runtime and the C library"


def is_kernel(frame):
    return "kernel" in frame[1] or frame[1].startswith("[")


def kernel_work(symbols):
    for symbol in symbols:
        for call, name in SYSTEM_CALLS:
            if call.search(symbol):
                return name
    # The inner ones say it where the call does not.
    for inner, name in [(OF_CONNECTIONS, "kernel: connections"), (OF_FILES, "kernel: files"), (WAITING, "kernel: waiting and waking")]:
        if any(inner.search(symbol) for symbol in symbols):
            return name
    return "kernel: other"


def work(symbol, file):
    for part, name in LIBRARIES:
        if part in file:
            return name
    if ".so" in file or SERVANTS.match(symbol):
        return None
    if symbol.startswith("_ZN") and "simdjson" in symbol or symbol.startswith("simdjson"):
        return "simdjson"
    if symbol.startswith("c_nio"):
        return "SwiftNIO"
    match = MODULE.match(symbol)
    if not match:
        return None
    start = match.end()
    module = symbol[start:start + int(match[1])]
    return NAMES.get(module, module)

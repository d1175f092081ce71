#!/usr/bin/env python3
"""Does the time of an answer tell how much of a webhook secret is right?

    benchmarks/auth-timing.py [PROGRAM] [REQUESTS]

Starts the program on loopback and sends requests with wrong secrets that differ from the right one in their first, middle or
last byte, or in their length, by turns on one connection. The medians of 200 blocks of each kind are compared with those of
the first kind by Welch's t; |t| < 4.5 says that nothing is to be seen. As a control the same is done with comparisons in this
process, once with one that leaves at the first difference, which must be seen.
"""
import os, random, socket, statistics, subprocess, sys, tempfile, time

PROGRAM = sys.argv[1] if len(sys.argv) > 1 else ".build/release/bellhop"
REQUESTS = int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
BLOCKS = 200
SECRET = "0123456789abcdef" * 8
KINDS = {
    "first byte": "x" + SECRET[1:],
    "middle byte": SECRET[:64] + "x" + SECRET[65:],
    "last byte": SECRET[:-1] + "x",
    "half as long": SECRET[:64],
    "wholly wrong": "z" * len(SECRET),
}


def welch(a, b):
    spread = statistics.variance(a) / len(a) + statistics.variance(b) / len(b)
    return (statistics.mean(a) - statistics.mean(b)) / spread**0.5 if spread else 0.0


def medians(times):
    size = len(times) // BLOCKS
    return [statistics.median(times[i * size : (i + 1) * size]) for i in range(BLOCKS)]


def report(title, times):
    base, *others = KINDS
    worst = 0.0
    for kind in others:
        t = welch(medians(times[base]), medians(times[kind]))
        worst = max(worst, abs(t))
        difference = statistics.median(times[kind]) - statistics.median(times[base])
        print(f"{title}: {kind} against {base}: t = {t:+.2f}, medians differ by {difference:+.0f} ns")
    return worst


def measure(once, rounds):
    times = {kind: [] for kind in KINDS}
    order = list(KINDS)
    for _ in range(rounds):
        random.shuffle(order)
        for kind in order:
            start = time.perf_counter_ns()
            once(kind)
            times[kind].append(time.perf_counter_ns() - start)
    return times


def serve(folder):
    with open(f"{folder}/bellhop.yaml", "w") as file:
        file.write(
            "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\naccounts:\n"
            "  rc: { vendor: rocketchat, delivery: print, webhook: { secret: { env: TIMED_SECRET } } }\n")
    os.mkdir(f"{folder}/rules")
    process = subprocess.Popen(
        [os.path.abspath(PROGRAM), "serve", "--config", "bellhop.yaml"], cwd=folder, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "TIMED_SECRET": SECRET})
    for line in process.stderr:
        if 'msg="started"' in line:
            return process, int(line.split("listen=127.0.0.1:")[1].split()[0])
    sys.exit("the program did not start")


def over_tcp(port):
    state = {}

    def once(kind):
        # A connection is kept for 90 requests: the server may limit how many it takes.
        if state.get("left", 0) == 0:
            state["socket"] = socket.create_connection(("127.0.0.1", port))
            state["socket"].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            state["left"] = 90
        state["left"] -= 1
        head = f"POST /webhooks/rc HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nX-RocketChat-Livechat-Token: {KINDS[kind]}\r\n\r\n{{}}"
        state["socket"].sendall(head.encode())
        answer = state["socket"].recv(65536)
        if not answer.startswith(b"HTTP/1.1 401 "):
            sys.exit(f"not refused: {answer[:80]}")

    return once


def leaving_early(kind):
    for a, b in zip(KINDS[kind], SECRET):
        if a != b:
            return False
    return len(KINDS[kind]) == len(SECRET)


with tempfile.TemporaryDirectory() as folder:
    process, port = serve(folder)
    try:
        worst = report("bellhop", measure(over_tcp(port), REQUESTS // len(KINDS)))
    finally:
        process.terminate()
        process.wait()
control = report("control", measure(leaving_early, 20_000))
print(f"largest |t|: {worst:.2f} (limit 4.5); control: {control:.2f} (must be above)")
sys.exit(0 if worst < 4.5 < control else 1)

"""What deciding about a message costs, from ten rules to a hundred thousand, beside loops and Hyperscan.

When it must be quick, the most rules are fewer, Hyperscan stays out of them and rule-engine out of all: they take
seconds to begin.
"""

import os
import subprocess

from harness import Goal, Row

from . import corpus
from .contestant import Contestant, duration, measure

TITLE = "Deciding about a message"
FEW, MANY, MOST, MOST_IF_QUICK = 10, 10_000, 100_000, 20_000


class Corpus:
    """So many rules and messages for them as files: of ours, of the peers, and the messages folded by our program."""

    def __init__(self, context, count, message_count):
        self.rules = os.path.join(context.folder, f"rules-{count}")
        self.literals = f"{self.rules}.literals"
        self.folded_literals = f"{self.rules}.folded-literals"
        self.messages = f"{self.rules}.messages"
        self.folded_messages = f"{self.rules}.folded-messages"
        self.database = f"{self.rules}.hyperscan"
        rules = corpus.rules(count)
        corpus.write_yaml(rules, self.rules)
        corpus.write_literals(rules, self.literals)
        corpus.write_literals(rules, self.folded_literals, fold=True)
        corpus.write_messages(corpus.messages(message_count, rules), self.messages)

    def fold_messages(self, program):
        subprocess.run([program, "fold-to", self.messages, self.folded_messages], check=True)


def run(context):
    limit, most = (5_000, MOST_IF_QUICK) if context.quick else (20_000, MOST)
    program = context.programs.swift("bellhop-bench")
    corpora = {count: Corpus(context, count, limit) for count in (FEW, MANY, most)}
    ours = {
        count: Contestant(program, "decide", files.rules, files.messages, limit)
        for count, files in corpora.items()
    }
    scanned = [MANY] if context.quick else [MANY, MOST]
    scans = {count: hyperscan(context, program, corpora[count], limit) for count in scanned}
    loops = {
        "a loop over PCRE2": pcre2_loop(context, corpora[MANY]),
        "a loop over PCRE2, interpreted": pcre2_loop(context, corpora[MANY], "interpreted"),
    }
    if not context.quick:
        loops["rule-engine of PyPI"] = rule_engine(context, corpora[MANY])
    measure([*ours.values(), *scans.values(), *loops.values()], context.rounds)
    goals = {"a loop over PCRE2": Goal(at_least=1_000)}
    return [
        growth_row(ours[FEW], ours[most], most),
        *(loop_row(ours[MANY], name, loop, goals.get(name)) for name, loop in loops.items()),
        *(scan_row(count, ours[count], scans[count]) for count in scanned),
    ]


def hyperscan(context, program, files, limit):
    context.programs.header("/usr/include/hs/hs.h", "libhyperscan-dev")
    context.programs.header("/usr/include/pcre2.h", "libpcre2-dev")
    files.fold_messages(program)
    peer = context.programs.compiled("hyperscan_literals.c", "-lhs", "-lpcre2-8")
    return Contestant(peer, files.folded_literals, files.messages, files.folded_messages, limit, files.database)


def pcre2_loop(context, files, *how):
    """Milliseconds a message: a few messages are enough."""
    context.programs.header("/usr/include/pcre2.h", "libpcre2-dev")
    peer = context.programs.compiled("pcre2_loop.c", "-lpcre2-8")
    return Contestant(peer, files.literals, files.messages, 20 if context.quick else 100, *how)


def rule_engine(context, files):
    python = context.programs.python("rule-engine")
    peer = context.programs.peer("rule_engine_loop.py")
    return Contestant(python, peer, files.literals, files.messages, 10)


def growth_row(few, many, count):
    small, large = few.series("ns_per_message"), many.series("ns_per_message")
    ratio = large / small
    return Row(
        f"deciding at {count:,} rules", duration(large.median), f"Bellhop at {FEW} rules", duration(small.median),
        ratio.median, ratio.spread, Goal(at_most=2.5))


def loop_row(ours, name, peer, goal):
    mine, theirs = ours.series("ns_per_message"), peer.series("ns_per_message")
    ratio = theirs / mine
    return Row(
        f"deciding at {MANY:,} rules", duration(mine.median), name, duration(theirs.median),
        ratio.median, ratio.spread, goal, "× faster")


def scan_row(count, ours, peer):
    mine, theirs = ours.series("candidate_ns_per_message"), peer.series("ns_per_message")
    ratio = mine / theirs
    return Row(
        f"finding candidates at {count:,} rules", duration(mine.median), "Hyperscan's literals, confirmed",
        duration(theirs.median), ratio.median, ratio.spread, Goal(at_most=2), note=scan_note(ours, peer))


def scan_note(ours, peer):
    """What else is known of the scan, and whether both found the same."""
    scan, built = peer.series("ns_scan_per_message").median, peer.first("build_seconds")
    note = f"Hyperscan's scan alone takes {duration(scan)}, building its database took {built:.2f} s."
    mine, theirs = ours.first("matches"), peer.first("matches")
    if mine != theirs:
        note += f" The two do not agree: Bellhop matched {mine} messages and Hyperscan {theirs}."
    return note

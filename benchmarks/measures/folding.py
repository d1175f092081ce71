"""What folding a message costs, beside ICU and Foundation."""

import os

from harness import Goal, Row

from . import corpus
from .contestant import Contestant, duration, measure

TITLE = "Folding a message"
RULES = 1_000


def run(context):
    limit = 5_000 if context.quick else 20_000
    messages = os.path.join(context.folder, "messages")
    corpus.write_messages(corpus.messages(limit, corpus.rules(RULES)), messages)
    context.programs.header("/usr/include/unicode/unorm2.h", "libicu-dev")
    ours = Contestant(context.programs.swift("bellhop-bench"), "fold", messages, limit)
    icu = Contestant(context.programs.compiled("icu_fold.c", "-licuuc"), messages, limit)
    measure([ours, icu], context.rounds)
    mine = ours.series("ns_per_message")
    return [
        row(mine, "ICU, NFKC_Casefold alone", icu.series("ns_per_message"), Goal(at_most=0.2)),
        row(mine, "ICU, diacritics off too", icu.series("all_ns_per_message"), None),
        row(mine, "Foundation", ours.series("foundation_ns_per_message"), Goal(at_most=0.2)),
    ]


def row(mine, name, theirs, goal):
    ratio = mine / theirs
    return Row("folding", duration(mine.median), name, duration(theirs.median), ratio.median, ratio.spread, goal)

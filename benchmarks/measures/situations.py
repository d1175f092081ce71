"""The daemon at work, for whoever wants to watch it: each takes the context and `watch(pid)`, a context manager that is open
from the first webhook until nothing is left to do, and returns how many webhooks came in meanwhile.
"""

import os

from . import beside, end_to_end, ingest
from .daemon import bellhop

SECONDS = 6


def accepting(context, watch):
    """Under 64 connections, by rules that cannot be loaded."""
    with bellhop(context, ingest.NO_RULES, decides=False) as daemon:
        return loaded(daemon, watch)


def deciding(context, watch):
    """The same, and decided by 100 rules of which none holds."""
    with bellhop(context, ingest.RULES) as daemon:
        return loaded(daemon, watch, is_done=lambda figures: figures.decided >= figures.accepted)


def all_the_way(context, watch):
    """The same by 16 accounts, with a reply to each."""
    accounts = end_to_end.ACCOUNTS
    with beside.nginx(context) as api, bellhop(context, end_to_end.RULES, beside.url(api, ""), accounts) as daemon:
        return loaded(daemon, watch, accounts, lambda figures: figures.attempts >= figures.accepted)


def one_at_a_time(context, watch):
    """A webhook each 20 ms, with a reply to each."""
    with beside.vendor(context, os.path.join(context.folder, "arrivals")) as api:
        with bellhop(context, end_to_end.RULES, beside.url(api, "")) as daemon:
            with watch(daemon.server.process.pid):
                count = int(SECONDS / end_to_end.EVERY_SECONDS)
                end_to_end.send_slowly(context, daemon, count)
                daemon.drained(lambda figures: figures.attempts >= count)
            return count


def loaded(daemon, watch, accounts=None, is_done=None):
    with watch(daemon.server.process.pid):
        load = beside.posted(daemon.url, SECONDS, accounts)
        if load.refused:
            raise RuntimeError(f"{load.refused} of {load.requests} webhooks were refused: what is watched is not that")
        if is_done:
            daemon.drained(is_done)
    return daemon.figures().accepted

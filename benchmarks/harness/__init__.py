"""What all measures share: rounds by turns, medians, peers that are installed, and rows of the report."""

from .programs import Programs
from .rows import Goal, Row
from .rounds import Series, by_turns
from .servers import Server, free_port, wait_for_port
from .wrk import Load, wrk

__all__ = ["Goal", "Load", "Programs", "Row", "Series", "Server", "by_turns", "free_port", "wait_for_port", "wrk"]

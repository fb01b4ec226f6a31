"""An export is in no hurry: it gives way to everything else of its session or container."""

from __future__ import annotations

import os

LOWEST_PRIORITY = 19
"""The nicest a process can be (nice(2)): it gets what others of its session or container leave."""


def give_way(niceness: int = LOWEST_PRIORITY) -> int:
    """Lowers this process's priority by so much, and returns how nice it is then.

    A system that knows no such thing leaves it as it is.
    """
    nice = getattr(os, "nice", None)
    return nice(niceness) if nice is not None else 0

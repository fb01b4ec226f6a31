"""Imports of a package without a part that Tidemark never uses, and that costs each start some of its CPU."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def without(part: str) -> Iterator[None]:
    """Inside, an import of the module `part` gets an empty one; afterwards the real one is there again.

    For a package that imports at once what it needs rarely: a shell of its own, colours. What is loaded
    already stays as it is.
    """
    if part in sys.modules:
        yield
        return
    sys.modules[part] = ModuleType(part)
    try:
        yield
    finally:
        del sys.modules[part]

"""The library of the Common Expression Language, without the shell that comes with it."""

from __future__ import annotations

from services.common.runtime.lean_imports import without

# The shell is a sixth of a second of CPU: prompts, colours, a command line.
with without("cel.cli"):
    import cel

__all__ = ["cel"]

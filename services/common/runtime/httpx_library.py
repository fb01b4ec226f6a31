"""The HTTP client, without the command line that comes with it."""

from __future__ import annotations

from services.common.runtime.lean_imports import without

# The command line is a twentieth of a second of CPU: options, colours, tables.
with without("httpx._main"):
    import httpx

__all__ = ["httpx"]

"""What one durable write costs on this disk: the floor under every commit."""

from __future__ import annotations

import os
import time
from pathlib import Path

_PAGE_BYTES = 4096


def fsync_latencies(folder: Path, writes: int) -> list[float]:
    """Appends a page and calls fsync, so many times; seconds each. Leaves no file behind."""
    path = folder / "fsync.probe"
    page = os.urandom(_PAGE_BYTES)
    latencies = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    try:
        for _ in range(writes):
            os.write(descriptor, page)
            begun = time.perf_counter()
            os.fsync(descriptor)
            latencies.append(time.perf_counter() - begun)
    finally:
        os.close(descriptor)
        path.unlink()
    return latencies

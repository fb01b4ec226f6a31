"""Which modules a fresh process has loaded at its end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass

_MARK = "loaded at the end:"


@dataclass(frozen=True, slots=True)
class Ran:
    """A program that has ended; `loaded` is what it had of the modules asked for."""

    exit_code: int
    output: str
    errors: str
    loaded: frozenset[str]


def run(program: str, modules: Collection[str], environment: Mapping[str, str] | None = None) -> Ran:
    """Runs a Python program in a process of its own. `environment` None: this process's."""
    look = f"[name for name in {sorted(modules)!r} if name in sys.modules]"
    telling = f"import atexit, sys\natexit.register(lambda: print({_MARK!r}, *{look}))\n"
    done = subprocess.run(
        [sys.executable, "-c", telling + program],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    output, _, loaded = done.stdout.rpartition(_MARK)
    return Ran(done.returncode, output, done.stderr, frozenset(loaded.split()))

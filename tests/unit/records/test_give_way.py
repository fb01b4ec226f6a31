"""An export lowers its own priority; what it shares a machine with keeps its own."""

from __future__ import annotations

import os
import subprocess
import sys

CODE = "from services.cli.records.give_way import give_way; print(give_way(), give_way(0))"


def test_it_becomes_as_nice_as_it_can_and_nobody_else_does() -> None:
    before = os.nice(0)
    printed = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["19", "19"]
    assert os.nice(0) == before

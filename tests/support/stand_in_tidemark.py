"""The command `tidemark` with stand-ins for the services: `python -m tests.support.stand_in_tidemark up ...`.

What it tests is the supervision, which does not care what the processes do.
"""

from __future__ import annotations

import functools
import os

from services.cli.commands import suite as suite_commands
from services.cli.main import main
from services.cli.suite import Suite
from tests.support.suite import stand_ins


class SuiteOfStandIns(Suite):
    """A suite that starts stand-ins; STAND_IN_CHARGING says in which manner."""

    start = functools.partial(
        Suite.start, commands=stand_ins(charging=os.environ.get("STAND_IN_CHARGING", "healthy"))
    )


if __name__ == "__main__":
    vars(suite_commands)["Suite"] = SuiteOfStandIns
    main()

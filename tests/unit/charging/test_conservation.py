"""Any sequence of operations: money and units are conserved, replay equals live, duplicates do nothing.

The same operations, model and books as the long run's (`soak/`), here drawn by
Hypothesis, which makes a failing sequence short. Everything is compared closely after every step.
"""

from __future__ import annotations

from random import Random

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from tests.unit.charging.soak.life import OPERATIONS, Life

randoms = st.randoms(use_true_random=False, note_method_calls=True)
USAGE = ("create", "update", "update", "release", "report_late", "event", "outcome", "let_time_pass")


class Partition(RuleBasedStateMachine):
    """A life whose operations Hypothesis chooses."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life()
        self.failed = False

    @rule(name=st.sampled_from(USAGE), random=randoms)
    def use(self, name: str, random: Random) -> None:
        """Something is used, or time passes."""
        self._perform(name, random)

    @rule(name=st.sampled_from(sorted(OPERATIONS)), random=randoms)
    def operate(self, name: str, random: Random) -> None:
        """Anything else that can happen."""
        self._perform(name, random)

    def _perform(self, name: str, random: Random) -> None:
        self.failed = True
        self.life.perform(name, random)
        self.life.check_closely()
        self.failed = False

    def teardown(self) -> None:
        """What failed once is not compared again: its first failure is the one to tell."""
        if self.failed:
            self.life.partition.close()
        else:
            self.life.close()


TestPartition = Partition.TestCase
TestPartition.settings = settings(
    settings.get_profile("charging"),
    max_examples=60,
    stateful_step_count=40,
    phases=(Phase.generate, Phase.shrink),
)

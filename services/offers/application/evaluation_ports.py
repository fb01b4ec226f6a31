"""What roll-outs and the figures of experiments need from outside."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from services.common.kernel.clock import Instant
from services.offers.application.ports import Scorer
from services.offers.domain.evaluation.guardrails import ArmCounts
from services.offers.domain.rollouts import Rollout

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RecordedVerdict:
    """What the gate said of a model version. `report`: what it was judged by, as JSON."""

    model_version: str
    verdict: str
    report: str
    actor: str
    at: Instant


class RolloutBook(Protocol):
    """Roll-outs inside one transaction."""

    def last(self) -> Rollout | None:
        """The last one, running or over; None: there was none yet."""

    def keep(self, rollout: Rollout) -> None:
        """Writes a roll-out; steps that are new are added to its trail.

        A second running one is an error of the database, so that two starts at once end in one.
        """

    def verdict(self, model_version: str) -> str:
        """The last verdict on a version; empty: none yet."""

    def record_verdict(self, verdict: RecordedVerdict) -> None:
        """Adds a verdict to those there are."""

    def arms(self, experiment_code: str, shares: Mapping[str, float], since: Instant) -> Sequence[ArmCounts]:
        """Counts of each arm since then, in order of `shares`; arms without a share, but seen, come last."""

    def experiment_since(self, experiment_code: str, definition: str, now: Instant) -> Instant:
        """Since when an experiment has been seen with this definition; now, where it is another."""


class Rollouts(Protocol):
    """Transactions on roll-outs."""

    async def run(self, work: Callable[[RolloutBook], T]) -> T:
        """One transaction. `work` may run again, and touches nothing but the book."""


class Models(Protocol):
    """The registry, and the models in use, as a roll-out sees them. Everything but `champion` may block."""

    def champion(self) -> Scorer | None:
        """The model that everybody gets outside a roll-out. A look."""

    def scorer(self, version: str) -> Scorer | None:
        """A version in use; of an online one the newest of its line. None: it is not in use. A look."""

    def use(self, version: str) -> Scorer:
        """Loads a version. Raises RefusedError MODEL_UNKNOWN where there is none, or it is damaged."""

    def forget(self, version: str) -> None:
        """Ends `use`."""

    def promote(self, version: str) -> None:
        """Makes a version, or the newest of its line, the champion. Again changes nothing."""

    def prune(self, needed: Collection[str]) -> None:
        """Removes what was trained long ago, but for `needed` and the champion."""

"""A process that learns, over rewards and policies in memory and a registry on disk that may fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.common.kernel.clock import Instant
from services.offers.adapters.learning.live_models import LiveModels
from services.offers.adapters.learning.models import OnlineModel
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.adapters.learning.scorer import LiveScorer
from services.offers.application.learning import Learning, Learnt
from services.offers.application.learning_ports import ModelDescription, Reward
from services.offers.domain.features import FeatureSpec
from tests.support.catalog import SteppedClock
from tests.support.offers_learning import BEGIN, Policies


@dataclass
class MemoryRewards:
    """The Rewards port on a list."""

    settled: list[Reward] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)

    async def gather(self) -> int:
        return 0

    async def after(self, position: int, limit: int) -> Sequence[Reward]:
        return [each for each in self.settled if each.position > position][: min(limit, 17)]

    async def keep_position(self, line: str, position: int) -> None:
        self.told[line] = position


class MemoryVersions:
    """The FeatureVersions port."""

    def __init__(self) -> None:
        self.kept: dict[str, FeatureSpec] = {}

    async def keep(self, spec: FeatureSpec) -> None:
        self.kept.setdefault(spec.version, spec)

    async def spec(self, version: str) -> FeatureSpec | None:
        return self.kept.get(version)


class CrashError(Exception):
    """The process is gone."""


class CrashingRegistry(ModelRegistry):
    """Dies at the named point, once."""

    dies_at = ""

    def _die(self, point: str) -> None:
        if self.dies_at == point:
            self.dies_at = ""
            raise CrashError(point)

    def save(self, description: ModelDescription, parts: Mapping[str, bytes], made_at: Instant) -> str:
        self._die("before save")
        version = super().save(description, parts, made_at)
        self._die("after save")
        return version

    def succeed(self, version: str) -> bool:
        succeeded = super().succeed(version)
        self._die("after champion")
        return succeeded

    def prune(self, keep: int) -> list[str]:
        self._die("before prune")
        return super().prune(keep)


class World:
    """Rewards, policies and a registry that outlive the process that learns."""

    def __init__(self, folder: Path) -> None:
        self.registry = CrashingRegistry(folder)
        self.rewards, self.versions, self.policies = MemoryRewards(), MemoryVersions(), Policies()
        self.clock = SteppedClock(BEGIN)
        self.start()

    def start(self) -> None:
        """A new process."""
        self.models = LiveModels(self.registry, self.policies, self.clock)
        self.learning = Learning(self.rewards, self.versions, self.models)

    async def step(self) -> Learnt:
        self.clock.at = Instant(self.clock.at + 20_000_000)
        return await self.learning.step()

    def model(self) -> OnlineModel:
        """What decisions are made with."""
        scorer = self.models.champion()
        assert isinstance(scorer, LiveScorer)
        assert isinstance(scorer.model, OnlineModel)
        return scorer.model

"""Learning from rewards as they settle: one learner, many readers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.offers.application.learning_ports import (
    FeatureVersions,
    OnlineLine,
    OnlineModels,
    Reward,
    Rewards,
)
from services.offers.domain.features import FeatureSpec

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a step came to: rewards that settled, that taught something, and versions that were published."""

    settled: int = 0
    taught: int = 0
    versions: tuple[str, ...] = ()


class Learning:
    """Moves every model in use by the rewards that it has not seen.

    A model's parameters carry the number of the last reward in them. After a crash, whatever was learnt and
    not published is learnt again from there: no reward twice, none left out.
    """

    def __init__(self, rewards: Rewards, versions: FeatureVersions, models: OnlineModels) -> None:
        self._rewards = rewards
        self._versions = versions
        self._models = models

    async def step(self) -> Learnt:
        """Settled rewards into new parameters, published. Raises what the ports raise; may be made again."""
        # Names first: no decision may be logged with features whose names nobody knows.
        for spec in await asyncio.to_thread(self._models.refresh):
            await self._versions.keep(spec)
        settled, taught, versions = await self._rewards.gather(), 0, []
        for line in self._models.lines():
            taught += await self._catch_up(line)
            if line.changed:
                versions.append(await asyncio.to_thread(line.publish))
                await self._rewards.keep_position(line.line, line.position)
        return Learnt(settled, taught, tuple(versions))

    async def _catch_up(self, line: OnlineLine) -> int:
        taught = 0
        while rewards := await self._rewards.after(line.position, _AT_ONCE):
            specs = await self._specs(rewards)
            taught += await asyncio.to_thread(line.learn, rewards, specs)
        return taught

    async def _specs(self, rewards: Sequence[Reward]) -> Mapping[str, FeatureSpec]:
        found = {}
        for version in {reward.feature_version for reward in rewards} - {""}:
            spec = await self._versions.spec(version)
            if spec is not None:
                found[version] = spec
        return found

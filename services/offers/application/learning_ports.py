"""What learning needs from outside, and the values that pass between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from services.common.kernel.clock import Instant
from services.offers.domain.features import FeatureSpec


class ModelKind(Enum):
    """How a model learns: with each reward, or overnight from the whole log."""

    ONLINE = "online"
    CHALLENGER = "challenger"


class ModelDamagedError(Exception):
    """A version in the registry is not what was written. Nothing of it is used."""


class ModelUnknownError(Exception):
    """The registry has no such version."""


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What is known of a version without loading it.

    `line`: the version that it goes on from; its own where it was trained. `position`: the last reward it
    has learnt. `examples`, `positives`: rewards behind it, and acceptances among them.
    """

    kind: ModelKind
    feature_version: str
    line: str = ""
    position: int = 0
    examples: int = 0
    positives: int = 0
    seed: int = 0
    trained_from: str = ""
    trained_until: str = ""
    code_version: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A version of the registry."""

    version: str
    made_at: Instant
    description: ModelDescription
    champion: bool = False


@dataclass(frozen=True, slots=True)
class Reward:
    """What became of the first offer of a decision; numbered in the order in which it is learnt.

    `features` of the context and `offer_features` have the names of `feature_version`.
    """

    position: int
    decision_id: str
    offer_code: str
    feature_version: str
    features: tuple[float, ...]
    offer_features: tuple[float, ...]
    accepted: bool


class Rewards(Protocol):
    """Settled rewards, each with a number of its own that never changes. No decision of the control group."""

    async def gather(self) -> int:
        """Numbers what has settled since; returns how many."""

    async def after(self, position: int, limit: int) -> Sequence[Reward]:
        """The next ones, in order. One of a decision without features has none: it teaches nothing."""

    async def keep_position(self, line: str, position: int) -> None:
        """Says how far a line has learnt. Only told: a model's own position is what counts."""


class FeatureVersions(Protocol):
    """Names of features by version."""

    async def keep(self, spec: FeatureSpec) -> None:
        """Once; the same version again changes nothing."""

    async def spec(self, version: str) -> FeatureSpec | None:
        """None: no such version."""


class OnlineLine(Protocol):
    """Parameters that rewards move, as one line from a trained version on."""

    @property
    def line(self) -> str:
        """The version it began with."""

    @property
    def position(self) -> int:
        """The last reward that the parameters have seen, published or not."""

    @property
    def changed(self) -> bool:
        """True: there is something to publish."""

    def learn(self, rewards: Sequence[Reward], specs: Mapping[str, FeatureSpec]) -> int:
        """Moves the parameters; returns how many rewards taught something. Computing, for a worker thread.

        `rewards` follow on `position`. Those of features that are not among `specs` teach nothing. Readers
        see nothing of it before `publish`.
        """

    def publish(self) -> str:
        """Writes a snapshot into the registry, then lets readers have it, whole. Blocks. Its version."""


class OnlineModels(Protocol):
    """What is to be learnt with: models in use that rewards move."""

    def refresh(self) -> Sequence[FeatureSpec]:
        """Follows the registry's champion and the policies in force; the features then in use. Blocks."""

    def lines(self) -> Sequence[OnlineLine]:
        """The champion's, and those of roll-outs."""

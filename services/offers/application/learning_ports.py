"""What learning needs from outside, and the values that pass between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from services.common.kernel.clock import Instant
from services.offers.application.ports import Scorer
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
        """The next ones, in order. None of a decision without features: those teach nothing."""

    async def last_position(self) -> int:
        """Number of the last reward; 0: none yet."""

    async def last_positions(self) -> Mapping[str, int]:
        """How far each line of models has learnt, for whoever watches."""

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
        """The last reward that the parameters have seen."""

    def learn(self, rewards: Sequence[Reward], specs: Mapping[str, FeatureSpec], upto: int) -> int:
        """Computing, for a worker thread: moves the parameters; returns how many rewards taught something.

        `upto`: the position afterwards. Nothing is visible to readers before `publish`.
        """

    def publish(self) -> None:
        """Writes a snapshot into the registry, then lets readers have it, whole. Blocks."""


class LiveModels(Protocol):
    """Models that are in use. One process learns, many read."""

    def champion(self) -> Scorer | None:
        """The model that everybody gets outside a roll-out; None before the first policies."""

    def scorer(self, version: str) -> Scorer | None:
        """A version in use; of an online one the newest of its line. None: it was never `use`d."""

    def use(self, version: str) -> Scorer:
        """Loads a version, for a roll-out, and learns on with it where it is online. Blocks.

        Raises ModelUnknownError, ModelDamagedError.
        """

    def forget(self, version: str) -> None:
        """Ends `use`. The champion is never forgotten."""

    def lines(self) -> Sequence[OnlineLine]:
        """What is to be learnt with."""

    def refresh(self) -> None:
        """Follows the registry's champion and the features of the policies in force. Blocks."""

    def spec(self) -> FeatureSpec | None:
        """The widest features in use."""

"""Training from the decision log: an online model replayed from it, and a challenger fitted on it.

Everything follows from the log and the seed: the same two make versions of the same name. Each model is first
made from the older four fifths and judged on the newest fifth, then made again from all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from services.common.kernel.clock import Instant
from services.offers.adapters.learning.challenger import ChallengerModel, count_offers, offers_of
from services.offers.adapters.learning.challenger_fitting import fit_challenger
from services.offers.adapters.learning.cold_start import ColdStart
from services.offers.adapters.learning.cold_start_fitting import (
    FEWEST_POSITIVES,
    cold_start_of,
    fit_cold_start,
)
from services.offers.adapters.learning.figures import held_out_figures
from services.offers.adapters.learning.fitted_files import classifier_parts, transformer_parts
from services.offers.adapters.learning.model_files import FrozenParts, challenger_parts, frozen_parts
from services.offers.adapters.learning.models import LoadedModel, OnlineModel
from services.offers.adapters.learning.posterior import Example, prior
from services.offers.adapters.learning.registry import ModelRegistry
from services.offers.adapters.learning.training_rows import TrainingRows
from services.offers.adapters.learning.transformer import fit_transformer, scaling_of
from services.offers.adapters.learning.trees import forest_of
from services.offers.application.learning_ports import ModelDescription, ModelKind

_COLD_START_ROWS = 50_000
"""The newest; products of features make many columns, and more rows teach it little."""
_REPLAYED_AT_ONCE = 5_000

Tell = Callable[[str, float], None]
"""Told a stage and how much of it is done, from 0 to 1."""


class TrainingRefusedError(Exception):
    """The log does not hold what a model could be made from. The message says what is missing."""


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A version that training wrote, and its figures on held-out decisions."""

    version: str
    description: ModelDescription


@dataclass(frozen=True, slots=True)
class Training:
    """What a training is given, and where it writes."""

    rows: TrainingRows
    seed: int
    registry: ModelRegistry
    made_at: Instant
    code_version: str = ""
    tell: Tell = field(default=lambda _stage, _done: None)

    def run(self) -> list[TrainedModel]:
        """Both versions; the online one alone where acceptances are too few for a challenger.

        Raises TrainingRefusedError where no reward is known.
        """
        if not len(self.rows):
            raise TrainingRefusedError("no decision of the log has features and a known reward")
        with threadpool_limits(1):
            trained = [self._online()]
            if min(self.rows.positives, len(self.rows) - self.rows.positives) >= FEWEST_POSITIVES:
                trained.append(self._challenger())
        return trained

    def _online(self) -> TrainedModel:
        older, newer = self.rows.split()
        figures = self._judged(self._replayed(older, "online, judged")[0], newer) if len(older) else {}
        model, frozen, position = self._replayed(self.rows, "online")
        description = self._described(ModelKind.ONLINE, figures, position)
        return self._saved(description, frozen.with_posterior(model))

    def _replayed(self, rows: TrainingRows, stage: str) -> tuple[OnlineModel, FrozenParts, int]:
        """Transformer and cold start fitted, and the posterior learnt above them reward by reward."""
        spec = rows.spec
        self.tell(f"{stage}: transformer and cold start", 0.0)
        transformer = fit_transformer(spec, rows.context, rows.offers)
        cold: ColdStart | None = None
        newest = rows.take(slice(-_COLD_START_ROWS, None))
        if min(newest.positives, len(newest) - newest.positives) >= FEWEST_POSITIVES:
            fitted = fit_cold_start(transformer, spec, newest.both, newest.accepted)
            cold = cold_start_of(fitted, transformer, spec)
        guesses = (
            {} if cold else dict(zip(rows.codes[::-1].tolist(), rows.guesses[::-1].tolist(), strict=True))
        )
        model = OnlineModel("", spec, scaling_of(transformer, spec), cold, prior(len(spec.names)), guesses)
        self.tell(f"{stage}: transformer and cold start", 1.0)
        ordered, position = rows.in_order_of_learning()
        posterior = model.posterior
        for at in range(0, len(ordered), _REPLAYED_AT_ONCE):
            self.tell(f"{stage}: replay", at / len(ordered))
            posterior = posterior.learnt(_examples(model, ordered.take(slice(at, at + _REPLAYED_AT_ONCE))))
        self.tell(f"{stage}: replay", 1.0)
        model = OnlineModel("", spec, model.scaling, cold, posterior, guesses)
        return model, frozen_parts(spec, model.scaling, cold, transformer_parts(transformer)), position

    def _challenger(self) -> TrainedModel:
        older, newer = self.rows.split()
        figures: Mapping[str, float] = {}
        if min(older.positives, len(older) - older.positives) >= FEWEST_POSITIVES:
            figures = self._judged(self._fitted(older, 0.0, "challenger, judged")[0], newer)
        # Not judged: as far off as one standard deviation of log-odds, which explores a lot.
        error = figures.get("calibration_error", 1.0)
        _, parts = self._fitted(self.rows, error, "challenger")
        return self._saved(self._described(ModelKind.CHALLENGER, figures, 0), parts)

    def _fitted(
        self, rows: TrainingRows, calibration_error: float, stage: str
    ) -> tuple[ChallengerModel, Mapping[str, bytes]]:
        self.tell(f"{stage}: boosting and calibration", 0.0)
        counts = count_offers(rows.codes.tolist(), rows.accepted)
        offers = offers_of(rows.codes.tolist(), rows.offers, counts)
        table = np.hstack((rows.context.astype(np.float64), offers))
        fitted = fit_challenger(table, rows.accepted, self.seed)
        forest, calibration = forest_of(fitted, len(rows.spec.names))
        model = ChallengerModel("", rows.spec, forest, calibration, counts, calibration_error)
        self.tell(f"{stage}: boosting and calibration", 1.0)
        return model, {**challenger_parts(model), **classifier_parts(fitted)}

    @staticmethod
    def _judged(model: LoadedModel, held_out: TrainingRows) -> Mapping[str, float]:
        predicted = model.propensities(held_out.context, held_out.codes.tolist(), held_out.offers)
        return held_out_figures(held_out.accepted, predicted)

    def _described(self, kind: ModelKind, figures: Mapping[str, float], position: int) -> ModelDescription:
        first, last = self.rows.span
        return ModelDescription(
            kind,
            self.rows.spec.version,
            position=position,
            examples=len(self.rows),
            positives=self.rows.positives,
            seed=self.seed,
            trained_from=first,
            trained_until=last,
            code_version=self.code_version,
            figures=figures,
        )

    def _saved(self, description: ModelDescription, parts: Mapping[str, bytes]) -> TrainedModel:
        return TrainedModel(self.registry.save(description, parts, self.made_at), description)


def _examples(model: OnlineModel, rows: TrainingRows) -> list[Example]:
    scaled, codes = model.scaling.context(rows.context), rows.codes.tolist()
    offsets = model.offsets(scaled, codes, rows.offers)
    return [
        Example(code, context, offset, bool(accepted))
        for code, context, offset, accepted in zip(
            codes, scaled, offsets.tolist(), rows.accepted.tolist(), strict=True
        )
    ]

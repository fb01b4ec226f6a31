"""A model of the registry as a policy over the decision log: what it would have made of each decision."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy import sparse

from services.common.kernel.clock import instant
from services.offers.adapters.learning.draws import win_shares
from services.offers.adapters.learning.frames import DecisionFrame, places_of
from services.offers.adapters.learning.models import LoadedModel
from services.offers.application.learning_ports import ModelDescription
from services.offers.domain.evaluation.logged import Floats, Integers
from services.offers.domain.evaluation.valuing import Choices
from services.offers.domain.exploration import explored
from services.offers.domain.policies import Exploration

_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Usable:
    """Which rows of a log a model can be valued on, and how many were left out for what."""

    rows: Any
    left_out: dict[str, int]


def usable_rows(frame: DecisionFrame, description: ModelDescription | None = None) -> Usable:
    """Rows whose first place was drawn by chance over all candidates, and of which all is known.

    Left out are, in this order: decisions that presented nothing; the control group and what fell back
    on rules, where no chance was at work; what is not settled; what has no features; candidates that
    could not have come first; and, with `description`, what the model has learnt from.
    """
    present = frame.code >= 0
    learnt = np.zeros(len(frame), dtype=bool)
    if description is not None:
        learnt = (frame.reward_position > 0) & (frame.reward_position <= description.position)
        if description.trained_until:
            learnt |= frame.decided_at < instant(datetime.fromisoformat(description.trained_until))
    causes = {
        "presented nothing": frame.chosen < 0,
        "control group": frame.control,
        "ranked by rules": frame.fallback != "",
        "not settled": ~frame.settled | np.isnan(frame.reward),
        "no features": ~frame.features_known,
        "no chance for all": (present & (frame.probability <= 0)).any(axis=1),
        "learnt from": learnt,
    }
    left, counts = np.ones(len(frame), dtype=bool), {}
    for cause, rows in causes.items():
        counts[cause] = int((left & rows).sum())
        left &= ~rows
    return Usable(left, {cause: count for cause, count in counts.items() if count})


def choices_of_log(
    frame: DecisionFrame, model: LoadedModel, exploration: Exploration, *, by_value: bool = True
) -> Choices:
    """The log as the gate reads it, with the model's own exploration. Every row of `usable_rows`.

    An acceptance earns the offer's value in minor units; with `by_value` False it earns 1. Raises
    ValueError where the log lacks a feature that the model goes by.
    """
    rows, columns = np.nonzero(frame.code >= 0)
    places = np.full(frame.code.shape, -1, dtype=np.int64)
    places[rows, columns] = np.arange(rows.size)
    everywhere = np.arange(len(frame))
    values = frame.value_minor_micros[rows, columns] / _MICROS if by_value else np.ones(rows.size)
    _, subscribers = np.unique(frame.pseudonym.astype(str), return_inverse=True)
    return Choices(
        chosen=places[everywhere, frame.chosen],
        accepted=np.nan_to_num(frame.reward),
        propensities=frame.probability[everywhere, frame.chosen],
        rows=rows.astype(np.int64),
        target=_target(frame, model, exploration, rows, columns),
        values=values.astype(np.float64),
        clusters=subscribers.astype(np.int64),
        harms={
            "opted_out": frame.opted_out.astype(np.float64),
            "complained": frame.complained.astype(np.float64),
            "reversed": frame.reversed.astype(np.float64),
        },
    )


def features_of_log(frame: DecisionFrame) -> Any:
    """For the reward model, of every alternative: context, offer, offer by name, and products with that."""
    rows, columns = np.nonzero(frame.code >= 0)
    context = _standard(frame.context)[rows]
    named = sparse.csr_matrix(
        (np.ones(rows.size), (np.arange(rows.size), frame.code[rows, columns])),
        shape=(rows.size, len(frame.codes)),
    )
    of_offer = _standard(frame.offer_features(rows, columns))
    own = [sparse.csr_matrix(context).multiply(named[:, [at]]) for at in range(len(frame.codes))]
    return sparse.hstack([context, of_offer, named, *own]).tocsr()


def _target(
    frame: DecisionFrame,
    model: LoadedModel,
    exploration: Exploration,
    rows: Integers,
    columns: Integers,
) -> Floats:
    context = _in_order(frame.context, frame.spec.names, model.spec.names)
    offers = _in_order(frame.offer_features(rows, columns), frame.spec.offer_names, model.spec.offer_names)
    codes, weights = frame.offer_codes(rows, columns), frame.weights[rows, columns]
    begins = np.searchsorted(rows, np.arange(len(frame) + 1))
    target = np.empty(rows.size)
    for row in range(len(frame)):
        these = slice(begins[row], begins[row + 1])
        beliefs = model.beliefs(context[row], codes[these], offers[these])
        shares = win_shares(
            beliefs.logits,
            beliefs.variances,
            weights[these],
            exploration.draws,
            _seed(str(frame.decision_id[row])),
        )
        target[these] = explored(shares.tolist(), exploration.floor_permille)
    return target


def _in_order(table: Any, names: tuple[str, ...], wanted: tuple[str, ...]) -> Floats:
    source, place = places_of(names, wanted)
    if place.size < len(wanted):
        raise ValueError("the model goes by features that the log does not have")
    ordered = np.zeros((len(table), len(wanted)))
    ordered[:, place] = table[:, source]
    return ordered


def _standard(table: Any) -> Floats:
    spread = table.std(axis=0)
    standard: Floats = (table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return standard


def _seed(decision_id: str) -> int:
    """Draws of its own: those of the log made the choice, and must not make it twice."""
    return int.from_bytes(hashlib.sha256(f"gate\0{decision_id}".encode()).digest()[:8], "big")

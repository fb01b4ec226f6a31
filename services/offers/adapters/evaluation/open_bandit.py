"""Logs of the Open Bandit Dataset (Saito et al., 2021): recommendations of fashion items, and clicks.

A page shows three items; a row is one of them, with its position and the true propensity of that item
at that position. Each position is a choice of its own among all items.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from scipy import sparse
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from services.offers.domain.evaluation.logged import Floats, Integers
from services.offers.domain.evaluation.valuing import Choices

_USER_COLUMNS = tuple(f"user_feature_{number}" for number in range(4))
_ITEM_COLUMNS = tuple(f"item_feature_{number}" for number in range(4))


@dataclass(frozen=True, slots=True, eq=False)
class OpenBanditLog:
    """n recommendations. `items` and `positions` count from 0; `users` has a row of texts each."""

    items: Integers
    positions: Integers
    clicks: Floats
    propensities: Floats
    users: Any
    item_count: int

    @property
    def position_count(self) -> int:
        """Positions there are."""
        return int(self.positions.max()) + 1


def read_log(path: Path, item_count: int) -> OpenBanditLog:
    """Reads a log, gzipped or not. Raises OSError, ValueError for what is no such log."""
    with _opened(path) as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise ValueError(f"{path} has no rows")
    try:
        items = np.array([int(row["item_id"]) for row in rows])
        log = OpenBanditLog(
            items=items,
            positions=np.array([int(row["position"]) - 1 for row in rows]),
            clicks=np.array([float(row["click"]) for row in rows]),
            propensities=np.array([float(row["propensity_score"]) for row in rows]),
            users=np.array([[row[name] for name in _USER_COLUMNS] for row in rows]),
            item_count=item_count,
        )
    except KeyError as error:
        raise ValueError(f"{path} has no column {error}") from error
    if items.max() >= item_count:
        raise ValueError(f"{path} shows item {items.max()}, and there are {item_count}")
    return log


def read_items(path: Path) -> Any:
    """Features of all items in order of id: the number scaled, the texts one-hot; sparse, a row each."""
    with _opened(path) as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["item_id"]))
    if [int(row["item_id"]) for row in rows] != list(range(len(rows))) or not rows:
        raise ValueError(f"{path} does not count its items from 0")
    numbers = np.array([[float(row[_ITEM_COLUMNS[0]])] for row in rows])
    texts = [[row[name] for name in _ITEM_COLUMNS[1:]] for row in rows]
    scaled = StandardScaler().fit_transform(numbers)
    return sparse.hstack([scaled, OneHotEncoder().fit_transform(texts)]).tocsr()


def uniform_policy(log: OpenBanditLog) -> Floats:
    """Every item as likely as every other; positions x items."""
    return np.full((log.position_count, log.item_count), 1 / log.item_count)


def policy_shares(log: OpenBanditLog) -> Floats:
    """Of each position, how often each item was shown: the logged policy's mean over time, without bias.

    Positions x items; each position adds up to 1. Not the mean of the logged propensities: an item is
    seen most where its propensity is high, so that mean is too high (they add up to 2 and more here).
    """
    counts = np.zeros((log.position_count, log.item_count))
    np.add.at(counts, (log.positions, log.items), 1.0)
    shares: Floats = counts / counts.sum(axis=1, keepdims=True)
    return shares


def policy_of(log: OpenBanditLog) -> Floats:
    """The policy that made a log: the uniform one where its propensities say so, else `policy_shares`."""
    if np.allclose(log.propensities, 1 / log.item_count):
        return uniform_policy(log)
    return policy_shares(log)


def choices_of(log: OpenBanditLog, policy: Floats) -> Choices:
    """The log with every item as an alternative of each row. `policy`: positions x items."""
    rows, items = log.items.size, log.item_count
    return Choices(
        chosen=np.arange(rows) * items + log.items,
        accepted=log.clicks,
        propensities=log.propensities,
        rows=np.repeat(np.arange(rows), items),
        target=policy[log.positions].reshape(-1),
        values=np.ones(rows * items),
    )


def features_of(log: OpenBanditLog, item_features: Any) -> Any:
    """Of every alternative: the user, the position, the item by name and by its features; sparse."""
    who = sparse.hstack(
        [OneHotEncoder().fit_transform(log.users), OneHotEncoder().fit_transform(log.positions[:, None])]
    ).tocsr()
    what = sparse.hstack([sparse.identity(log.item_count), item_features]).tocsr()
    rows = np.repeat(np.arange(log.items.size), log.item_count)
    items = np.tile(np.arange(log.item_count), log.items.size)
    return sparse.hstack([who[rows], what[items]]).tocsr()


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")

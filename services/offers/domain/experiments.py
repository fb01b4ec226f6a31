"""Who is in which arm of an experiment, and who is in the control group: by a hash, so it stays.

Nothing is stored: the same pseudonym and salt give the same arm, here and in any evaluation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from services.common.kernel.clock import Instant, local
from services.offers.domain.policies import Arm, Experiment, Ranking

_PERMILLE = 1_000
_PERCENT = 100


def arm_of(experiment: Experiment, pseudonym: str) -> Arm | None:
    """The subscriber's arm; None: the arms do not add up to 100 per cent, and this one is in the gap."""
    point = _bucket(_PERCENT, experiment.salt, pseudonym)
    for arm in experiment.arms:
        if point < arm.percent:
            return arm
        point -= arm.percent
    return None


def arms_at(experiments: Sequence[Experiment], placement: str, pseudonym: str) -> Mapping[str, Arm]:
    """The subscriber's arms by experiment, of all experiments that run at a placement."""
    found: dict[str, Arm] = {}
    for experiment in experiments:
        if experiment.placements and placement not in experiment.placements:
            continue
        arm = arm_of(experiment, pseudonym)
        if arm is not None:
            found[experiment.code] = arm
    return found


def together(arms: Mapping[str, Arm]) -> Arm | None:
    """Several arms as one: the first ranking that is not the model's, all offers left out, all levers.

    Salts are independent, so experiments cross each other evenly. None: no arms.
    """
    if len(arms) < 2:
        return next(iter(arms.values()), None)
    rankings = [arm.ranking for arm in arms.values() if arm.ranking is not Ranking.MODEL]
    levers: dict[str, int] = {}
    for arm in arms.values():
        levers |= arm.lever_percents
    return Arm(
        "+".join(arm.code for arm in arms.values()),
        _PERCENT,
        rankings[0] if rankings else Ranking.MODEL,
        tuple(sorted({code for arm in arms.values() for code in arm.without_offers})),
        levers,
    )


def in_control_group(pseudonym: str, now: Instant, time_zone: str, permille: int) -> bool:
    """True for so many of a thousand subscribers; drawn anew each calendar month of the zone."""
    month = local(now, time_zone).strftime("%Y-%m")
    return _bucket(_PERMILLE, f"control {month}", pseudonym) < permille


def _bucket(buckets: int, salt: str, pseudonym: str) -> int:
    # Lengths first, so that no salt and pseudonym run into those of another pair.
    digest = hashlib.sha256(f"{len(salt)}:{salt}:{pseudonym}".encode()).digest()
    # 2^64 over a thousand: the last bucket is short by less than one in 10^16.
    return int.from_bytes(digest[:8], "big") % buckets

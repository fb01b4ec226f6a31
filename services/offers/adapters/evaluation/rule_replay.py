"""Presentations of the exported decision log, for the replay of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidemark.offers.v1 import decision_pb2

from services.common.kernel.clock import Instant
from services.offers.domain.evaluation.replay import Shown
from services.offers.domain.policies import Purpose

_PURPOSES = {purpose.value: purpose for purpose in Purpose}


def shown_in(decisions: Iterable[decision_pb2.Decision]) -> Iterator[Shown]:
    """Every offer that was presented. A purpose that this version does not know is no consent."""
    for decision in decisions:
        consents = frozenset(_PURPOSES[text] for text in decision.consents if text in _PURPOSES)
        for code in decision.presented_offer_codes:
            yield Shown(
                decision.decision_id,
                Instant(decision.decided_at.ToMicroseconds()),
                decision.subscriber_pseudonym,
                code,
                decision.channel,
                decision.raised_by,
                decision.policy_version,
                consents,
            )

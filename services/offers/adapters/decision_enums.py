"""Action and outcome kinds on the wire."""

from __future__ import annotations

from tidemark.offers.v1 import decision_pb2

from services.offers.domain.decisions import OutcomeKind
from services.offers.domain.policies import ActionKind

ACTION_NUMBERS = {kind: getattr(decision_pb2, f"OFFER_ACTION_KIND_{kind.name}") for kind in ActionKind}
OUTCOME_NUMBERS = {kind: getattr(decision_pb2, f"OUTCOME_KIND_{kind.name}") for kind in OutcomeKind}
OUTCOME_KINDS = {number: kind for kind, number in OUTCOME_NUMBERS.items()}
ACTION_KINDS = {number: kind for kind, number in ACTION_NUMBERS.items()}

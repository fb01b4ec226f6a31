"""Decisions in the service's own log, made by its own scorer, and answered as the known truth has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlmodel import Session

from services.common.kernel.clock import HOUR, MINUTE, Clock, Instant
from services.common.runtime.database import Database
from services.offers.adapters.decisions.log import SqlDecisionLog
from services.offers.adapters.decisions.outcomes import add_outcome
from services.offers.adapters.decisions.watching import OfferWatch
from services.offers.application.ports import Scorer
from services.offers.domain.customer import CustomerView
from services.offers.domain.decisions import Asked, Candidate, Decision, Outcome, OutcomeKind
from services.offers.domain.policies import Offer
from tests.support.offers_learning import BEGIN, PRICE, Policies, customer, eligible, truth


class Shop:
    """Decides by chance among all offers, logs it with features, and hands the answers in."""

    def __init__(self, database: Database, policies: Policies, clock: Clock, seed: int) -> None:
        self._database = database
        self._log = SqlDecisionLog(database, policies, clock, OfferWatch(), lambda: None)
        self._random = np.random.default_rng(seed)
        self._shown: dict[str, tuple[CustomerView, Offer]] = {}

    async def decide(self, number: int, scorer: Scorer | None, *, control: bool = False) -> Decision:
        """Decision `d-<number>`, in the log; without a scorer, without features."""
        at = Instant(BEGIN + number * MINUTE)
        view, offers = customer(float(self._random.random()), at=at), eligible()
        scores = None if scorer is None else scorer.scores(view, offers, at, 16, number)
        order = self._random.permutation(len(offers)).tolist()
        decision = Decision(
            decision_id=f"d-{number}",
            decided_at=at,
            subscriber_id=f"s-{number}",
            account_id=f"a-{number}",
            pseudonym=f"p-{number}",
            asked=Asked("app-home", "app"),
            policy_version=1,
            model_version="" if scorer is None else scorer.version,
            feature_version="" if scorer is None else scorer.feature_version,
            feature_seq=number,
            candidates=tuple(
                Candidate(
                    offer=offers[place].offer,
                    factors=offers[place].factors,
                    probability=1 / len(offers),
                    price_minor_micros=PRICE,
                    currency_code="EUR",
                    rank=rank + 1 if rank < 2 else 0,
                    features=() if scores is None else scores.offer_features[place],
                )
                for rank, place in enumerate(order)
            ),
            dropped=(),
            seed=number,
            control_group=control,
            features=() if scores is None else scores.features,
            expires_at=Instant(at + HOUR),
            reward_window_ends=Instant(at + HOUR),
        )
        await self._log.append(decision)
        self._shown[decision.decision_id] = view, decision.presented[0].offer
        return decision

    async def answer(self, decision_ids: Sequence[str]) -> dict[str, bool]:
        """What customers say of what stood first; of the second offer they say nothing."""
        said = {}
        for decision_id in decision_ids:
            view, shown = self._shown[decision_id]
            said[decision_id] = bool(self._random.random() < truth(view, shown))
            kind = OutcomeKind.ACCEPTED if said[decision_id] else OutcomeKind.IGNORED
            await self.tell(decision_id, shown.code, kind)
        return said

    async def tell(self, decision_id: str, offer_code: str, kind: OutcomeKind) -> None:
        """One outcome into the log."""
        outcome = Outcome(decision_id, offer_code, kind, BEGIN)

        def write(session: Session) -> None:
            add_outcome(session, outcome)

        await self._database.run(write)

    def first_of(self, decision_id: str) -> str:
        """Code of the offer in the first place."""
        return self._shown[decision_id][1].code

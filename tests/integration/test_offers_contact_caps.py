"""A hundred thousand decisions at once: no contact cap is passed by one, nor left short by one."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import Session, col, select

from services.common.runtime.database import open_database
from services.offers.adapters.tables.contacts import ContactTable
from services.offers.adapters.tables.decisions import DecisionTable
from services.offers.domain.policies import ContactCap, ContactPolicy
from services.offers.main import MIGRATIONS
from tests.support.offers_deciding import ASKED, PUSHED, offer, policies
from tests.support.offers_decision_log import Stored

DECISIONS = 100_000
SUBSCRIBERS = 50
CAP_PUSH, CAP_ALL = 7, 20


@pytest.mark.timeout(240)
async def test_a_hundred_thousand_decisions_at_once_keep_every_cap(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/offers.sqlite", MIGRATIONS)
    caps = (ContactCap(CAP_PUSH, 7, ("push",)), ContactCap(CAP_ALL, 7))
    stored = Stored(database, policies(offer("one"), offer("two"), contact=ContactPolicy(caps=caps)))
    recommend = stored.world.recommender.recommend
    made = await asyncio.gather(
        *(
            recommend(f"s{number % SUBSCRIBERS}", PUSHED if number // SUBSCRIBERS % 2 else ASKED)
            for number in range(DECISIONS)
        )
    )
    shown = Counter((one.subscriber_id, one.asked.channel) for one in made for _ in one.presented)
    assert {shown[f"s{number}", "push"] for number in range(SUBSCRIBERS)} == {CAP_PUSH}
    assert {shown[f"s{number}", "app"] for number in range(SUBSCRIBERS)} == {CAP_ALL - CAP_PUSH}
    assert await database.run(_stored) == (DECISIONS, dict(shown))
    await database.close()


def _stored(session: Session) -> tuple[int, dict[tuple[str, str], int]]:
    """How many decisions the database has, and contacts by subscriber and channel."""
    decisions = session.exec(select(func.count()).select_from(DecisionTable)).one()
    contacts = session.execute(
        select(col(ContactTable.subscriber_id), col(ContactTable.channel), func.count()).group_by(
            col(ContactTable.subscriber_id), col(ContactTable.channel)
        )
    )
    return decisions, {(row[0], row[1]): row[2] for row in contacts}

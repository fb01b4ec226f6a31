"""Fulfils the `ConsentBook` port in SQL; what it has stored is at hand before it answers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.database import Database
from services.offers.adapters.profiles.consent_bits import bits_of, purposes_of
from services.offers.adapters.profiles.customers import StoredCustomers
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.tables.profiles import ConsentTable, ProfileRequestTable, SubscriberTable
from services.offers.application.profile_ports import ConsentsAsked, ConsentState
from services.offers.domain import reasons
from services.offers.domain.policies import Purpose
from services.offers.domain.profiles.packed import packed, packed_attributes
from services.offers.domain.profiles.profile import Attributes, Profile


class SqlConsents:
    """Consents in the service's database."""

    def __init__(self, database: Database, hand: AtHand) -> None:
        self._database = database
        self._hand = hand
        self._customers = StoredCustomers(database, hand)

    async def change(self, asked: ConsentsAsked, fingerprint: bytes, now: Instant) -> Sequence[ConsentState]:
        """As `ConsentBook.change`."""
        try:
            in_force, states = await self._database.run(
                lambda session: _change(session, asked, fingerprint, now)
            )
        except RefusedError:
            raise
        except BaseException:
            # Whether it was committed is not known here; the database is asked anew.
            self._hand.forget([asked.subscriber_id])
            raise
        self._hand.consented(asked.subscriber_id, in_force)
        return states

    async def states(self, subscriber_id: str) -> Sequence[ConsentState]:
        """As `ConsentBook.states`."""
        return await self._database.run(lambda session: consent_states(session, subscriber_id))

    async def in_force(self, subscriber_id: str) -> frozenset[Purpose]:
        """As `ConsentBook.in_force`."""
        return await self._customers.consents(subscriber_id)

    def now(self, subscriber_id: str) -> frozenset[Purpose] | None:
        """The consents at this instant, a look; None: not at hand. Fulfils `ConsentsNow`."""
        return self._hand.consents.get(subscriber_id)


def consent_states(session: Session, subscriber_id: str) -> list[ConsentState]:
    """How every purpose stands, the newest row of each, in order of purpose."""
    rows = session.exec(
        select(ConsentTable)
        .where(col(ConsentTable.subscriber_id) == subscriber_id)
        .order_by(col(ConsentTable.id))
    )
    newest = {row.purpose: row for row in rows}
    return [
        ConsentState(purpose, row.given, Instant(row.at), row.evidence)
        for purpose in Purpose
        if (row := newest.get(purpose.value)) is not None
    ]


def _change(
    session: Session, asked: ConsentsAsked, fingerprint: bytes, now: Instant
) -> tuple[frozenset[Purpose], Sequence[ConsentState]]:
    subscriber = _subscriber(session, asked, now)
    if not _is_repeated(session, asked, fingerprint, now):
        for purpose, given in asked.changes.items():
            session.add(
                ConsentTable(
                    subscriber_id=asked.subscriber_id,
                    purpose=purpose.value,
                    given=given,
                    at=now,
                    evidence=asked.evidence,
                    request_id=asked.request_id,
                )
            )
        subscriber.consents = bits_of(_changed(purposes_of(subscriber.consents), asked.changes))
        session.flush()
    return purposes_of(subscriber.consents), consent_states(session, asked.subscriber_id)


def _changed(before: frozenset[Purpose], changes: Mapping[Purpose, bool]) -> frozenset[Purpose]:
    given = {purpose for purpose, is_given in changes.items() if is_given}
    return (before | given) - (changes.keys() - given)


def _subscriber(session: Session, asked: ConsentsAsked, now: Instant) -> SubscriberTable:
    """The row, locked; a new one for a subscriber of whom only the account is known."""
    row = session.exec(
        select(SubscriberTable)
        .where(col(SubscriberTable.subscriber_id) == asked.subscriber_id)
        .with_for_update()
    ).one_or_none()
    if row is not None:
        return row
    if not asked.account_id:
        words = "nothing was ever heard of this subscriber, or all was erased"
        raise RefusedError(Refused(reasons.USER_UNKNOWN, words, "subscriber"))
    row = SubscriberTable(
        subscriber_id=asked.subscriber_id,
        account_id=asked.account_id,
        pseudonym=secrets.token_hex(16),
        consents=0,
        partition=0,
        feature_seq=0,
        profile=packed(Profile(now, packed_attributes(Attributes()))),
    )
    session.add(row)
    session.flush()
    return row


def _is_repeated(session: Session, asked: ConsentsAsked, fingerprint: bytes, now: Instant) -> bool:
    if not asked.request_id:
        return False
    first = session.get(ProfileRequestTable, asked.request_id)
    if first is None:
        session.add(
            ProfileRequestTable(
                request_id=asked.request_id,
                fingerprint=fingerprint,
                subscriber_id=asked.subscriber_id,
                answer=0,
                at=now,
            )
        )
        return False
    if first.fingerprint != fingerprint:
        words = "this request_id was used for something else"
        raise RefusedError(Refused(reasons.DUPLICATE_DIFFERS, words, "request_id"))
    return True

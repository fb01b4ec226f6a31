"""Endpoints in SQL. Fulfils `EndpointRows`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from services.common.kernel.clock import Instant
from services.common.runtime.database import Database
from services.notification.adapters.delivery.endpoint_rows import endpoint_of, hashed, row_of
from services.notification.adapters.delivery.lanes import insert_absent
from services.notification.adapters.tables.delivery import EndpointTable
from services.notification.domain.channels import Endpoint
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Channel

_CONFIGURED = "configured-"


class SqlEndpoints:
    """Where recipients are reached."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, endpoint: Endpoint, identity: str, most: int) -> Endpoint | None:
        """Stores a new one, or gives the one of that identity. None: the recipient has so many in use."""
        return await self._database.run(lambda session: _add(session, endpoint, identity, most))

    async def get(self, endpoint_id: str) -> Endpoint | None:
        """One, removed or not."""

        def look(session: Session) -> Endpoint | None:
            row = row_by_id(session, endpoint_id)
            return None if row is None else endpoint_of(row)

        return await self._database.run(look)

    async def remove(self, endpoint_id: str, at: Instant) -> bool:
        """False: there is none."""
        return await self._database.run(lambda session: remove_endpoint(session, endpoint_id, at))

    async def of(self, recipient: Recipient) -> Sequence[Endpoint]:
        """All of a recipient, in the order in which they came."""

        def look(session: Session) -> list[Endpoint]:
            rows = session.exec(
                select(EndpointTable)
                .where(EndpointTable.recipient_key == recipient.key)
                .order_by(col(EndpointTable.id))
            )
            return [endpoint_of(row) for row in rows]

        return await self._database.run(look)

    async def configure_operator(self, addresses: Sequence[str], now: Instant) -> None:
        """The operator's own channels are these from now on, beside those that were registered."""
        await self._database.run(lambda session: _configure(session, addresses, now))


def row_by_id(session: Session, endpoint_id: str) -> EndpointTable | None:
    """The row of an endpoint."""
    return session.exec(select(EndpointTable).where(EndpointTable.endpoint_id == endpoint_id)).first()


def remove_endpoint(session: Session, endpoint_id: str, at: Instant) -> bool:
    """Nothing is sent there any more; again: no change. False: there is none."""
    row = row_by_id(session, endpoint_id)
    if row is None:
        return False
    row.removed_at = at if row.removed_at is None else row.removed_at
    session.add(row)
    return True


def _add(session: Session, endpoint: Endpoint, identity: str, most: int) -> Endpoint | None:
    key = endpoint.recipient.key
    # The lock first: what is counted then includes what the one before has added.
    rows = session.exec(
        select(EndpointTable).where(EndpointTable.recipient_key == key).with_for_update()
    ).all()
    wanted = (endpoint.channel.value, hashed(identity))
    known = next((row for row in rows if (row.channel, row.identity) == wanted), None)
    if known is not None and known.removed_at is None:
        known.address = endpoint.address
        session.add(known)
        return endpoint_of(known)
    if _in_use(session, key) >= most:
        return None
    if known is None:
        # Two that come at once with the same address: the second finds the first's.
        insert_absent(session, EndpointTable, [row_of(endpoint, identity).model_dump(exclude={"id"})])
        known = session.exec(
            select(EndpointTable).where(
                EndpointTable.recipient_key == key,
                EndpointTable.channel == endpoint.channel.value,
                EndpointTable.identity == hashed(identity),
            )
        ).one()
        return endpoint_of(known)
    known.address, known.secret, known.removed_at = endpoint.address, endpoint.secret, None
    session.add(known)
    return endpoint_of(known)


def _in_use(session: Session, recipient_key: str) -> int:
    count: int = session.execute(
        select_columns(func.count()).where(
            col(EndpointTable.recipient_key) == recipient_key, col(EndpointTable.removed_at).is_(None)
        )
    ).scalar_one()
    return count


def _configure(session: Session, addresses: Sequence[str], now: Instant) -> None:
    operator = Recipient(operator=True)
    wanted = {f"{_CONFIGURED}{hashed(address)[:32]}": address for address in addresses}
    rows = session.exec(
        select(EndpointTable).where(
            EndpointTable.recipient_key == operator.key,
            col(EndpointTable.endpoint_id).startswith(_CONFIGURED, autoescape=True),
        )
    )
    for row in rows:
        is_wanted = wanted.pop(row.endpoint_id, None) is not None
        row.removed_at = None if is_wanted else (row.removed_at or now)
        session.add(row)
    for endpoint_id, address in wanted.items():
        endpoint = Endpoint(endpoint_id, operator, Channel.OPERATOR, address, now)
        # Not the identity of a registered one: each may come and go without the other.
        session.add(row_of(endpoint, f"{_CONFIGURED}{address}"))

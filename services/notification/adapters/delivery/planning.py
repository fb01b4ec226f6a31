"""Deliveries are planned in the transaction of the inbox entries. Fulfils `DeliveriesWithin`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from services.common.kernel.clock import Instant
from services.common.runtime.database_engine import SQLITE
from services.notification.adapters.delivery import lanes
from services.notification.adapters.delivery.endpoint_rows import in_use
from services.notification.adapters.delivery.told_rows import told_row
from services.notification.adapters.tables.delivery import DeliveryTable, ToldTable
from services.notification.application.delivery_ports import DeliveryState
from services.notification.application.ports import CompiledRules
from services.notification.domain.channels import Endpoint
from services.notification.domain.delivery.told import Told, first_steps, lane_of, told_of
from services.notification.domain.notifications import Channel, Draft, Notification

_MOST_KEYS = 500
"""In one statement."""


def new_id() -> str:
    """A new opaque id."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Planned:
    """A message and an endpoint that it is to go to."""

    told: Told
    step: int
    endpoint: Endpoint

    @property
    def lane(self) -> str:
        """Where it will wait."""
        return lane_of(self.endpoint.endpoint_id, self.told.is_urgent)


class DeliveryPlanner:
    """Plans on the channels that this service was set up with. Recipients that none reaches are left out."""

    def __init__(self, channels: frozenset[Channel], new_id: Callable[[], str] = new_id) -> None:
        self._channels = channels
        self._new_id = new_id

    def plan(
        self, session: Session, entries: Sequence[tuple[Notification, Draft]], rules: CompiledRules
    ) -> None:
        """Stores what is to be sent: the first channel of each chain that reaches, or all of them."""
        keys = {notification.recipient.key for notification, draft in entries if draft.chain}
        endpoints = in_use(session, _with_endpoints(session, sorted(keys)), self._channels)
        hold = {rule.code: rule.hold for rule in rules.rules.rules}
        rows, planned = [], []
        for notification, draft in entries:
            reached = endpoints.get(notification.recipient.key)
            if not reached:
                continue
            told = told_of(notification, draft, hold.get(draft.alert_code, True))
            steps = first_steps(told.chain, told.everywhere, frozenset(one.channel for one in reached))
            if steps:
                rows.append(told_row(told, notification))
                planned += on_their_way(told, steps, reached)
        lanes.insert_all(session, ToldTable, rows)
        put_in_line(session, planned, self._new_id)
        _supersede(session, [notification for notification, _ in entries])


def on_their_way(told: Told, steps: Iterable[int], endpoints: Sequence[Endpoint]) -> list[Planned]:
    """A message with each endpoint of the channels of these steps."""
    return [
        Planned(told, step, endpoint)
        for step in steps
        for endpoint in endpoints
        if endpoint.channel is told.chain[step]
    ]


def put_in_line(
    session: Session, planned: Sequence[Planned], new_id: Callable[[], str], now: Instant | None = None
) -> None:
    """Stores new deliveries at the ends of their lanes, due at once. `now` None: when their messages came."""
    if not planned:
        return
    names = {one.lane: one.endpoint for one in planned}
    lanes.lock(session, names)
    lanes.insert_all(session, DeliveryTable, [_row(one, new_id(), now) for one in planned])
    lanes.refresh(session, names.keys())


def _row(planned: Planned, delivery_id: str, now: Instant | None) -> dict[str, Any]:
    due_at = planned.told.created_at if now is None else now
    return {
        "delivery_id": delivery_id,
        "notification_id": planned.told.notification_id,
        "recipient_key": planned.told.recipient.key,
        "channel": planned.endpoint.channel.value,
        "step": planned.step,
        "endpoint_id": planned.endpoint.endpoint_id,
        "lane": planned.lane,
        "state": DeliveryState.PENDING.value,
        "aside": False,
        "due_at": due_at,
        "reason": "",
        "detail": "",
        "attempts": 0,
        "held": False,
        "digest_id": "",
        "updated_at": due_at,
    }


# Texts for the driver, for the same reason as in `lanes`: they run for whoever is told anything at all, and
# most of those have no endpoint.
_ENDPOINTS = "SELECT DISTINCT recipient_key FROM endpoint WHERE removed_at IS NULL AND recipient_key IN ({})"
_OVERTAKEN = (
    "UPDATE told SET superseded = TRUE "
    "WHERE recipient_key = {0} AND collapse_key = {0} AND cursor < {0} AND NOT superseded"
)


def _with_endpoints(session: Session, keys: Sequence[str]) -> list[str]:
    """Those of the recipients that have an endpoint at all."""
    session.flush()
    mark, found = _mark(session), []
    for begin in range(0, len(keys), _MOST_KEYS):
        some = tuple(keys[begin : begin + _MOST_KEYS])
        statement = _ENDPOINTS.format(", ".join([mark] * len(some)))
        found += [row[0] for row in session.connection().exec_driver_sql(statement, some)]
    return found


def _supersede(session: Session, newer: Sequence[Notification]) -> None:
    """What waits under the same collapse key is not told any more; it is dropped when it is due."""
    marks = [(one.recipient.key, one.collapse_key, one.cursor) for one in newer if one.collapse_key]
    if marks:
        session.connection().exec_driver_sql(_OVERTAKEN.format(_mark(session)), marks)


def _mark(session: Session) -> str:
    """What stands for a value in the driver's SQL."""
    return "?" if session.get_bind().dialect.name == SQLITE else "%s"

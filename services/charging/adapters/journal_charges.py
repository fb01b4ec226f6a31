"""Reads of a journal record only what a re-rating run looks at.

Most of a record is about balances and sessions; that is left undecoded, and
the interpreter to the writer.
"""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.message import DecodeError
from tidemark.charging.v1 import journal_pb2

from services.charging.adapters.messages.common import instant_of
from services.charging.adapters.messages.journal_in import charge, correction, session
from services.charging.domain.corrections.rerated_accounts import Selection
from services.charging.domain.events import Event


class JournalCharges:
    """Fulfils `ChargeReader` with protobuf."""

    def concerned(self, payload: bytes, selection: Selection) -> list[Event]:
        """The events of a record that a selection concerns, in order. Raises ValueError for what is none."""
        record = journal_pb2.JournalRecord()
        try:
            record.ParseFromString(payload)
        except DecodeError as error:
            raise ValueError("not a JournalRecord") from error
        return [
            event
            for entry in record.entries
            for message in entry.events
            for event in _decoded(message, selection)
        ]


def _decoded(message: journal_pb2.Event, selection: Selection) -> Iterator[Event]:
    match message.WhichOneof("event"):
        case "usage_charged":
            item = message.usage_charged
            used_from = instant_of(item.used_from)
            if selection.selects(item.account_id, item.offering_code, used_from):
                yield charge.usage_charged(item)
        case "charge_corrected":
            if message.charge_corrected.run_id == selection.run_id:
                yield correction.charge_corrected(message.charge_corrected)
        case "session_closed":
            if selection.names(message.session_closed.account_id):
                yield session.session_closed(message.session_closed)

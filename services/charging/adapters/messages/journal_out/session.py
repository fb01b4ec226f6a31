"""Events of charging sessions."""

from __future__ import annotations

from tidemark.charging.v1 import charging_data_pb2, journal_pb2

from services.charging.adapters.messages.account_parts import set_subscription
from services.charging.adapters.messages.common import CLOSE_CAUSES, set_instant
from services.charging.adapters.messages.journal_out.circumstances import set_circumstances
from services.charging.domain import events as ev

_UNCHANGED_PERMILLE = 1_000


def session_opened(message: journal_pb2.Event, event: ev.SessionOpened) -> None:
    """A session runs."""
    opened = message.session_opened
    opened.charging_data_ref = event.ref
    opened.subscriber_id = event.subscriber_id
    opened.account_id = event.account_id
    opened.nf_name = event.nf_name
    opened.charging_id = event.charging_id
    opened.zone = event.circumstances.zone
    for item in event.subscriptions:
        set_subscription(opened.subscriptions.add(), item)
    set_instant(opened.started_at, event.started_at)
    set_circumstances(opened.circumstances, event.circumstances)
    if event.tariff_time_change:
        opened.supported_features.append(charging_data_pb2.FEATURE_TARIFF_TIME_CHANGE)


def session_advanced(message: journal_pb2.Event, event: ev.SessionAdvanced) -> None:
    """A session took a request."""
    advanced = message.session_advanced
    advanced.charging_data_ref = event.ref
    advanced.invocation_sequence_number = event.sequence
    set_instant(advanced.last_report_at, event.last_report_at)
    set_instant(advanced.expires_at, event.expires_at)
    advanced.zone = event.circumstances.zone
    if event.reauthorisation_pending:
        advanced.reauthorisation_pending.extend(event.reauthorisation_pending)
    set_circumstances(advanced.circumstances, event.circumstances)
    if event.missing_sequences:
        advanced.missing_sequence_numbers.extend(event.missing_sequences)


def rating_group_changed(message: journal_pb2.Event, event: ev.RatingGroupChanged) -> None:
    """One rating group of a session after a request."""
    changed = message.rating_group_changed
    changed.charging_data_ref = event.ref
    changed.rating_group = event.rating_group
    changed.granted_units = event.granted_units
    for bucket_id, amount in event.reservations:
        held = changed.reservations.add()
        held.bucket_id = bucket_id
        held.amount = amount
    for item in event.rated:
        rated = changed.rated_usage.add()
        rated.catalog_version = item.catalog_version
        rated.offering_code = item.offering_code
        rated.price_code = item.price_code
        rated.used_units = item.used_units
        rated.paid_units = item.paid_units
        if item.factor_permille != _UNCHANGED_PERMILLE:
            rated.factor_permille = item.factor_permille
    if event.local_sequence is not None:
        changed.local_sequence_number = event.local_sequence
    set_instant(changed.last_report_at, event.last_report_at)
    changed.blocked = event.blocked
    if event.missing_local_sequences:
        changed.missing_local_sequence_numbers.extend(event.missing_local_sequences)


def session_closed(message: journal_pb2.Event, event: ev.SessionClosed) -> None:
    """A session ended."""
    closed = message.session_closed
    closed.charging_data_ref = event.ref
    closed.account_id = event.account_id
    closed.cause = CLOSE_CAUSES[event.cause]
    closed.nf_name = event.nf_name


def session_resumed(message: journal_pb2.Event, event: ev.SessionResumed) -> None:
    """A session that had expired goes on."""
    resumed = message.session_resumed
    resumed.charging_data_ref = event.ref
    resumed.account_id = event.account_id


def usage_refused(message: journal_pb2.Event, event: ev.UsageRefused) -> None:
    """A rating group was refused."""
    refused = message.usage_refused
    refused.charging_data_ref = event.ref
    refused.account_id = event.account_id
    refused.subscriber_id = event.subscriber_id
    refused.rating_group = event.rating_group
    refused.result = event.result


def reauthorisation_requested(message: journal_pb2.Event, event: ev.ReauthorisationRequested) -> None:
    """A session should come back."""
    requested = message.reauthorisation_requested
    requested.charging_data_ref = event.ref
    requested.rating_groups.extend(event.rating_groups)
    requested.nf_name = event.nf_name


def abort_requested(message: journal_pb2.Event, event: ev.AbortRequested) -> None:
    """A session must end."""
    requested = message.abort_requested
    requested.charging_data_ref = event.ref
    requested.nf_name = event.nf_name
    requested.detail = event.detail

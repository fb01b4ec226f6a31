"""Events of charging sessions."""

from __future__ import annotations

from tidemark.charging.v1 import charging_data_pb2, journal_pb2

from services.charging.adapters.messages.account_parts import subscription_of
from services.charging.adapters.messages.common import CLOSE_CAUSES_BACK, instant_of
from services.charging.adapters.messages.journal_in.circumstances import circumstances_of
from services.charging.domain import events as ev
from services.charging.domain.state import RatedUsage

_UNCHANGED_PERMILLE = 1_000


def session_opened(message: journal_pb2.SessionOpened) -> ev.SessionOpened:
    """A session runs."""
    return ev.SessionOpened(
        message.charging_data_ref,
        message.subscriber_id,
        message.account_id,
        message.nf_name,
        message.charging_id,
        circumstances_of(message, message.HasField("circumstances")),
        tuple(subscription_of(item) for item in message.subscriptions),
        instant_of(message.started_at),
        charging_data_pb2.FEATURE_TARIFF_TIME_CHANGE in message.supported_features,
    )


def session_advanced(message: journal_pb2.SessionAdvanced) -> ev.SessionAdvanced:
    """A session took a request."""
    return ev.SessionAdvanced(
        message.charging_data_ref,
        message.invocation_sequence_number,
        instant_of(message.last_report_at),
        instant_of(message.expires_at),
        circumstances_of(message, message.HasField("circumstances")),
        tuple(message.reauthorisation_pending),
        tuple(message.missing_sequence_numbers),
    )


def rating_group_changed(message: journal_pb2.RatingGroupChanged) -> ev.RatingGroupChanged:
    """One rating group of a session after a request."""
    return ev.RatingGroupChanged(
        message.charging_data_ref,
        message.rating_group,
        message.granted_units,
        tuple((item.bucket_id, item.amount) for item in message.reservations),
        tuple(_rated_usage(item) for item in message.rated_usage),
        message.local_sequence_number if message.HasField("local_sequence_number") else None,
        instant_of(message.last_report_at),
        message.blocked,
        tuple(message.missing_local_sequence_numbers),
    )


def _rated_usage(item: journal_pb2.RatedUsage) -> RatedUsage:
    return RatedUsage(
        item.catalog_version,
        item.offering_code,
        item.price_code,
        item.used_units,
        item.paid_units,
        item.factor_permille if item.HasField("factor_permille") else _UNCHANGED_PERMILLE,
    )


def session_closed(message: journal_pb2.SessionClosed) -> ev.SessionClosed:
    """A session ended. Raises ValueError for a cause this version does not know."""
    cause = CLOSE_CAUSES_BACK.get(message.cause)
    if cause is None:
        raise ValueError(f"an end of a session for a cause that this version does not know: {message.cause}")
    return ev.SessionClosed(message.charging_data_ref, message.account_id, cause, message.nf_name)


def session_resumed(message: journal_pb2.SessionResumed) -> ev.SessionResumed:
    """A session that had expired goes on."""
    return ev.SessionResumed(message.charging_data_ref, message.account_id)


def usage_refused(message: journal_pb2.UsageRefused) -> ev.UsageRefused:
    """A rating group was refused."""
    return ev.UsageRefused(
        message.charging_data_ref,
        message.account_id,
        message.subscriber_id,
        message.rating_group,
        message.result,
    )


def reauthorisation_requested(message: journal_pb2.ReauthorisationRequested) -> ev.ReauthorisationRequested:
    """A session should come back."""
    return ev.ReauthorisationRequested(
        message.charging_data_ref, tuple(message.rating_groups), message.nf_name
    )


def abort_requested(message: journal_pb2.AbortRequested) -> ev.AbortRequested:
    """A session must end."""
    return ev.AbortRequested(message.charging_data_ref, message.nf_name, message.detail)

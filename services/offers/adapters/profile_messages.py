"""Profiles and consents as protobuf messages, there and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import profile_api_pb2 as api

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import Refused, RefusedError
from services.common.runtime.following_state import FollowerStatus
from services.offers.adapters.decision_messages import stamp
from services.offers.application.ports import Resolved
from services.offers.application.profile_ports import (
    ConsentsAsked,
    ConsentState,
    ProfileShown,
)
from services.offers.domain import reasons
from services.offers.domain.customer import WINDOW_SECONDS, ClassUse
from services.offers.domain.policies import Purpose

_PURPOSES: Mapping[api.Purpose.ValueType, Purpose] = {
    api.PURPOSE_PERSONALISED_OFFERS: Purpose.PERSONALISED_OFFERS,
    api.PURPOSE_OUTBOUND: Purpose.OUTBOUND,
    api.PURPOSE_LOCATION: Purpose.LOCATION,
}
_NUMBERS = {purpose: number for number, purpose in _PURPOSES.items()}


def consents_asked(request: api.SetConsentsRequest, whose: Resolved) -> ConsentsAsked:
    """What is asked. Raises RefusedError FIELD_INVALID for a purpose that is none, or that comes twice."""
    changes: dict[Purpose, bool] = {}
    for index, change in enumerate(request.changes):
        purpose = _PURPOSES.get(change.purpose)
        if purpose is None or purpose in changes:
            words = "each purpose once, none of them unspecified"
            raise RefusedError(Refused(reasons.FIELD_INVALID, words, f"changes.{index}.purpose"))
        changes[purpose] = change.given
    return ConsentsAsked(request.request_id, whose.subscriber_id, whose.account_id, changes, request.evidence)


def consent_message(state: ConsentState) -> api.ConsentState:
    """How a purpose stands."""
    return api.ConsentState(
        purpose=_NUMBERS[state.purpose], given=state.given, at=stamp(state.at), evidence=state.evidence
    )


def profile_message(shown: ProfileShown) -> api.GetProfileResponse:
    """Everything that is kept."""
    return api.GetProfileResponse(
        subscriber_pseudonym=shown.pseudonym,
        feature_seq=shown.feature_seq,
        first_seen_at=stamp(shown.first_seen_at),
        last_used_at=_stamp_if(shown.last_used_at),
        usage=[_usage(code, use) for code, use in shown.usage.items()],
        consents=map(consent_message, shown.consents),
        zone=shown.zone,
        roaming=shown.roaming,
        segment=shown.segment,
        device_class=shown.device_class,
        customer_value=shown.customer_value,
        offering_codes=shown.offering_codes,
        hour_permille=shown.hour_permille,
        fences=[
            api.FencePresence(fence_code=one.fence_code, state=one.state, since=stamp(one.since))
            for one in shown.fences
        ],
        contacts=[
            api.Contact(at=stamp(one.at), offer_code=one.offer_code, channel=one.channel)
            for one in shown.contacts
        ],
        features=shown.features,
        currency_code=shown.currency_code,
    )


def status_message(partitions: Sequence[FollowerStatus], profiles: int) -> api.GetProfileStatusResponse:
    """How far the journal is in."""
    return api.GetProfileStatusResponse(
        partitions=[
            api.PartitionPosition(partition=one.partition, sequence=one.sequence, fault=one.fault)
            for one in partitions
        ],
        profiles=profiles,
    )


def _usage(usage_class: str, use: ClassUse) -> api.ClassUsage:
    windows = zip(WINDOW_SECONDS, use.units, use.spend_minor_micros, strict=True)
    return api.ClassUsage(
        usage_class=usage_class,
        unit=use.unit,
        windows=[
            api.WindowUsage(seconds=seconds, units=units, spend_minor_micros=spend)
            for seconds, units, spend in windows
        ],
        last_used_at=_stamp_if(use.last_used_at),
        decayed_units=use.decayed_units,
    )


def _stamp_if(at: Instant | None) -> Timestamp | None:
    return None if at is None else stamp(at)

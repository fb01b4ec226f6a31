"""Endpoints and preferences: what is refused, and what is shown once."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import pytest

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import RefusedError
from services.notification.adapters.channels.addresses import AddressReader
from services.notification.adapters.channels.webhook import new_secret
from services.notification.application.delivery.registering import EndpointBook
from services.notification.application.delivery.wishing import PreferenceKeeper
from services.notification.domain.channels import Endpoint
from services.notification.domain.facts import Recipient
from services.notification.domain.notifications import Channel
from services.notification.domain.preferences import Preferences
from tests.support.notification_delivery import ANNA, OPERATOR, FixedRules, alert_rules
from tests.support.notification_delivery_clock import NOON, ManualAlarm


class MemoryEndpoints:
    """Fulfils `EndpointRows`."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Endpoint] = {}

    async def add(self, endpoint: Endpoint, identity: str, most: int) -> Endpoint | None:
        """As the database does it."""
        key = (endpoint.recipient.key, identity)
        known = self.kept.get(key)
        if known is not None and known.removed_at is None:
            return known
        if sum(one.removed_at is None for one in self.kept.values()) >= most:
            return None
        self.kept[key] = (
            endpoint
            if known is None
            else dataclasses.replace(known, secret=endpoint.secret, address=endpoint.address, removed_at=None)
        )
        return self.kept[key]

    async def get(self, endpoint_id: str) -> Endpoint | None:
        """One."""
        return next((one for one in self.kept.values() if one.endpoint_id == endpoint_id), None)

    async def remove(self, endpoint_id: str, at: Instant) -> bool:
        """Marks it."""
        for key, one in self.kept.items():
            if one.endpoint_id == endpoint_id:
                self.kept[key] = dataclasses.replace(one, removed_at=at)
                return True
        return False

    async def of(self, recipient: Recipient) -> Sequence[Endpoint]:
        """All."""
        return list(self.kept.values())


def book() -> EndpointBook:
    """On memory."""
    numbers = itertools.count(1)
    return EndpointBook(
        MemoryEndpoints(),
        AddressReader(allow_private=False),
        ManualAlarm(),
        lambda: f"e-{next(numbers)}",
        new_secret,
        "key",
    )


async def refusal(call: object) -> str:
    """The reason with which a call is refused."""
    with pytest.raises(RefusedError) as caught:
        await call  # type: ignore[misc]
    return str(caught.value.refused.reason)


async def test_the_secret_of_a_webhook_is_shown_once() -> None:
    endpoints = book()
    first = await endpoints.register(ANNA, Channel.WEBHOOK, "https://hooks.example.com/a")
    again = await endpoints.register(ANNA, Channel.WEBHOOK, "https://HOOKS.example.com:443/a")
    assert first.signing_secret.startswith("whsec_")
    assert (again.endpoint.endpoint_id, again.signing_secret) == (first.endpoint.endpoint_id, "")
    await endpoints.remove(first.endpoint.endpoint_id)
    anew = await endpoints.register(ANNA, Channel.WEBHOOK, "https://hooks.example.com/a")
    assert anew.endpoint.endpoint_id == first.endpoint.endpoint_id
    assert anew.signing_secret not in ("", first.signing_secret)


async def test_only_webhooks_have_secrets() -> None:
    registered = await book().register(ANNA, Channel.SMS, "+491701234567")
    assert (registered.signing_secret, registered.endpoint.secret) == ("", "")


async def test_what_is_refused() -> None:
    endpoints = book()
    assert await refusal(endpoints.register(ANNA, Channel.OPERATOR, "json://a.example")) == "FIELD_INVALID"
    assert await refusal(endpoints.register(ANNA, Channel.EMAIL, "anna")) == "ADDRESS_INVALID"
    assert await refusal(endpoints.remove("e-9")) == "ENDPOINT_UNKNOWN"
    for number in range(10):
        await endpoints.register(ANNA, Channel.EMAIL, f"anna{number}@example.com")
    assert await refusal(endpoints.register(ANNA, Channel.EMAIL, "x@example.com")) == "TOO_MANY_ENDPOINTS"
    assert (await endpoints.register(ANNA, Channel.EMAIL, "anna1@example.com")).endpoint.endpoint_id == "e-2"
    assert endpoints.vapid_public_key() == "key"


async def test_the_operator_has_channels_of_its_own() -> None:
    registered = await book().register(OPERATOR, Channel.OPERATOR, "json://rooms.example.com/noc")
    assert registered.endpoint.recipient == OPERATOR


class MemoryPreferences:
    """Fulfils `PreferenceRows`."""

    def __init__(self) -> None:
        self.kept: dict[str, Preferences] = {}

    async def get(self, subscriber_id: str) -> Preferences | None:
        """None: nothing was set."""
        return self.kept.get(subscriber_id)

    async def put(self, subscriber_id: str, preferences: Preferences) -> None:
        """Replaces all."""
        self.kept[subscriber_id] = preferences


async def test_preferences_default_to_the_rules_and_consent_gets_its_instant() -> None:
    keeper = PreferenceKeeper(MemoryPreferences(), FixedRules(alert_rules(quiet=(1320, 420))), ManualAlarm())
    assert await keeper.get("s-1") == Preferences(quiet_from_minute=1320, quiet_until_minute=420)
    wanted = Preferences(marketing_consent=True, consent_evidence="app, screen 3")
    kept = await keeper.put("s-1", wanted)
    assert kept == dataclasses.replace(wanted, consented_at=NOON)
    assert await keeper.get("s-1") == kept
    assert await refusal(keeper.put("s-1", Preferences(time_zone="Nowhere"))) == "PREFERENCES_INVALID"

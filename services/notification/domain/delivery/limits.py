"""Which limits a message comes under, and by what each counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.kernel.clock import MINUTE
from services.notification.domain.notifications import Channel
from services.notification.domain.rules import RateLimit

SUBSCRIBER, CHANNEL, TENANT = "subscriber", "channel", "tenant"


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `most` sent in any `window` of microseconds, counted under `key`."""

    key: str
    most: int
    window: int


def caps_of(limits: Sequence[RateLimit], recipient_key: str, channel: Channel) -> tuple[Cap, ...]:
    """The caps of a message. Limits of another channel are none of its."""
    return tuple(
        Cap(_key(limit, recipient_key, channel), limit.most, limit.minutes * MINUTE)
        for limit in limits
        if limit.channel in (None, channel)
    )


def keys_of(recipient_key: str, channel: Channel) -> tuple[str, ...]:
    """Every key under which something sent counts, whatever limits there are."""
    return (
        f"{SUBSCRIBER}/{recipient_key}",
        f"{SUBSCRIBER}/{recipient_key}/{channel.value}",
        f"{CHANNEL}/{channel.value}",
        TENANT,
        f"{TENANT}/{channel.value}",
    )


def longest_window(limits: Sequence[RateLimit]) -> int:
    """In microseconds; 0: there is no limit."""
    return max((limit.minutes * MINUTE for limit in limits), default=0)


def _key(limit: RateLimit, recipient_key: str, channel: Channel) -> str:
    """A limit without a channel counts all channels together, but for the scope `channel`: each by itself."""
    if limit.scope == CHANNEL:
        return f"{CHANNEL}/{channel.value}"
    whose = TENANT if limit.scope == TENANT else f"{SUBSCRIBER}/{recipient_key}"
    return f"{whose}/{channel.value}" if limit.channel is not None else whose

"""How hard each channel is tried: how often, how long, how many at once; and when to try again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.common.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant
from services.notification.domain.channels import TryLater
from services.notification.domain.notifications import Channel

LONGEST_WISH = 1 * DAY
"""A receiver that asks for more time than this gets this."""

WITH_A_WAY_OUT = 3
"""So many attempts before the next channel of a chain takes over."""

_PERMILLE = 1000


@dataclass(frozen=True, slots=True)
class Pace:
    """Of one channel. Delays double from `first_delay` to `longest_delay`, each less up to half by chance.

    `attempts` and `age` bound the tries of one message; `at_once` and `at_once_per_host` what is under way.
    """

    at_once: int
    at_once_per_host: int
    attempts: int
    age: int
    first_delay: int
    longest_delay: int


PACES: Mapping[Channel, Pace] = {
    Channel.WEBHOOK: Pace(64, 8, 20, 2 * DAY, 5 * SECOND, 4 * HOUR),
    Channel.WEB_PUSH: Pace(64, 32, 10, 6 * HOUR, 5 * SECOND, 1 * HOUR),
    Channel.EMAIL: Pace(16, 16, 15, 2 * DAY, 30 * SECOND, 4 * HOUR),
    Channel.SMS: Pace(16, 16, 10, 6 * HOUR, 5 * SECOND, 1 * HOUR),
    Channel.OPERATOR: Pace(4, 4, 10, 6 * HOUR, 10 * SECOND, 1 * HOUR),
}


@dataclass(frozen=True, slots=True)
class Again:
    """Try again then."""

    at: Instant


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It was tried often, or long, enough."""


def after_failure(
    pace: Pace,
    attempts: int,
    first_attempt_at: Instant,
    now: Instant,
    later: TryLater,
    has_way_out: bool,
    chance_permille: int,
) -> Again | GivenUp:
    """What comes after a failed attempt. `attempts`: so far, this one included, from 1.

    `has_way_out`: another channel of the chain reaches the recipient. `chance_permille`: 0 to 999, drawn
    anew at each call.
    """
    most = min(pace.attempts, WITH_A_WAY_OUT) if has_way_out else pace.attempts
    if attempts >= most:
        return GivenUp()
    at = Instant(now + max(_backed_off(pace, attempts, chance_permille), _wished(later)))
    return Again(at) if at <= first_attempt_at + pace.age else GivenUp()


def _backed_off(pace: Pace, attempts: int, chance_permille: int) -> int:
    # 2 ** 30 is beyond every longest delay.
    delay = min(pace.longest_delay, pace.first_delay << min(attempts - 1, 30))
    return delay - delay * chance_permille // (2 * _PERMILLE)


def _wished(later: TryLater) -> int:
    return min(LONGEST_WISH, (later.after_seconds or 0) * SECOND)


BREAKS_AFTER = 5
FIRST_PAUSE = 30 * SECOND
LONGEST_PAUSE = 10 * MINUTE
"""A breaker opens after so many failures in a row, for the first pause, then twice as long each time."""

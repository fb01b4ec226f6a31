"""Who watches in the demo's offers: captures with much video, on accounts of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.cli.demo.audit.usage import CaptureUsage
from services.cli.replay.identity import Run
from services.cli.replay.subscribers import AccountPlan, SubscriberPlan
from services.common.kernel.clock import MINUTE, Instant, utc
from services.common.kernel.ratio import ceil_div

VIDEO = frozenset({"Video", "Streaming", "Media"})
"""Categories of the table that the catalog's Video Pass pays for."""
MUCH_OCTETS = 200_000
"""What examples/offers takes for a heavy hour."""
OFFER = "video-pass"

_MONEY = "10.00"
_PLAN = "prepaid-data"
_BEFORE = 10 * MINUTE
"""Usage clocks begin so long ago, so that the longest capture has ended by now."""
_STEP_OCTETS = 1_024
_NOON = 12
_MOST_EAST, _MOST_WEST = 14, 12


@dataclass(frozen=True, slots=True)
class Evening(Run):
    """The same subscribers once more: other sessions, the same identifiers and accounts."""

    def pdu_session(self, capture: str) -> str:
        """Charging id of the capture's PDU session."""
        return f"{Run.pdu_session(self, capture)}-again"

    def call(self, capture: str, ordinal: int) -> str:
        """Charging id of the capture's n-th call, from 1."""
        return f"{Run.call(self, capture, ordinal)}-again"

    def message(self, capture: str, ordinal: int) -> str:
        """Charging id of the capture's n-th message, from 1."""
        return f"{Run.message(self, capture, ordinal)}-again"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A subscriber whose traffic is one capture. `consents`: whether they let their usage be looked at.

    `paid_octets`: the video as the plan and the pass count it, each rating group in whole KiB.
    """

    run: Run
    capture: str
    video_octets: int
    paid_octets: int
    consents: bool = True

    @property
    def name(self) -> str:
        """For people."""
        return self.capture if self.consents else f"{self.capture}, no consent"

    @property
    def identifier(self) -> str:
        """SUPI."""
        return self.run.supi(self.capture)

    @property
    def plan(self) -> AccountPlan:
        """An account without any pass."""
        subscriber = SubscriberPlan(self.capture, (_PLAN,))
        return AccountPlan(self.run.account_id(self.capture), (subscriber,), _MONEY)

    def again(self, now: Instant) -> Run:
        """The run of their next traffic, from now on: a pass pays for nothing that was before it."""
        return Evening(self.run.name, now)


def viewers_of(usage: Mapping[str, CaptureUsage], name: str, now: Instant) -> Sequence[Viewer]:
    """Captures with much video, the most first; and the first once more, for somebody who gave no consent."""
    heavy = {capture: [used.octets[category] for category in VIDEO] for capture, used in usage.items()}
    ordered = sorted(
        ((sum(octets), capture) for capture, octets in heavy.items() if sum(octets) > MUCH_OCTETS),
        reverse=True,
    )
    offers, strangers = (
        Run(f"{name}-offers", Instant(now - _BEFORE)),
        Run(f"{name}-strangers", Instant(now - _BEFORE)),
    )

    def viewer(run: Run, octets: int, capture: str) -> Viewer:
        paid = sum(ceil_div(used, _STEP_OCTETS) * _STEP_OCTETS for used in heavy[capture])
        return Viewer(run, capture, octets, paid, consents=run is offers)

    return [
        *(viewer(offers, octets, capture) for octets, capture in ordered),
        *(viewer(strangers, octets, capture) for octets, capture in ordered[:1]),
    ]


def zone_at_noon(now: Instant) -> str:
    """An IANA zone where it is about noon: offers keep quiet at night, and the demo runs at any hour."""
    hours = _NOON - datetime.fromtimestamp(utc(now).timestamp(), UTC).hour
    hours = hours - 24 if hours > _MOST_EAST else hours + 24 if hours < -_MOST_WEST else hours
    # POSIX signs: Etc/GMT-2 is two hours east.
    return "Etc/GMT" if hours == 0 else f"Etc/GMT{-hours:+d}"

"""The act itself: traffic, what it raised and why, one offer taken, and the next traffic paid from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import (
    account_api_pb2,
    account_api_pb2_grpc,
    journal_api_pb2,
    journal_api_pb2_grpc,
    journal_pb2,
)
from tidemark.offers.v1 import decision_pb2

from services.cli.demo.audit.witnesses import ask_status
from services.cli.demo.inputs import DemoInputs
from services.cli.demo.offering.desk import OffersDesk
from services.cli.demo.offering.viewers import OFFER, Viewer, viewers_of, zone_at_noon
from services.cli.demo.scenes.shown import Shown
from services.cli.instants import present
from services.cli.replay.delivery import Delivery
from services.cli.replay.identity import Run
from services.cli.replay.lane import Lane
from services.cli.replay.player import play
from services.cli.replay.provisioning import open_accounts, provision_request
from services.cli.replay.rating_groups import RatingGroups
from services.common.kernel.amount_words import show_units
from services.common.kernel.clock import MILLISECOND, SECOND, Instant

_CALL_SECONDS = 30.0
_TIMES = 3
_PASS_OCTETS = 5_000_000_000
_CERTAIN = 1e-9


@dataclass(frozen=True, slots=True)
class Raised:
    """An offer that traffic raised by itself, and how long after its journal record it was decided."""

    viewer: Viewer
    decision: decision_pb2.Decision
    after_milliseconds: int

    @property
    def presented(self) -> decision_pb2.Candidate:
        """What was presented."""
        return next(candidate for candidate in self.decision.candidates if candidate.rank == 1)


@dataclass(frozen=True, slots=True)
class Offering:
    """What came of it: who was offered what, and things shown beside what they must be.

    `page`: what the last of them finds on the first page of the app; None where nobody watches.
    """

    raised: tuple[Raised, ...]
    shown: tuple[Shown, ...]
    page: decision_pb2.Decision | None = None

    @property
    def good(self) -> bool:
        """True where everything came as it had to."""
        return all(shown.good for shown in self.shown)

    @property
    def slowest_milliseconds(self) -> int:
        """From usage in the journal to the decision, at most."""
        return max((raised.after_milliseconds for raised in self.raised), default=0)

    def document(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "raised": [
                {
                    "capture": raised.viewer.capture,
                    "video_octets": raised.viewer.video_octets,
                    "decision_id": raised.decision.decision_id,
                    "offer": raised.presented.offer_code,
                    "probability": raised.presented.probability,
                    "reasons": list(raised.presented.reasons),
                    "after_milliseconds": raised.after_milliseconds,
                    "dropped": {dropped.offer_code: dropped.reason for dropped in raised.decision.dropped},
                }
                for raised in self.raised
            ],
            "page": _page_document(self.page),
            "shown": [
                {"what": shown.what, "expected": shown.expected, "found": shown.found} for shown in self.shown
            ],
        }


def _page_document(page: decision_pb2.Decision | None) -> dict[str, Any]:
    if page is None:
        return {}
    return {
        "decision_id": page.decision_id,
        "candidates": {candidate.offer_code: candidate.probability for candidate in page.candidates},
        "dropped": {dropped.offer_code: dropped.reason for dropped in page.dropped},
    }


async def offer(
    inputs: DemoInputs, charging: grpc.aio.Channel, desk: OffersDesk, groups: RatingGroups, now: Instant
) -> Offering:
    """Plays captures with much video for subscribers without a pass, and sees what they are offered.

    Raises AioRpcError, DeliveryError, WitnessSilentError.
    """
    viewers = viewers_of(inputs.usage, inputs.run.name, now)
    zone = zone_at_noon(now)
    await open_accounts(charging, [_in_zone(inputs, viewer, zone) for viewer in viewers])
    await desk.folded(await _head(charging))
    for viewer in viewers:
        if viewer.consents:
            await desk.consent(f"{viewer.run.name}/{viewer.capture}", viewer.identifier)
    await play([_lane(inputs, viewer, viewer.run, groups) for viewer in viewers], Delivery(charging))
    watching = [viewer for viewer in viewers if viewer.consents]
    raised = [await _raised(charging, desk, viewer) for viewer in watching]
    await desk.folded(await _head(charging))
    shown = [_first_shown(one) for one in raised]
    shown += [await _nothing_for(desk, viewer) for viewer in viewers if not viewer.consents]
    if not raised:
        return Offering((), tuple(shown))
    shown += await _taken(inputs, charging, desk, groups, raised[0])
    last = raised[-1].viewer
    page = await desk.first_page(f"{last.run.name}/page", last.identifier)
    shown.append(_page_shown(page))
    return Offering(tuple(raised), tuple(shown), page)


def _in_zone(inputs: DemoInputs, viewer: Viewer, zone: str) -> account_api_pb2.ProvisionAccountRequest:
    request = provision_request(viewer.run, viewer.plan, inputs.price_list.currency)
    for subscriber in request.subscribers:
        subscriber.time_zone = zone
    return request


def _lane(inputs: DemoInputs, viewer: Viewer, run: Run, groups: RatingGroups) -> Lane:
    flows = [flow for flow in inputs.flows if flow.capture == viewer.capture]
    return Lane(run, viewer.plan.account_id, flows, groups)


async def _raised(charging: grpc.aio.Channel, desk: OffersDesk, viewer: Viewer) -> Raised:
    decision = await desk.pushed_to(viewer.identifier)
    recorded_at = await _recorded_at(charging, decision.feature_seq)
    return Raised(viewer, decision, (_instant(decision.decided_at) - recorded_at) // MILLISECOND)


def _first_shown(raised: Raised) -> Shown:
    octets = show_units(raised.viewer.video_octets, "octets")
    return Shown(
        f"{raised.viewer.capture}: {octets} of video, and right after the traffic comes",
        OFFER,
        raised.presented.offer_code,
    )


async def _nothing_for(desk: OffersDesk, viewer: Viewer) -> Shown:
    decisions = await desk.decisions(viewer.identifier)
    offered = [code for decision in decisions for code in decision.presented_offer_codes]
    return Shown(
        f"{viewer.capture}, whose usage nobody may look at: offered",
        "nothing",
        ", ".join(offered) or "nothing",
    )


def _page_shown(page: decision_pb2.Decision) -> Shown:
    """Probabilities of a whole decision add up to one, and nothing shown was impossible."""
    total = sum(candidate.probability for candidate in page.candidates)
    first = next((candidate for candidate in page.candidates if candidate.rank == 1), None)
    sound = first is not None and first.probability > 0 and abs(total - 1) < _CERTAIN
    return Shown(
        f"the app's first page: one of {len(page.candidates)}, drawn with probabilities that add up to",
        "1",
        "1" if sound else f"{total}",
    )


async def _taken(
    inputs: DemoInputs,
    charging: grpc.aio.Channel,
    desk: OffersDesk,
    groups: RatingGroups,
    raised: Raised,
) -> Sequence[Shown]:
    """The first is taken, three times over; the same traffic comes once more and is paid from it."""
    viewer, decision = raised.viewer, raised.decision
    for _ in range(_TIMES):
        await desk.accept(f"{viewer.run.name}/accept", decision.decision_id, raised.presented.offer_code)
    account = await _account(charging, viewer)
    lane = _lane(inputs, viewer, viewer.again(present()), groups)
    await play([lane], Delivery(charging))
    left = await _account(charging, viewer)
    return [
        Shown(
            f"{viewer.capture} takes it, sent {_TIMES} times: on the account",
            show_units(_PASS_OCTETS, "octets"),
            _pass_of(account),
        ),
        Shown(
            "the same traffic once more, paid from the pass",
            show_units(viewer.paid_octets, "octets"),
            show_units(_pass_units(account) - _pass_units(left), "octets"),
        ),
    ]


def _pass_of(account: account_api_pb2.Account) -> str:
    return show_units(_pass_units(account), "octets")


def _pass_units(account: account_api_pb2.Account) -> int:
    """What is in all buckets of the pass."""
    return sum(
        bucket.quantity.amount
        for bucket in account.buckets
        if bucket.offering_code == OFFER and bucket.HasField("quantity")
    )


async def _account(charging: grpc.aio.Channel, viewer: Viewer) -> account_api_pb2.Account:
    request = account_api_pb2.GetAccountRequest(account_id=viewer.plan.account_id)
    stub = account_api_pb2_grpc.AccountServiceStub(charging)
    return (await stub.GetAccount(request, timeout=_CALL_SECONDS)).account


async def _head(charging: grpc.aio.Channel) -> int:
    return max((status.head_sequence for status in await ask_status(charging)), default=0)


async def _recorded_at(charging: grpc.aio.Channel, sequence: int) -> Instant:
    """When the journal took a record."""
    request = journal_api_pb2.ReadJournalRequest(after_sequence=sequence - 1)
    call = journal_api_pb2_grpc.JournalServiceStub(charging).ReadJournal(request, timeout=_CALL_SECONDS)
    try:
        async for row in call:
            return _instant(journal_pb2.JournalRecord.FromString(row.payload).recorded_at)
    finally:
        call.cancel()
    return Instant(0)


def _instant(stamp: Timestamp) -> Instant:
    return Instant(stamp.seconds * SECOND + stamp.nanos // 1_000)

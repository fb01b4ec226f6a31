"""Declining, feedback, and windows that close."""

from __future__ import annotations

import pytest

from services.common.kernel.clock import DAY, Instant
from services.common.kernel.outcome import RefusedError
from services.offers.application.ignoring import Ignoring
from services.offers.domain.acceptance import AnswerState, ChargingRefusal, DeclineRequest, FeedbackRequest
from services.offers.domain.decisions import OutcomeKind
from services.offers.domain.policies import Purpose
from tests.support.charging_world import ManualClock
from tests.support.offers_effects import QUIET_DAYS, EffectsWorld, no, yes


async def reason(world: EffectsWorld, request: DeclineRequest | FeedbackRequest) -> str:
    """Why an answer is refused."""
    with pytest.raises(RefusedError) as caught:
        if isinstance(request, DeclineRequest):
            await world.effects.decline(request)
        else:
            await world.effects.feedback(request)
    return caught.value.refused.reason.name


async def test_a_no_keeps_the_offer_quiet_for_as_long_as_the_policies_say() -> None:
    world = EffectsWorld()
    world.present()
    declined = await world.effects.decline(no())
    assert declined.quiet_until == world.clock.now() + QUIET_DAYS * DAY
    assert world.quiet.until == {("s-1", "video-pass"): declined.quiet_until}
    assert world.stored.kinds("d-1") == [OutcomeKind.DECLINED]
    assert world.stored.outcomes[0].reason == "not-interested"
    assert ("s-1", Purpose.OUTBOUND) in world.consents.given


async def test_declining_twice_gives_the_first_end_and_is_learnt_from_once() -> None:
    world = EffectsWorld()
    world.present()
    first = await world.effects.decline(no())
    world.hours_later(48)
    assert await world.effects.decline(no()) == first
    assert await world.effects.decline(no("r-2")) == first
    assert world.stored.kinds("d-1") == [OutcomeKind.DECLINED]


async def test_never_again_ends_consent_to_outbound_offers_with_its_evidence() -> None:
    world = EffectsWorld()
    world.present()
    await world.effects.decline(no(never_again=True))
    assert ("s-1", Purpose.OUTBOUND) not in world.consents.given
    assert ("s-1", Purpose.PERSONALISED_OFFERS) in world.consents.given
    assert world.consents.evidence == ["declined video-pass of decision d-1: never again"]
    assert set(world.stored.kinds("d-1")) == {OutcomeKind.DECLINED, OutcomeKind.OPTED_OUT}


async def test_never_again_may_be_added_to_a_no() -> None:
    world = EffectsWorld()
    world.present()
    first = await world.effects.decline(no())
    assert await world.effects.decline(no("r-2", never_again=True)) == first
    assert ("s-1", Purpose.OUTBOUND) not in world.consents.given
    assert world.answer().never_again
    assert world.stored.kinds("d-1") == [OutcomeKind.DECLINED, OutcomeKind.OPTED_OUT]


async def test_what_was_accepted_cannot_be_declined_nor_while_charging_is_asked() -> None:
    world = EffectsWorld()
    world.present()
    world.charging.is_away = True
    with pytest.raises(RefusedError):
        await world.effects.accept(yes())
    assert await reason(world, no("r-2")) == "OFFER_ACCEPTED_ALREADY"
    world.charging.is_away = False
    await world.effects.accept(yes())
    assert await reason(world, no("r-2")) == "OFFER_ACCEPTED_ALREADY"
    assert world.quiet.until == {}, "what is refused changes nothing"


async def test_what_charging_refused_may_be_declined() -> None:
    world = EffectsWorld()
    world.present()
    world.charging.refusal = ChargingRefusal("ALREADY_SUBSCRIBED", "had")
    with pytest.raises(RefusedError):
        await world.effects.accept(yes())
    await world.effects.decline(no("r-2"))
    assert world.answer().state is AnswerState.DECLINED
    assert world.stored.kinds("d-1") == [OutcomeKind.DECLINED]


async def test_a_no_without_policies_keeps_quiet_for_the_usual_time() -> None:
    world = EffectsWorld()
    world.present()
    world.policies.in_force = None
    assert (await world.effects.decline(no())).quiet_until > world.clock.now()


async def test_declining_what_was_not_presented_is_refused() -> None:
    world = EffectsWorld()
    assert await reason(world, no()) == "DECISION_UNKNOWN"
    world.present(offer_code="another-offer")
    assert await reason(world, no()) == "OFFER_NOT_PRESENTED"
    await world.effects.decline(no("r-1", offer_code="another-offer"))
    world.present()
    assert await reason(world, no("r-1")) == "DUPLICATE_DIFFERS"


async def test_each_kind_of_feedback_is_noted_once() -> None:
    world = EffectsWorld()
    world.present()
    seen = FeedbackRequest("r-1", "d-1", "video-pass", OutcomeKind.SEEN)
    rated = FeedbackRequest("r-2", "d-1", "video-pass", OutcomeKind.RATED, 4)
    for request in (seen, seen, rated, rated, FeedbackRequest("r-3", "d-1", "video-pass", OutcomeKind.SEEN)):
        await world.effects.feedback(request)
    assert [(item.kind, item.rating) for item in world.stored.outcomes] == [
        (OutcomeKind.SEEN, 0),
        (OutcomeKind.RATED, 4),
    ]
    other = FeedbackRequest("r-2", "d-1", "video-pass", OutcomeKind.RATED, 5)
    assert await reason(world, other) == "DUPLICATE_DIFFERS"
    unknown = FeedbackRequest("r-4", "d-9", "video-pass", OutcomeKind.SEEN)
    assert await reason(world, unknown) == "DECISION_UNKNOWN"


class _Windows:
    """So many windows that are due."""

    def __init__(self, due: int) -> None:
        self.due = due
        self.asked: list[tuple[Instant, int]] = []

    async def close_before(self, now: Instant, limit: int) -> int:
        self.asked.append((now, limit))
        closed = min(self.due, limit)
        self.due -= closed
        return closed


async def test_windows_close_in_batches_until_none_is_due() -> None:
    clock, windows = ManualClock(), _Windows(7)
    assert await Ignoring(windows, clock, batch=3).close_due() == 7
    assert windows.due == 0
    assert {at for at, _ in windows.asked} == {clock.now()}
    assert {limit for _, limit in windows.asked} == {3}

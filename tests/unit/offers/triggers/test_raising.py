"""What an event raises: each kind of trigger, the matrix of consents, and where offers go."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from services.common.kernel.clock import Instant
from services.offers.domain.compiled import CompiledOffer, CompiledPolicies, Facts
from services.offers.domain.customer import ClassUse, CustomerView
from services.offers.domain.decisions import Asked
from services.offers.domain.policies import Purpose, TriggerKind
from services.offers.domain.triggers import Happened, outbound_outlet, raised_by
from tests.support.offers_triggers import EVERYTHING, customer, low, on, policies_with, triggered

NOW = Instant(1_796_083_200_000_000)
USAGE = Happened(TriggerKind.USAGE)
LOW = Happened(TriggerKind.ALLOWANCE_LOW)
ROAMING = Happened(TriggerKind.ROAMING)
STADIUM = Happened(TriggerKind.FENCE_ENTERED, "stadium")
HAPPENED = {one.kind: one for one in (USAGE, LOW, ROAMING, STADIUM)}

PURPOSES = [
    frozenset(chosen)
    for chosen in chain.from_iterable(combinations(Purpose, size) for size in range(len(Purpose) + 1))
]


def somebody(**changed: object) -> CustomerView:
    """Low on video, roaming, in the stadium: whatever happens still holds."""
    known: dict[str, object] = {
        "allowances": low(),
        "roaming": True,
        "fences": frozenset({"stadium"}),
        "currency_code": "EUR",
    }
    return customer(**(known | changed))  # type: ignore[arg-type]


def every_kind(**about: object) -> CompiledOffer:
    triggers = [
        on(kind, fence="stadium" if kind is TriggerKind.FENCE_ENTERED else "") for kind in TriggerKind
    ]
    return triggered("pass", *triggers, **about)  # type: ignore[arg-type]


def codes(asked: tuple[Asked, ...]) -> set[str]:
    return {code for one in asked for code in one.offer_codes or ()}


def raised(policies: CompiledPolicies, view: CustomerView, happened: Happened) -> set[str]:
    return codes(raised_by(policies, view, happened, NOW))


@pytest.mark.parametrize("kind", list(TriggerKind))
def test_each_kind_raises_the_offers_that_wait_for_it_and_no_others(kind: TriggerKind) -> None:
    policies = policies_with(
        *(triggered(each.value, on(each, fence="stadium")) for each in TriggerKind), triggered("none")
    )
    assert raised(policies, somebody(), HAPPENED[kind]) == {kind.value}


def test_a_decision_that_was_raised_says_by_what_for_which_offers_and_that_nobody_asked() -> None:
    policies = policies_with(triggered("pass", on(TriggerKind.FENCE_ENTERED, fence="stadium")))
    (asked,) = raised_by(policies, somebody(), STADIUM, NOW)
    assert asked == Asked(
        placement="push",
        channel="push",
        raised_by="fence-entered",
        fence_code="stadium",
        offer_codes=frozenset({"pass"}),
        outbound=True,
    )


@pytest.mark.parametrize("consents", PURPOSES, ids=lambda given: "+".join(sorted(p.value for p in given)))
@pytest.mark.parametrize("kind", list(TriggerKind))
@pytest.mark.parametrize("personalised", [True, False])
def test_each_consent_is_its_own(consents: frozenset[Purpose], kind: TriggerKind, personalised: bool) -> None:
    policies = policies_with(every_kind(personalised=personalised))
    by_place = kind is TriggerKind.FENCE_ENTERED
    needed = {Purpose.OUTBOUND}
    if by_place:
        needed.add(Purpose.LOCATION)
    if personalised or not by_place:
        needed.add(Purpose.PERSONALISED_OFFERS)
    found = raised(policies, somebody(consents=consents), HAPPENED[kind])
    assert found == ({"pass"} if needed <= consents else set())


@pytest.mark.parametrize("kind", list(TriggerKind))
def test_who_is_barred_is_left_in_peace(kind: TriggerKind) -> None:
    policies = policies_with(every_kind(), every_kind(personalised=False))
    assert raised(policies, somebody(barred=True), HAPPENED[kind]) == set()


def test_only_the_fence_of_the_trigger_raises() -> None:
    policies = policies_with(
        triggered("here", on(TriggerKind.FENCE_ENTERED, fence="stadium")),
        triggered("there", on(TriggerKind.FENCE_ENTERED, fence="arena")),
    )
    assert raised(policies, somebody(), STADIUM) == {"here"}


def test_a_fence_that_was_left_meanwhile_raises_nothing() -> None:
    policies = policies_with(every_kind())
    assert raised(policies, somebody(fences=frozenset({"arena"})), STADIUM) == set()


@pytest.mark.parametrize(
    ("left", "given", "below", "is_low"),
    [
        (20, 100, 20, True),
        (21, 100, 20, False),
        (0, 100, 20, True),
        (0, 0, 20, False),
        (5, 100, 5, True),
        (6, 100, 5, False),
        (199_999_999, 1_000_000_000, 20, True),
        (200_000_001, 1_000_000_000, 20, False),
    ],
)
def test_an_allowance_is_low_at_its_share_and_not_above(
    left: int, given: int, below: int, is_low: bool
) -> None:
    policies = policies_with(triggered("pass", on(TriggerKind.ALLOWANCE_LOW, below=below)))
    assert raised(policies, somebody(allowances=low(left, given)), LOW) == ({"pass"} if is_low else set())


def test_the_allowance_must_be_one_of_the_offers_own_classes() -> None:
    policies = policies_with(triggered("music", on(TriggerKind.ALLOWANCE_LOW), usage_classes=("music",)))
    assert raised(policies, somebody(), LOW) == set()


def test_a_zone_at_home_raises_nothing() -> None:
    assert raised(policies_with(every_kind()), somebody(roaming=False), ROAMING) == set()


@pytest.mark.parametrize(("answer", "expected"), [(True, {"pass"}), (False, set()), (None, set())])
def test_the_condition_of_a_trigger_must_hold(answer: bool | None, expected: set[str]) -> None:
    policies = policies_with(triggered("pass", on(TriggerKind.USAGE, lambda _: answer)))
    assert raised(policies, somebody(), USAGE) == expected


def test_one_trigger_of_several_is_enough() -> None:
    offer = triggered(
        "pass", on(TriggerKind.USAGE, lambda _: False), on(TriggerKind.ROAMING), on(TriggerKind.USAGE)
    )
    assert raised(policies_with(offer), somebody(), USAGE) == {"pass"}


def test_a_condition_reads_the_customer_the_offer_and_what_raised_it() -> None:
    seen: list[dict[str, object]] = []

    def look(facts: Facts) -> bool:
        seen.append(dict(facts.variables))
        return True

    use = ClassUse("octets", units=(0, 7, 7, 7, 7))
    policies = policies_with(triggered("pass", on(TriggerKind.USAGE, look)))
    raised_by(policies, somebody(usage={"video": use}), USAGE, NOW)
    (variables,) = seen
    assert variables["usage"]["video"]["hour"] == 7  # type: ignore[index]
    assert variables["raised"] == {"by": "usage", "fence": ""}
    assert variables["offer"]["code"] == "pass"  # type: ignore[index]


def test_the_condition_of_an_offer_for_everybody_sees_no_usage() -> None:
    seen: list[object] = []

    def look(facts: Facts) -> bool:
        seen.append(facts.variables["usage"]["video"]["hour"])  # type: ignore[index]
        return True

    use = ClassUse("octets", units=(0, 7, 7, 7, 7))
    offer = triggered("hello", on(TriggerKind.FENCE_ENTERED, look, "stadium"), personalised=False)
    assert raised(policies_with(offer), somebody(usage={"video": use}), STADIUM) == {"hello"}
    assert seen == [0]


@pytest.mark.parametrize(
    ("channels", "placements", "outlet"),
    [
        (("app", "push"), ("app-home", "push"), ("push", "push")),
        (("push", "app"), ("push", "app-home"), ("push", "push")),
        (("sms", "push"), ("app-home", "push"), ("push", "sms")),
        (("push",), ("app-home", "care-call"), ("care-call", "push")),
        (("app",), ("app-home", "push"), None),
        (("push",), (), None),
    ],
)
def test_the_outlet_is_the_first_outbound_channel_and_the_placement_of_its_name(
    channels: tuple[str, ...], placements: tuple[str, ...], outlet: tuple[str, str] | None
) -> None:
    offer = triggered("pass", on(TriggerKind.USAGE), channels=channels, placements=placements)
    policies = policies_with(offer)
    assert outbound_outlet(policies, offer.offer) == outlet
    asked = raised_by(policies, somebody(), USAGE, NOW)
    assert [(one.placement, one.channel) for one in asked] == ([] if outlet is None else [outlet])


def test_offers_of_one_outlet_are_decided_about_together() -> None:
    policies = policies_with(
        triggered("a", on(TriggerKind.USAGE)),
        triggered("b", on(TriggerKind.USAGE)),
        triggered("c", on(TriggerKind.USAGE), channels=("sms",), placements=("care-call",)),
        triggered("d", on(TriggerKind.USAGE), channels=("app",)),
    )
    asked = raised_by(policies, somebody(), USAGE, NOW)
    assert [(one.placement, one.channel, one.offer_codes) for one in asked] == [
        ("care-call", "sms", frozenset({"c"})),
        ("push", "push", frozenset({"a", "b"})),
    ]


def test_the_consents_of_these_tests_are_all_there_are() -> None:
    assert set(Purpose) == EVERYTHING
    assert len(PURPOSES) == 8

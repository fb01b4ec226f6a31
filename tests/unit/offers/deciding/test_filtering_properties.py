"""Whatever a customer is like: every offer ends in one list, and nothing goes out without consent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import DAY, Instant
from services.offers.application.deciding import Question, decide
from services.offers.application.decision_scoring import Scoring
from services.offers.domain.budgets import BudgetUse
from services.offers.domain.compiled import CompiledPolicies, OfferTerms
from services.offers.domain.contacts import ContactHistory, Presentation
from services.offers.domain.customer import AllowanceState, CustomerView
from services.offers.domain.decisions import Asked
from services.offers.domain.filtering import eligible_offers
from services.offers.domain.policies import (
    Budget,
    ContactCap,
    ContactPolicy,
    Exploration,
    Purpose,
    QuietHours,
)
from tests.support.offers_deciding import (
    EURO,
    GIGABYTE,
    NOW,
    compiled,
    customer,
    heavy_hour,
    never,
    offer,
    policies,
    video_use,
)
from tests.support.offers_recommending import FakeScorer, SetScorers

PAID = OfferTerms(
    price_minor_micros=2 * EURO,
    currency_code="EUR",
    duration_days=7,
    rating_groups=frozenset({107, 108}),
    allowances={"octets": 3 * GIGABYTE},
)
CONTACT = ContactPolicy(
    caps=(ContactCap(2, 1, ("push",)), ContactCap(5, 7)),
    quiet_hours=QuietHours(22 * 60, 8 * 60),
    repeat_quiet_hours=24,
)
MIXED: CompiledPolicies = policies(
    compiled(offer("plain")),
    compiled(offer("heavy"), suitability=heavy_hour),
    compiled(offer("never"), eligibility=never),
    compiled(offer("paid", not_worse_off=True, usage_classes=("video",)), terms=PAID),
    compiled(offer("local", fence_codes=("arena",))),
    compiled(offer("all", personalised=False)),
    compiled(offer("all-local", personalised=False, fence_codes=("arena",))),
    compiled(offer("bounded", budget=Budget(acceptances=3))),
    compiled(offer("young", immature_daily_cap=2)),
    contact=CONTACT,
    exploration=Exploration(most_candidates=4, control_permille=20),
)
CODES = sorted(item.offer.code for item in MIXED.offers)
amounts = st.integers(0, 10 * GIGABYTE)

views = st.builds(
    customer,
    consents=st.frozensets(st.sampled_from(list(Purpose))),
    barred=st.booleans(),
    pseudonym=st.text(min_size=1, max_size=5),
    zone=st.sampled_from(["", "home", "abroad"]),
    currency_code=st.sampled_from(["", "EUR", "CHF"]),
    time_zone=st.sampled_from(["", "Europe/Berlin", "Asia/Tokyo"]),
    money_minor_micros=st.integers(0, 5 * EURO),
    offering_codes=st.frozensets(st.sampled_from(["plain-offering", "base"])),
    first_seen_at=st.none() | st.integers(0, 40).map(lambda days: Instant(NOW - days * DAY)),
    usage=st.just({}) | st.builds(video_use, amounts, amounts, amounts).map(lambda use: {"video": use}),
    allowances=st.just({}) | amounts.map(lambda left: {"video": AllowanceState(left, left)}),
    fences=st.sampled_from([frozenset(), frozenset({"arena"})]),
)
questions = st.builds(
    Asked,
    placement=st.sampled_from(["app-home", "push", "elsewhere"]),
    channel=st.sampled_from(["app", "push"]),
    limit=st.integers(1, 10),
    outbound=st.booleans(),
    offer_codes=st.none() | st.frozensets(st.sampled_from(CODES)),
)
presentations = st.builds(
    Presentation,
    at=st.integers(0, 10 * DAY).map(lambda ago: Instant(NOW - ago)),
    offer_code=st.sampled_from(CODES),
    channel=st.sampled_from(["app", "push"]),
    outbound=st.booleans(),
)
histories = st.builds(
    ContactHistory,
    presentations=st.lists(presentations, max_size=8),
    quiet_until=st.dictionaries(
        st.sampled_from(CODES), st.integers(-5, 5).map(lambda later: Instant(NOW + later))
    ),
    outbound_today=st.dictionaries(st.sampled_from(CODES), st.integers(0, 4)),
)
budgets = st.dictionaries(st.sampled_from(CODES), st.builds(BudgetUse, st.integers(0, 5)))
moments = st.integers(0, DAY).map(lambda later: Instant(NOW + later))


@given(views, questions, histories, budgets, moments)
def test_every_offer_ends_in_exactly_one_list(
    view: CustomerView,
    asked: Asked,
    history: ContactHistory,
    used: dict[str, BudgetUse],
    now: Instant,
) -> None:
    eligible, dropped = eligible_offers(MIXED, view, asked, history, used, None, now)
    found = sorted([item.offer.code for item in eligible] + [drop.offer_code for drop in dropped])
    assert found == CODES
    assert all(drop.reason and drop.detail for drop in dropped)
    assert len(eligible) <= 4


@given(views, questions, histories, budgets, moments, st.integers(0, 2**63 - 1))
def test_a_decision_holds_what_it_promises(
    view: CustomerView,
    asked: Asked,
    history: ContactHistory,
    used: dict[str, BudgetUse],
    now: Instant,
    seed: int,
) -> None:
    scoring = Scoring(SetScorers(FakeScorer()), 1, lambda: 0, lambda _: None)
    question = Question("d", seed, view.subscriber_id, asked, MIXED, now, 0)
    found = decide(question, view, history, used, scoring)
    by_code = {item.offer.code: item.offer for item in MIXED.offers}
    shown = [by_code[candidate.offer.code] for candidate in found.presented]
    if Purpose.PERSONALISED_OFFERS not in view.consents:
        assert not any(item.personalised for item in shown)
        assert (found.feature_seq, found.features, found.model_version) == (0, (), "")
    if Purpose.LOCATION not in view.consents:
        assert not any(item.fence_codes for item in shown)
    if asked.outbound and Purpose.OUTBOUND not in view.consents:
        assert not shown
    if view.barred:
        assert not shown
    # Nothing is presented beyond a cap, whatever was asked for.
    through = [seen for seen in history.presentations if seen.at > now - 7 * DAY]
    assert not shown or len(through) + len(shown) <= 5
    assert len(shown) <= asked.limit
    if found.candidates:
        assert abs(sum(c.probability for c in found.candidates) - 1) < 1e-9
        assert found.candidates[0].probability > 0
    if found.model_version:
        floor = 0.05 / len(found.candidates)
        assert all(c.probability >= floor for c in found.candidates)


@given(views, views, questions, moments)
def test_without_consent_usage_changes_nothing(
    one: CustomerView, other: CustomerView, asked: Asked, now: Instant
) -> None:
    """Two customers who differ in everything but whose contract it is hear the same."""
    heard = []
    for view in (one, other):
        plain = customer(
            consents=frozenset(),
            usage=view.usage,
            allowances=view.allowances,
            zone=view.zone,
            money_minor_micros=view.money_minor_micros,
            first_seen_at=view.first_seen_at,
            fences=view.fences,
        )
        heard.append(eligible_offers(MIXED, plain, asked, ContactHistory(), {}, None, now))
    assert heard[0] == heard[1]

"""A replay of consent and contact rules finds what should not have been shown, and nothing else."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.offers.v1 import decision_pb2, learning_api_pb2

from services.common.kernel.clock import DAY, HOUR, Instant
from services.offers.adapters.evaluation.rule_replay import shown_in, shown_in_file
from services.offers.adapters.learning.decision_file import DecisionFile
from services.offers.domain.evaluation.replay import Shown, replayed
from services.offers.domain.policies import (
    Action,
    ActionKind,
    ContactCap,
    ContactPolicy,
    Exploration,
    Offer,
    OfferPolicies,
    Purpose,
)

ALL = frozenset(Purpose)
NOON = Instant(1_800_000_000_000_000)


def offer(code: str, *, personalised: bool = True, fences: tuple[str, ...] = ()) -> Offer:
    return Offer(
        code,
        {"en": code},
        Action(ActionKind.SUBSCRIBE, code),
        ("app-home",),
        ("app", "push"),
        1_000_000,
        personalised=personalised,
        fence_codes=fences,
    )


POLICIES = OfferPolicies(
    code="p",
    name="P",
    currency_code="EUR",
    time_zone="UTC",
    languages=("en",),
    placements=("app-home",),
    channels=("app", "push"),
    usage_classes=(),
    contact=ContactPolicy(caps=(ContactCap(1, 1, ("push",)), ContactCap(3, 7))),
    exploration=Exploration(),
    offers=(offer("plain", personalised=False), offer("stadium", fences=("arena",)), offer("video")),
)


def shown(hours: int, code: str = "video", channel: str = "app", **changes: object) -> Shown:
    made = Shown(f"d{hours:03d}", Instant(NOON + hours * HOUR), "p1", code, channel, "request", 1, ALL)
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def rules(*log: Shown) -> list[tuple[str, str]]:
    return [(each.decision_id, each.rule) for each in replayed(log, {1: POLICIES})]


def test_a_log_that_keeps_to_the_rules_is_clean() -> None:
    assert rules(shown(0), shown(1), shown(2), shown(0, "plain", pseudonym="p2", consents=frozenset())) == []


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"consents": ALL - {Purpose.PERSONALISED_OFFERS}}, "NO_CONSENT"),
        ({"offer_code": "unheard-of"}, "NO_CONSENT"),
        ({"consents": ALL - {Purpose.OUTBOUND}, "channel": "push"}, "OUTBOUND_NOT_CONSENTED"),
        ({"consents": ALL - {Purpose.OUTBOUND}, "raised_by": "usage"}, "OUTBOUND_NOT_CONSENTED"),
        ({"consents": ALL - {Purpose.LOCATION}, "offer_code": "stadium"}, "LOCATION_NOT_CONSENTED"),
    ],
)
def test_what_was_shown_without_its_consent_is_found(changes: dict[str, object], rule: str) -> None:
    assert rules(shown(0, **changes)) == [("d000", rule)]  # type: ignore[arg-type]


def test_the_contact_over_a_cap_is_found_and_not_those_before_it() -> None:
    assert rules(*(shown(hour) for hour in (3, 0, 2, 1))) == [("d003", "CONTACT_CAP_7D")]
    assert rules(shown(0, channel="push"), shown(23, channel="push")) == [("d023", "CONTACT_CAP_1D")]


def test_contacts_leave_a_cap_after_its_days_and_belong_to_their_subscriber() -> None:
    week = 7 * DAY // HOUR
    assert rules(shown(0), shown(1), shown(2), shown(week)) == []
    assert rules(shown(0), shown(1), shown(2), shown(3, pseudonym="p2")) == []


def test_two_offers_of_one_decision_are_two_contacts() -> None:
    log = [shown(0, code) for code in ("video", "stadium", "plain")]
    assert rules(*log) == []
    assert rules(*log, shown(1)) == [("d001", "CONTACT_CAP_7D")]


def test_each_presentation_is_judged_by_its_own_version() -> None:
    strict = dataclasses.replace(POLICIES, contact=ContactPolicy(caps=(ContactCap(1, 1),)))
    log = [shown(0), shown(1), shown(2, policy_version=2)]
    found = replayed(log, {1: POLICIES, 2: strict})
    assert [(each.decision_id, each.rule) for each in found] == [("d002", "CONTACT_CAP_1D")]
    with pytest.raises(KeyError):
        replayed([shown(0, policy_version=9)], {1: POLICIES})


def test_messages_and_files_tell_the_same(tmp_path: Path) -> None:
    at = Timestamp()
    at.FromMicroseconds(NOON)
    decision = decision_pb2.Decision(
        decision_id="d1",
        decided_at=at,
        subscriber_pseudonym="p1",
        channel="push",
        raised_by="usage",
        policy_version=3,
        presented_offer_codes=["video", "plain"],
        consents=["outbound", "personalised-offers", "unheard-of"],
    )
    for code, rank in (("plain", 2), ("other", 0), ("video", 1)):
        decision.candidates.add(offer_code=code, rank=rank)
    with DecisionFile(tmp_path / "log.parquet") as file:
        logged = learning_api_pb2.LoggedDecision(decision=decision)
        file.add(learning_api_pb2.ExportDecisionsResponse(decisions=[logged]))
        file.complete()
    from_file = list(shown_in_file(tmp_path / "log.parquet"))
    assert from_file == list(shown_in([decision]))
    assert [each.offer_code for each in from_file] == ["video", "plain"]
    assert from_file[0].consents == {Purpose.OUTBOUND, Purpose.PERSONALISED_OFFERS}


def test_a_file_that_does_not_say_who_consented_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"decision_id": ["d1"]}), tmp_path / "old.parquet")
    with pytest.raises(ValueError, match="consented"):
        list(shown_in_file(tmp_path / "old.parquet"))
    (tmp_path / "none.parquet").write_bytes(b"none")
    with pytest.raises(ValueError, match="no decision log"):
        list(shown_in_file(tmp_path / "none.parquet"))

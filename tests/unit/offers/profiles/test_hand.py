"""What is at hand of profiles is never older than what is stored and told."""

from __future__ import annotations

from services.offers.adapters.profiles.cache import Loads, Recent
from services.offers.adapters.profiles.changes import BucketChanges
from services.offers.adapters.profiles.hand import AtHand
from services.offers.adapters.profiles.rows import Stored
from services.offers.domain.policies import Purpose
from services.offers.domain.profiles.account import Bucket
from services.offers.domain.profiles.facts import Refused
from services.offers.domain.profiles.fold import folded

PROFILE = folded(None, [Refused(1)])
NO_CHANGES = BucketChanges()


def stored(feature_seq: int, row_id: int = 1, *, outbound: bool = False) -> Stored:
    return Stored("anna", "acme", "p", 0, feature_seq, PROFILE, row_id, outbound)


def test_the_value_used_longest_ago_makes_room() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("b"), recent.among("abc"), len(recent)) == (None, {"a": 1, "c": 3}, 2)


def test_a_reading_is_kept_only_where_nothing_changed_meanwhile() -> None:
    loads: Loads[str] = Loads()
    token = loads.begin("a")
    assert loads.end("a", token)
    token = loads.begin("a")
    loads.changed(["a"])
    assert not loads.end("a", token)
    first, second = loads.begin("a"), loads.begin("a")
    assert not loads.end("a", first)
    assert loads.end("a", second)


def test_a_row_read_before_a_follower_stored_another_is_not_kept() -> None:
    hand = AtHand(10)
    token = hand.subscribers_read.begin("anna")
    hand.folded(0, 5, [stored(5)], NO_CHANGES)
    hand.keep_read(stored(4), token)
    assert hand.profiles.get("anna") == stored(5)
    assert hand.position(0) == 5


def test_where_the_database_stood_at_first_does_not_set_a_follower_back() -> None:
    hand = AtHand(10)
    hand.stand_at_first(0, 3)
    hand.folded(0, 5, [], NO_CHANGES)
    hand.stand_at_first(0, 3)
    assert (hand.position(0), hand.position(1)) == (5, None)


def test_what_a_follower_had_in_hand_of_an_erased_row_does_not_come_back() -> None:
    hand = AtHand(10)
    hand.folded(0, 5, [stored(5)], NO_CHANGES)
    token = hand.subscribers_read.begin("anna")
    hand.erased("anna", 1, "acme")
    hand.folded(0, 6, [stored(6)], NO_CHANGES)
    hand.keep_read(stored(6), token)
    assert hand.profiles.get("anna") is None
    hand.folded(0, 7, [stored(7, row_id=2)], NO_CHANGES)
    assert hand.profiles.get("anna") == stored(7, row_id=2)


def test_a_consent_that_was_told_holds_against_what_a_follower_read_before() -> None:
    hand = AtHand(10)
    hand.folded(0, 5, [stored(5)], NO_CHANGES)
    hand.consented("anna", frozenset({Purpose.OUTBOUND}))
    assert hand.profiles.get("anna") == stored(5, outbound=True)
    hand.folded(0, 6, [stored(6)], NO_CHANGES)
    assert hand.profiles.get("anna") == stored(6, outbound=True)
    assert hand.consents.get("anna") == frozenset({Purpose.OUTBOUND})
    hand.consented("anna", frozenset())
    hand.folded(0, 7, [stored(7, outbound=True)], NO_CHANGES)
    assert hand.profiles.get("anna") == stored(7)
    assert hand.consents.get("anna") == frozenset()


def test_what_may_or_may_not_be_stored_is_read_again() -> None:
    hand, changes = AtHand(10), BucketChanges()
    hand.folded(0, 5, [stored(5)], NO_CHANGES)
    hand.accounts.put("acme", {"b": Bucket("b", "octets", False, 1)})
    changes.moved("acme", "b", 2, 0)
    hand.doubt(["anna"], changes)
    assert (hand.profiles.get("anna"), hand.accounts.get("acme")) == (None, None)


def test_buckets_at_hand_move_with_the_journal_and_unknown_accounts_stay_unknown() -> None:
    hand, changes = AtHand(10), BucketChanges()
    hand.accounts.put("acme", {"b": Bucket("b", "octets", False, 1)})
    changes.moved("acme", "b", 2, 0)
    changes.moved("other", "b", 2, 0)
    token = hand.accounts_read.begin("acme")
    hand.folded(0, 5, [], changes)
    buckets = hand.accounts.get("acme")
    assert buckets is not None
    assert buckets["b"].balance == 2
    assert hand.accounts.get("other") is None
    assert not hand.accounts_read.end("acme", token)

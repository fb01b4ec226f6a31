"""What is at hand is of one record of its partition, or it is not used."""

from __future__ import annotations

from services.notification.adapters.mirror.hand import AtHand, Kept
from services.notification.domain.mirror.accounts import Account

HOME, AWAY, THIRD = Account("home"), Account("away"), Account("third")


def test_what_is_at_hand_is_of_the_record_asked_for() -> None:
    hand = AtHand()
    hand.put(0, 0, 5, 50, {"home": HOME})
    hand.put(1, 0, 9, 90, {"away": AWAY})
    assert hand.among(0, 5, ["home", "away"]) == {"home": HOME}
    assert hand.among(0, 4, ["home"]) == {}
    assert hand.among(2, 0, ["home"]) == {}
    assert hand.find("away") == Kept(AWAY, 9, 90)
    assert hand.find("nobody") is None


def test_after_records_that_somebody_else_applied_it_begins_anew() -> None:
    hand = AtHand()
    hand.put(0, 0, 5, 50, {"home": HOME})
    hand.put(0, 7, 8, 80, {"away": AWAY})
    assert hand.among(0, 8, ["home", "away"]) == {"away": AWAY}


def test_the_account_used_longest_ago_makes_room() -> None:
    hand = AtHand(2)
    hand.put(0, 0, 1, 1, {"home": HOME, "away": AWAY})
    hand.put(0, 1, 2, 2, {"home": HOME})
    hand.put(0, 2, 3, 3, {"third": THIRD})
    assert hand.among(0, 3, ["home", "away", "third"]).keys() == {"home", "third"}

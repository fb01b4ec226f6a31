"""Whether a fact still holds, and its values as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.kernel.clock import DAY, Instant
from services.common.kernel.money import Money, currency
from services.notification.domain.customers import Bucket, Present
from services.notification.domain.fact_texts import values_of, values_text
from services.notification.domain.facts import FACT_FIELDS, FactKind, FieldKind, Units, Value
from services.notification.domain.still import still_holds
from tests.support.notification_mirror import BEGIN, EURO, euro

NOW = Instant(BEGIN)


def present_with(balance: int, ends: int | None = NOW + DAY, is_money: bool = False) -> Present:
    until = Instant(ends) if ends is not None else None
    bucket = Bucket("b", "home", "b", is_money, "EUR" if is_money else "octets", balance, 1_000, until)
    return Present(euro(7 * EURO), {"b": bucket}, {"roaming/2026-11": 80}, frozenset({"d/answered"}))


LOW: dict[str, Value] = {"threshold": euro(5 * EURO), "balance": euro(EURO), "bucket_id": "b"}
USED: dict[str, Value] = {"percent": 80}
SOON: dict[str, Value] = {"expires_at": NOW + DAY, "hours": 24}


@pytest.mark.parametrize(
    ("kind", "values", "about", "present", "expected"),
    [
        (FactKind.BALANCE_LOW, LOW, "b", present_with(5 * EURO, None, is_money=True), True),
        (FactKind.BALANCE_LOW, LOW, "b", present_with(5 * EURO + 1, None, is_money=True), False),
        (FactKind.BALANCE_LOW, LOW, "other", present_with(1), False),
        (FactKind.BALANCE_LOW, LOW, "other", Present(euro(0)), True),
        (FactKind.BALANCE_LOW, LOW, "other", Present(), False),
        (FactKind.BALANCE_LOW, {}, "other", Present(), True),
        (FactKind.ALLOWANCE_USED, USED, "b", present_with(200), True),
        (FactKind.ALLOWANCE_USED, USED, "b", present_with(201), False),
        (FactKind.ALLOWANCE_USED, USED, "b", present_with(0, NOW), False),
        (FactKind.ALLOWANCE_USED, USED, "b", present_with(0, None), True),
        (FactKind.ALLOWANCE_USED, USED, "b", Present(), False),
        (FactKind.EXPIRES_SOON, SOON, "b", present_with(1), True),
        (FactKind.EXPIRES_SOON, SOON, "b", present_with(0), False),
        (FactKind.EXPIRES_SOON, SOON, "b", present_with(1, NOW + DAY + 1), False),
        (FactKind.EXPIRES_SOON, SOON, "b", present_with(1, NOW), False),
        (FactKind.EXPIRES_SOON, SOON, "b", present_with(1, None), False),
        (FactKind.EXPIRES_SOON, SOON, "b", Present(), False),
        (FactKind.SPEND_MARK, {"mark": 80}, "roaming/2026-11", present_with(1), True),
        (FactKind.SPEND_MARK, {"mark": 81}, "roaming/2026-11", present_with(1), False),
        (FactKind.SPEND_CAP, {"mark": 80}, "roaming/2026-12", present_with(1), False),
        (FactKind.OFFER, {"expires_at": NOW + 1}, "d/o", present_with(1), True),
        (FactKind.OFFER, {}, "d/o", present_with(1), True),
        (FactKind.OFFER, {"expires_at": NOW}, "d/o", present_with(1), False),
        (FactKind.OFFER, {"expires_at": NOW + 1}, "d/answered", present_with(1), False),
        (FactKind.TOPPED_UP, {}, "b", Present(), True),
        (FactKind.BILL_READY, {}, "2026-11", Present(), True),
    ],
)
def test_what_is_over_does_not_hold(
    kind: FactKind, values: dict[str, Value], about: str, present: Present, expected: bool
) -> None:
    assert still_holds(kind, values, about, present, NOW) is expected


_INTEGERS = st.integers(-(2**63), 2**63 - 1)
_OF: dict[FieldKind, st.SearchStrategy[Value]] = {
    FieldKind.TEXT: st.text(max_size=20),
    FieldKind.CODE: st.text(max_size=20),
    FieldKind.COUNT: _INTEGERS,
    FieldKind.PERCENT: _INTEGERS,
    FieldKind.INSTANT: _INTEGERS,
    FieldKind.FLAG: st.booleans(),
    FieldKind.MONEY: st.builds(Money, _INTEGERS, st.sampled_from([currency("EUR"), currency("JPY")])),
    FieldKind.UNITS: st.builds(Units, _INTEGERS, st.text(max_size=9)),
}


@st.composite
def facts_values(draw: st.DrawFn) -> tuple[FactKind, dict[str, Value]]:
    kind = draw(st.sampled_from(FactKind))
    names = draw(st.sets(st.sampled_from(sorted(FACT_FIELDS[kind]))))
    return kind, {name: draw(_OF[FACT_FIELDS[kind][name]]) for name in sorted(names)}


@given(facts_values())
def test_values_come_back_as_they_were(drawn: tuple[FactKind, dict[str, Value]]) -> None:
    kind, values = drawn
    text = values_text(values)
    back = values_of(text, kind)
    assert back == values
    assert [type(back[name]) for name in values] == [type(value) for value in values.values()]
    assert values_text(back) == text


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "1", '{"nothing": 1}', '{"balance": 5}', '{"balance": ["5", "EUR"]}'),
        *('{"balance": [1, 2]}', '{"bucket_id": 5}', '{"balance": [true, "EUR"]}'),
        *('{"balance": [1, "ZZZ"]}', '{"balance": [1]}'),
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        values_of(text, FactKind.BALANCE_LOW)


def test_a_flag_is_no_number() -> None:
    with pytest.raises(ValueError, match="no values"):
        values_of('{"shared": 1}', FactKind.ALLOWANCE_USED)
    with pytest.raises(ValueError, match="no values"):
        values_of('{"percent": true}', FactKind.ALLOWANCE_USED)

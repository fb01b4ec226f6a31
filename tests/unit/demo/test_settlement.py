"""What the demo says of a settled week."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from services.cli.demo.settling.by_hand import DUE, Due
from services.cli.demo.settling.settlement import PartnerSum, Settlement
from services.cli.demo.settling.table import print_settlement


def partner(party: str, found: Due, expected: Due | None, lines: int = 1) -> PartnerSum:
    return PartnerSum(party, party.title(), "partner", f"{party}/2026-W48/1", lines, found, expected)


SETTLED = Settlement(
    period="2026-W48",
    records=473,
    to_pay="464.26 EUR",
    to_get="47.60 EUR",
    partners=tuple(partner(party, due, due, lines) for lines, (party, due) in enumerate(DUE.items(), 1)),
    parked=0,
    ledger_entries=25,
    ledger_differences=(),
    documents={f"{party}/2026-W48/1": Path(f"{party}_2026-W48_r1_n000001.pdf") for party in DUE},
)


def printed(settlement: Settlement) -> str:
    text = io.StringIO()
    print_settlement(Console(file=text, width=200), settlement)
    return text.getvalue()


def row_of(party: str, settlement: Settlement) -> list[str]:
    (row,) = [line for line in printed(settlement).splitlines() if f" {party} " in line]
    return [cell.strip() for cell in row.strip("│").split("│")]


def test_every_partner_stands_with_what_it_is_paid_or_owes() -> None:
    assert SETTLED.good
    assert row_of("melody", SETTLED)[3:6] == ["15.59 EUR", "15.59 EUR", ""]
    assert row_of("streamcast", SETTLED)[3:6] == ["-47.60 EUR", "", "47.60 EUR"]
    assert row_of("citycab", SETTLED)[3:6] == ["3.00 EUR", "carried forward", ""]
    assert row_of("melody", SETTLED)[6] == "melody_2026-W48_r1_n000001.pdf"


def test_one_cent_is_not_good_and_is_said_beside_what_it_must_be() -> None:
    wrong = partner("melody", Due("15.60 EUR", "15.60 EUR"), DUE["melody"])
    settlement = replace(SETTLED, partners=(wrong, *SETTLED.partners[1:]))
    assert not settlement.good
    assert "15.60 EUR, paid 15.60 EUR, not 15.59 EUR, paid 15.59 EUR" in printed(settlement)
    assert settlement.document()["partners"][0]["expected_net"] == "15.59 EUR"


@pytest.mark.parametrize(
    "settlement",
    [replace(SETTLED, parked=1), replace(SETTLED, ledger_differences=("bank: 1 too much",))],
)
def test_a_parked_statement_or_an_unbalanced_ledger_is_not_good(settlement: Settlement) -> None:
    assert not settlement.good


def test_other_inputs_have_no_sums_to_compare_with() -> None:
    other = replace(SETTLED, partners=(partner("melody", Due("1.00 EUR", "0.00 EUR"), None),))
    assert other.good
    assert not other.worked_out
    assert SETTLED.worked_out


def test_the_document_to_open_has_the_most_lines() -> None:
    assert SETTLED.longest == Path("appmart_2026-W48_r1_n000001.pdf")
    assert replace(SETTLED, partners=()).longest is None

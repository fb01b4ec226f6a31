"""The guarantees of settlement that need no store: S1 to S4, S13, S14, and the sums of a split period."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partner_settlement.domain.agreements import (
    OPERATOR,
    Agreement,
    Basis,
    BasisKind,
    Coverage,
    Funding,
    GuaranteeStep,
    PercentStep,
    Recipient,
    RecipientKind,
    SplitStep,
    Term,
)
from services.partner_settlement.domain.apportion import apportion
from services.partner_settlement.domain.calculation import calculate
from services.partner_settlement.domain.ledger import (
    OF_PARTIES,
    Account,
    AccountKind,
    Entry,
    EntryKind,
    LedgerError,
    Posting,
)
from services.partner_settlement.domain.periods import parse_period
from services.partner_settlement.domain.postings import run_entries
from services.partner_settlement.domain.records import InputRow, merged
from services.partner_settlement.domain.shares import Share, pool_differences, share_differences
from services.partner_settlement.domain.waterfall import settle_term
from tests.support.settlement_products import product
from tests.support.settlement_strategies import agreements, percents, row_lists, terms

WEEK = parse_period("2026-W48")
OWED = (RecipientKind.OWE,)


@given(terms(), row_lists("EUR"))
def test_s1_the_parts_sum_to_what_there_is_to_share(term: Term, rows: list[InputRow]) -> None:
    result = settle_term(term, rows, "EUR", "key")
    shared = sum(cell.share_minor for cell in result.cells if cell.recipient.kind not in OWED)
    assert shared == result.distributable_minor
    if term.funding is Funding.SPONSOR:
        owed = sum(cell.share_minor for cell in result.cells if cell.recipient.kind in OWED)
        assert owed == -result.distributable_minor


@given(terms(), row_lists("EUR"))
def test_s2_nobody_is_a_minor_unit_away_from_the_exact_share(term: Term, rows: list[InputRow]) -> None:
    result = settle_term(term, rows, "EUR", "key")
    exact: dict[Recipient, Fraction] = {}
    rounded: Counter[Recipient] = Counter()
    for cell in result.cells:
        exact[cell.recipient] = exact.get(cell.recipient, Fraction(0)) + cell.exact
        rounded[cell.recipient] += cell.share_minor
        assert abs(cell.share_minor - cell.exact) < 2, "its recipient's rounding, and its own"
    for recipient, share in exact.items():
        assert abs(rounded[recipient] - share) < 1


@given(
    st.integers(-(10**6), 10**6),
    st.lists(st.integers(1, 1_000), min_size=1, max_size=7),
    st.randoms(use_true_random=False),
)
def test_s2_the_order_of_a_list_decides_nothing(total: int, weights: list[int], random: object) -> None:
    whole = sum(weights)
    shares = [(f"party-{index}", Fraction(total * weight, whole)) for index, weight in enumerate(weights)]
    shuffled = list(shares)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def given_to(of: list[tuple[str, Fraction]]) -> dict[str, int]:
        found = apportion(total, [share for _, share in of], [name for name, _ in of])
        return dict(zip([name for name, _ in of], found, strict=True))

    assert given_to(shares) == given_to(shuffled)


def test_s2_the_largest_remainder_gets_the_odd_cent_and_not_the_first() -> None:
    """81, 8 and 11 per cent of 15: exactly 12.15, 1.20 and 1.65."""
    exact = [Fraction(15 * percent, 100) for percent in (81, 8, 11)]
    assert apportion(15, exact, ["first", "second", "third"]) == [12, 1, 2]


def test_s2_over_ten_thousand_equal_splits_nobody_is_ahead_by_much() -> None:
    """A cent for three, ten thousand times: by place in the list one would get all 10,000."""
    got: Counter[int] = Counter()
    for period in range(10_000):
        found = apportion(1, [Fraction(1, 3)] * 3, [f"{period}/{party}" for party in "abc"])
        got.update(dict(enumerate(found)))
    assert sum(got.values()) == 10_000
    assert all(abs(share - 3_333) < 300 for share in got.values()), got


@given(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=40), percents)
def test_s3_a_share_is_rounded_once_for_the_period_and_not_for_each_event(
    amounts: list[int], percent: Fraction
) -> None:
    rows = merged([_fee(amount) for amount in amounts])
    result = settle_term(_percent_term(percent), rows, "EUR", "key")
    paid = sum(cell.share_minor for cell in result.cells if cell.recipient.party == "melody")
    assert abs(paid - Fraction(sum(amounts), 10**6) * percent / 100) < 1


def test_s3_rounding_each_of_a_hundred_thousand_events_would_be_five_hundred_euros_off() -> None:
    """100,000 sales of 0.015 EUR, a third of each: 500.00 EUR; rounded one by one, nothing."""
    rows = merged([InputRow(_fee(0).product, 100_000, 0, 100_000 * 1_500_000, 0)])
    result = settle_term(_percent_term(Fraction(100, 3)), rows, "EUR", "key")
    paid = sum(cell.share_minor for cell in result.cells if cell.recipient.party == "melody")
    assert paid == 50_000
    one_by_one = 100_000 * round(Fraction(1_500_000, 10**6) / 3)
    assert abs(one_by_one - paid) == 50_000


@given(terms(), row_lists("EUR"), row_lists("CHF").filter(bool))
def test_s4_a_row_of_another_currency_is_an_error(
    term: Term, rows: list[InputRow], others: list[InputRow]
) -> None:
    with pytest.raises(ValueError, match="CHF"):
        settle_term(term, [*rows, *others], "EUR", "key")


@given(agreements(), row_lists())
def test_s4_each_currency_is_shared_as_if_there_were_no_other(
    agreement: Agreement, rows: list[InputRow]
) -> None:
    together = calculate(WEEK, [agreement], rows)
    for code in agreement.currency_codes:
        alone = calculate(WEEK, [agreement], [row for row in rows if row.product.currency_code == code])
        assert [share for share in together.shares if share.key.currency_code == code] == [
            share for share in alone.shares if share.key.currency_code == code
        ]


@given(agreements(), row_lists(), row_lists(), row_lists())
def test_two_runs_over_a_split_period_equal_one_run(
    agreement: Agreement, first: list[InputRow], second: list[InputRow], third: list[InputRow]
) -> None:
    """Whatever tiers, caps and guarantees there are: later runs add what the whole then lacks."""
    whole = calculate(WEEK, [agreement], merged([*first, *second, *third]))
    recorded: list[Share] = []
    seen: list[InputRow] = []
    for part in (first, second, third):
        seen += part
        recorded += share_differences(calculate(WEEK, [agreement], merged(seen)).shares, recorded)
    assert _sums(recorded) == _sums(whole.shares)
    again = calculate(WEEK, [agreement], merged(seen))
    assert share_differences(again.shares, recorded) == []


@given(agreements(), row_lists(), row_lists())
def test_s13_what_a_run_books_is_balanced_and_routed_and_clears(
    agreement: Agreement, before: list[InputRow], now: list[InputRow]
) -> None:
    """An entry that is not balanced, or touches a wrong account, cannot even be made."""
    old, new = calculate(WEEK, [agreement], merged(before)), calculate(WEEK, [agreement], merged(now))
    shares = share_differences(new.shares, old.shares)
    pools = pool_differences(new.pools, old.pools, shares)
    sums: Counter[tuple[AccountKind, str, str]] = Counter()
    for entry in run_entries(WEEK.name, 1, pools, shares, [], "test"):
        for posting in entry.postings:
            sums[posting.account.kind, posting.account.party, posting.currency_code] += posting.amount_minor
    for code in agreement.currency_codes:
        assert sums[AccountKind.CHARGING_CLEARING, "", code] == 0
        for party in {share.key.recipient.party for share in shares} - {""}:
            paid = sum(
                share.share_minor
                for share in shares
                if (share.key.recipient, share.key.currency_code) == (Recipient(party), code)
            )
            assert sums[AccountKind.PARTNER_PAYABLE, party, code] == -paid


@pytest.mark.parametrize(
    ("kind", "accounts"),
    [
        (EntryKind.PAYMENT, (AccountKind.BANK, AccountKind.RETAINED_REVENUE)),
        (EntryKind.HOLD, (AccountKind.PARTNER_PAYABLE, AccountKind.BANK)),
        (EntryKind.ACCRUAL, (AccountKind.CUSTOMER_RECEIPTS, AccountKind.PARTNER_PAYABLE)),
        (EntryKind.NETTING, (AccountKind.PARTNER_RECEIVABLE, AccountKind.PARTNER_EXPENSE)),
    ],
)
def test_s13_a_balanced_entry_on_wrong_accounts_is_refused(
    kind: EntryKind, accounts: tuple[AccountKind, AccountKind]
) -> None:
    one, other = (Account(of, "melody" if of in OF_PARTIES else "") for of in accounts)
    with pytest.raises(LedgerError, match="no business"):
        Entry(kind, "", (Posting(one, "EUR", 5), Posting(other, "EUR", -5)))


def test_s13_an_entry_that_is_out_is_refused_in_each_currency() -> None:
    payable, bank = Account(AccountKind.PARTNER_PAYABLE, "melody"), Account(AccountKind.BANK)
    with pytest.raises(LedgerError, match="CHF"):
        Entry(
            EntryKind.PAYMENT,
            "",
            (Posting(payable, "EUR", 5), Posting(bank, "EUR", -5), Posting(payable, "CHF", 1)),
        )


@given(terms(), row_lists("EUR"))
def test_s14_what_no_step_takes_is_the_operators(term: Term, rows: list[InputRow]) -> None:
    result = settle_term(term, rows, "EUR", "key")
    taken = sum((cell.exact for cell in result.cells if cell.recipient.kind not in OWED), Fraction(0))
    total = sum((row_basis for row_basis in _basis_sums(term, rows)), Fraction(0))
    assert taken == total


def test_s14_steps_run_in_order_and_each_sees_what_the_last_one_left() -> None:
    """100.00: 30 % are 30.00; a third of what is left is 23.33; 60.00 are guaranteed; the rest is split."""
    term = Term(
        "t",
        "t",
        Coverage(),
        Basis(BasisKind.RETAIL),
        (
            PercentStep("first", Recipient("melody"), Fraction(30)),
            SplitStep("split", ((Recipient("cinema"), Fraction(1)), (OPERATOR, Fraction(2)))),
            GuaranteeStep("least", "cinema", {"EUR": 6_000}),
        ),
    )
    result = settle_term(term, [_fee(10_000 * 10**6)], "EUR", "key")
    got = Counter[str]()
    for cell in result.cells:
        got[cell.recipient.key] += cell.share_minor
    # 70.00 are left: 23.33 for cinema, 46.67 for the operator, who adds 36.67 to make it 60.00.
    assert got == {"pay:melody": 3_000, "pay:cinema": 6_000, "keep": 1_000}


def _fee(minor_micros: int) -> InputRow:
    return InputRow(product("fee", "music", "monthly"), 1, 0, minor_micros, 0)


def _percent_term(percent: Fraction) -> Term:
    return Term(
        "t", "t", Coverage(), Basis(BasisKind.RETAIL), (PercentStep("share", Recipient("melody"), percent),)
    )


def _sums(shares: object) -> dict[object, tuple[int, int, int, Fraction]]:
    found: dict[object, tuple[int, int, int, Fraction]] = {}
    for share in shares:  # type: ignore[attr-defined]
        old = found.get(share.key, (0, 0, 0, Fraction(0)))
        found[share.key] = (
            old[0] + share.share_minor,
            old[1] + share.gross_minor_micros,
            old[2] + share.records,
            old[3] + share.exact,
        )
    return {key: sums for key, sums in found.items() if any(sums)}


def _basis_sums(term: Term, rows: list[InputRow]) -> list[Fraction]:
    """What there is to share, worked out plainly."""
    return [_plain_basis(term.basis, rows)]


def _plain_basis(basis: Basis, rows: list[InputRow]) -> Fraction:
    if basis.kind is BasisKind.RETAIL:
        return Fraction(sum(row.gross_minor_micros for row in rows), 10**6)
    if basis.kind is BasisKind.NET_OF_TAX:
        return Fraction(sum(row.gross_minor_micros - row.tax_minor_micros for row in rows), 10**6)
    if basis.kind is BasisKind.COST:
        cost = Fraction(0)
        for rate in basis.rates:
            for row in rows:
                used = row.quantity if row.product.unit == rate.unit else 0
                counted = row.records if rate.unit == "records" else used
                cost += Fraction(counted * rate.minor_micros["EUR"], rate.per_units * 10**6)
        return cost
    sides = [_plain_basis(side, rows) for side in basis.of]
    return max(sides) if basis.kind is BasisKind.HIGHER_OF else min(sides)

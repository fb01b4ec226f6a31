"""What Hypothesis draws for settlement: terms, rows and agreements of every shape."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from services.partner_settlement.domain.agreements import (
    OPERATOR,
    Agreement,
    Basis,
    BasisKind,
    Coverage,
    FixedStep,
    Funding,
    GuaranteeStep,
    PercentStep,
    PerUnitStep,
    Recipient,
    RecipientKind,
    RemainderStep,
    ShareOf,
    ShareTier,
    SplitStep,
    Step,
    Term,
    TieredStep,
    UnitRate,
)
from services.partner_settlement.domain.periods import PeriodKind
from services.partner_settlement.domain.records import InputRow, Product

PARTIES = ("melody", "cinema", "arcade", "streamcast")
CURRENCIES = ("EUR", "CHF")
EVERYTHING = Coverage()

percents = st.integers(1, 10_000).map(lambda hundredths: Fraction(hundredths, 100))
small_percents = st.integers(1, 2_500).map(lambda hundredths: Fraction(hundredths, 100))
minor = st.integers(0, 100_000)


def amounts(of: st.SearchStrategy[int] = minor) -> st.SearchStrategy[dict[str, int]]:
    """An amount in every currency."""
    return st.fixed_dictionaries(dict.fromkeys(CURRENCIES, of))


recipients = st.builds(
    Recipient,
    st.sampled_from(PARTIES),
    st.sampled_from([RecipientKind.PAY, RecipientKind.PAY, RecipientKind.PAY, RecipientKind.BEAR]),
) | st.just(OPERATOR)
shares_of = st.sampled_from(ShareOf)
_UNCAPPED: dict[str, int] = {}
caps = st.just(_UNCAPPED) | amounts()
rates = st.builds(
    UnitRate,
    st.sampled_from(["octets", "records", "kilometres"]),
    st.integers(1, 10**9),
    st.fixed_dictionaries(dict.fromkeys(CURRENCIES, st.integers(1, 10**9))),
)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[ShareTier, ...]:
    """Ascending, the last without end."""
    marks = sorted(draw(st.sets(st.integers(1, 10**6), max_size=3)))
    found = [ShareTier(mark, draw(small_percents)) for mark in marks]
    return (*found, ShareTier(None, draw(small_percents)))


def _recipient(share: tuple[Recipient, Fraction]) -> Recipient:
    return share[0]


@st.composite
def steps(draw: st.DrawFn) -> tuple[Step, ...]:
    """A waterfall of up to five steps that can be told apart."""
    makers = (
        lambda code: st.builds(PercentStep, st.just(code), recipients, small_percents, shares_of, caps),
        lambda code: st.builds(
            TieredStep,
            st.just(code),
            recipients,
            tiers(),
            st.booleans(),
            st.sampled_from(["", "octets"]),
            shares_of,
            caps,
        ),
        lambda code: st.builds(FixedStep, st.just(code), recipients, amounts()),
        lambda code: st.builds(PerUnitStep, st.just(code), recipients, rates, caps),
        lambda code: st.builds(
            SplitStep,
            st.just(code),
            st.lists(
                st.tuples(recipients, percents), min_size=1, max_size=4, unique_by=lambda item: item[0]
            ).map(tuple),
        ),
        lambda code: st.builds(RemainderStep, st.just(code), recipients),
        lambda code: st.builds(GuaranteeStep, st.just(code), st.sampled_from(PARTIES), amounts()),
    )
    count = draw(st.integers(1, 5))
    return tuple(draw(draw(st.sampled_from(makers))(f"step-{index}")) for index in range(count))


@st.composite
def bases(draw: st.DrawFn, *, nested: bool = True) -> Basis:
    """Any basis."""
    kinds = [BasisKind.RETAIL, BasisKind.NET_OF_TAX, BasisKind.COST]
    kind = draw(st.sampled_from([*kinds, *((BasisKind.HIGHER_OF, BasisKind.LOWER_OF) if nested else ())]))
    if kind is BasisKind.COST:
        return Basis(kind, rates=(draw(rates),))
    if kind in (BasisKind.HIGHER_OF, BasisKind.LOWER_OF):
        return Basis(kind, of=tuple(draw(st.lists(bases(nested=False), min_size=2, max_size=3))))
    return Basis(kind)


@st.composite
def terms(draw: st.DrawFn, code: str = "all", covers: Coverage = EVERYTHING) -> Term:
    """A term of any funding. A sponsor may be paid by another term, and then both are netted."""
    funding = draw(st.sampled_from(Funding))
    sponsor = "streamcast" if funding is Funding.SPONSOR else ""
    return Term(code, code, covers, draw(bases()), draw(steps()), funding, sponsor)


@st.composite
def agreements(draw: st.DrawFn, code: str = "agreement") -> Agreement:
    """One term for music, another for everything else."""
    music = draw(terms("music", Coverage(offering_codes=frozenset({"music"}))))
    return Agreement(
        code,
        code,
        date(2026, 1, 1),
        PeriodKind.WEEK,
        CURRENCIES,
        (music, draw(terms("rest"))),
        version=1,
    )


@st.composite
def products(draw: st.DrawFn, currency_code: str = "") -> Product:
    """One of a few products, so that some meet."""
    kind = draw(st.sampled_from(["usage", "fee", "refund"]))
    return Product(
        kind=kind,
        origin=draw(st.sampled_from(["usage", "fee"])) if kind == "refund" else kind,
        offering_code=draw(st.sampled_from(["music", "video"])),
        price_code=draw(st.sampled_from(["day", "night"])),
        catalog_version=1,
        rating_group=draw(st.sampled_from([0, 110])),
        slice="",
        application="",
        sponsor="",
        loyalty_program="",
        unit=draw(st.sampled_from(["octets", "kilometres", ""])),
        currency_code=currency_code or draw(st.sampled_from(CURRENCIES)),
    )


@st.composite
def rows(draw: st.DrawFn, currency_code: str = "") -> InputRow:
    """Sums of some records; a refund is below zero, and never more than a customer can have paid."""
    product = draw(products(currency_code))
    gross = draw(st.integers(0, 10**12))
    tax = gross * draw(st.integers(0, 20)) // 100
    sign = -1 if product.kind == "refund" else 1
    quantity = draw(st.integers(0, 10**10))
    return InputRow(product, draw(st.integers(1, 1_000)), sign * quantity, sign * gross, sign * tax)


def row_lists(currency_code: str = "") -> st.SearchStrategy[list[InputRow]]:
    """Rows of different products."""
    return st.lists(rows(currency_code), max_size=8, unique_by=lambda row: row.product)

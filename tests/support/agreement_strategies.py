"""Agreements that Hypothesis draws: well-formed, of every kind, wise or not."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

from services.partner_settlement.domain.agreement_document import (
    AgreementDocument,
    ExampleRecord,
    WorkedExample,
)
from services.partner_settlement.domain.agreements import (
    OPERATOR,
    Agreement,
    Basis,
    BasisKind,
    Coverage,
    DisputeTerms,
    FixedStep,
    Funding,
    GuaranteeStep,
    LoyaltyProgram,
    Party,
    PercentStep,
    PerUnitStep,
    Recipient,
    RecipientKind,
    RecordKind,
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

# Some that YAML would take for something else: a number, a boolean, nothing, a date.
CODES = st.sampled_from(["melody", "a", "7", "1e5", "no", "null", "2026-11-27", "0x1f", "x" * 64, "cab-2"])
PARTY_CODES = CODES
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=30
)
CURRENCIES = st.lists(st.sampled_from(["EUR", "CHF", "JPY", "KWD"]), min_size=1, max_size=3, unique=True)
MINOR = st.integers(1, 10**9)
PERCENTS = st.integers(1, 10**7).map(lambda number: Fraction(number, 10**5))
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))
UNITS = st.sampled_from(["octets", "seconds", "events", "records", "vehicles"])
RECIPIENTS = st.one_of(
    st.just(OPERATOR),
    st.builds(Recipient, PARTY_CODES, st.sampled_from([RecipientKind.PAY, RecipientKind.BEAR])),
)
LISTED = st.frozensets(CODES, max_size=2)
COVERAGES = st.builds(
    Coverage,
    kinds=st.frozensets(st.sampled_from(list(RecordKind)), max_size=3),
    offering_codes=LISTED,
    price_codes=LISTED,
    rating_groups=st.frozensets(st.integers(0, 999), max_size=2),
    slices=LISTED,
    applications=st.frozensets(st.sampled_from(["app", "#1", "urn:x:y", "{a}", "~"]), max_size=2),
    sponsors=LISTED,
    loyalty_programs=LISTED,
)


def amounts(codes: list[str]) -> st.SearchStrategy[dict[str, int]]:
    """Something in each currency."""
    return st.fixed_dictionaries(dict.fromkeys(codes, MINOR))


def caps(codes: list[str]) -> st.SearchStrategy[dict[str, int]]:
    """Something in each currency, or in none."""
    return st.one_of(st.just({}), amounts(codes))


def rates(codes: list[str]) -> st.SearchStrategy[UnitRate]:
    """So much for so many units."""
    return st.builds(UnitRate, UNITS, st.integers(1, 10**12), amounts(codes))


@st.composite
def tiered_steps(draw: st.DrawFn, code: str, codes: list[str]) -> TieredStep:
    """Tiers of revenue or of units."""
    ends: list[int | None] = [*sorted(draw(st.sets(st.integers(1, 10**12), max_size=3))), None]
    return TieredStep(
        code,
        draw(RECIPIENTS),
        tuple(ShareTier(end, draw(PERCENTS)) for end in ends),
        draw(st.booleans()),
        draw(st.one_of(st.just(""), UNITS)),
        draw(st.sampled_from(list(ShareOf))),
        draw(caps(codes)),
    )


@st.composite
def steps(draw: st.DrawFn, code: str, codes: list[str]) -> Step:
    """A step of any model."""
    to, one = RECIPIENTS, st.just(code)
    shares = st.lists(st.tuples(to, PERCENTS), min_size=1, max_size=3).map(tuple)
    of = st.sampled_from(list(ShareOf))
    drawn: Step = draw(
        st.one_of(
            st.builds(PercentStep, one, to, PERCENTS, of, caps(codes)),
            tiered_steps(code, codes),
            st.builds(FixedStep, one, to, amounts(codes)),
            st.builds(PerUnitStep, one, to, rates(codes), caps(codes)),
            st.builds(SplitStep, one, shares),
            st.builds(RemainderStep, one, to),
            st.builds(GuaranteeStep, one, PARTY_CODES, amounts(codes)),
        )
    )
    return drawn


@st.composite
def bases(draw: st.DrawFn, codes: list[str]) -> Basis:
    """Any basis, compared ones included."""
    simple = st.one_of(
        st.sampled_from([Basis(BasisKind.RETAIL), Basis(BasisKind.NET_OF_TAX)]),
        st.builds(
            lambda of: Basis(BasisKind.COST, rates=tuple(of)), st.lists(rates(codes), min_size=1, max_size=2)
        ),
    )
    compared = st.builds(
        lambda kind, of: Basis(kind, of=tuple(of)),
        st.sampled_from([BasisKind.HIGHER_OF, BasisKind.LOWER_OF]),
        st.lists(simple, min_size=1, max_size=3),
    )
    return draw(st.one_of(simple, compared))


@st.composite
def terms(draw: st.DrawFn, code: str, codes: list[str]) -> Term:
    """A term."""
    funding = draw(st.sampled_from(list(Funding)))
    named = draw(st.lists(CODES, min_size=1, max_size=4, unique=True))
    return Term(
        code=code,
        name=draw(NAMES),
        covers=draw(COVERAGES),
        basis=draw(bases(codes)),
        waterfall=tuple(draw(steps(name, codes)) for name in named),
        funding=funding,
        funded_by_party=draw(PARTY_CODES) if funding is Funding.SPONSOR else "",
    )


@st.composite
def programs(draw: st.DrawFn, code: str, codes: list[str]) -> LoyaltyProgram:
    """A loyalty program, earned by one thing."""
    by_units = draw(st.booleans())
    return LoyaltyProgram(
        code=code,
        name=draw(NAMES),
        earned_by=draw(COVERAGES),
        face_minor=draw(MINOR),
        currency_code=draw(st.sampled_from(codes)),
        redeemed_with_party=draw(PARTY_CODES),
        valid_days=draw(st.integers(1, 3650)),
        earn_unit=draw(UNITS) if by_units else "",
        earn_units=draw(st.integers(1, 10**12)) if by_units else 0,
        earn_minor=0 if by_units else draw(MINOR),
    )


@st.composite
def agreements(draw: st.DrawFn, code: str) -> Agreement:
    """An agreement as a writer leaves it: programs in order of code."""
    codes = draw(CURRENCIES)
    named = draw(st.lists(CODES, min_size=1, max_size=3, unique=True))
    of_loyalty = sorted(draw(st.sets(CODES, max_size=2)))
    return Agreement(
        code=code,
        name=draw(NAMES),
        effective_from=draw(DAYS),
        period=draw(st.sampled_from(list(PeriodKind))),
        currency_codes=tuple(codes),
        terms=tuple(draw(terms(name, codes)) for name in named),
        reference=draw(st.one_of(st.just(""), NAMES)),
        effective_until=draw(st.one_of(st.none(), DAYS)),
        disputes=DisputeTerms(
            draw(caps(codes)), draw(st.one_of(st.just(Fraction(0)), PERCENTS)), draw(st.integers(0, 400))
        ),
        loyalty_programs=tuple(draw(programs(name, codes)) for name in of_loyalty),
    )


PARTIES = st.builds(
    Party,
    code=PARTY_CODES,
    name=NAMES,
    roles=st.sets(CODES, max_size=2).map(lambda roles: tuple(sorted(roles))),
    address_lines=st.lists(NAMES, max_size=3).map(tuple),
    tax_number=st.one_of(st.just(""), NAMES),
    tax_percent=st.one_of(st.just(Fraction(0)), PERCENTS),
    withholding_percent=st.one_of(st.just(Fraction(0)), PERCENTS),
    payout_minimums=caps(["EUR"]),
    payout_maximums=caps(["EUR", "CHF"]),
    payout_currency_code=st.sampled_from(["", "EUR"]),
)


@st.composite
def records(draw: st.DrawFn) -> ExampleRecord:
    """Records of an example."""
    unit = draw(st.one_of(st.just(""), UNITS))
    return ExampleRecord(
        kind=draw(st.sampled_from(list(RecordKind))),
        offering_code=draw(st.one_of(st.just(""), CODES)),
        price_code=draw(st.one_of(st.just(""), CODES)),
        rating_group=draw(st.integers(0, 999)),
        slice=draw(st.one_of(st.just(""), CODES)),
        sponsor=draw(st.one_of(st.just(""), CODES)),
        unit=unit,
        quantity=draw(st.integers(0, 10**12)) if unit else 0,
        gross_minor_micros=draw(st.integers(-(10**12), 10**12)),
        tax_minor_micros=draw(st.integers(-(10**9), 10**9)),
        count=draw(st.integers(1, 10**6)),
        of=draw(st.sampled_from([None, *RecordKind])),
    )


@st.composite
def examples(draw: st.DrawFn, code: str, agreement: Agreement) -> WorkedExample:
    """An example that may well be wrong."""
    shares = st.dictionaries(PARTY_CODES, st.integers(-(10**9), 10**9), max_size=2)
    return WorkedExample(
        code=code,
        agreement_code=agreement.code,
        period=draw(st.sampled_from(["2026-W48", "2026-11", "2026-Q4", "2026-11-27"])),
        currency_code=draw(st.sampled_from(agreement.currency_codes)),
        records=tuple(draw(st.lists(records(), max_size=2))),
        shares=draw(shares),
        operator_minor=draw(st.one_of(st.none(), st.integers(-(10**9), 10**9))),
        borne=draw(shares),
        owed=draw(shares),
    )


@st.composite
def documents(draw: st.DrawFn) -> AgreementDocument:
    """A set of agreements in canonical order."""
    parties = {party.code: party for party in draw(st.lists(PARTIES, max_size=3))}
    drawn = [draw(agreements(code)) for code in sorted(draw(st.sets(CODES, max_size=2)))]
    named = sorted(draw(st.sets(CODES, max_size=2))) if drawn else []
    return AgreementDocument(
        tuple(parties[code] for code in sorted(parties)),
        tuple(drawn),
        tuple(draw(examples(code, draw(st.sampled_from(drawn)))) for code in named),
    )

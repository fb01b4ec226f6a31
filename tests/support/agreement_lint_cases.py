# ruff: noqa: E501 - a row of the table is one line
"""What is changed in a small sound set of agreements, and what lint then says: a case for every rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    reason: str
    edits: tuple[tuple[str, str], ...]
    field: str
    says: str


def case(reason: str, old: str, new: str, field: str, says: str) -> Case:
    return Case(reason, ((old, new),), field, says)


FEES = "agreements.small.terms.fees"
STEPS = f"{FEES}.waterfall"
TRAFFIC = "agreements.small.terms.traffic"
VOUCHERS = "agreements.small.terms.vouchers"
RIDES = "agreements.small.loyalty.rides"
FRANCS = ("currencies: [EUR]", "currencies: [EUR, CHF]")
TIERS = 'tiers: [{up_to: "100.00", percent: "20"}, {percent: "30"}]'
SPLIT = 'split: [{to: cinema, weight: "1"}, {to: operator, weight: "2.5"}]'
COST = '{cost: [{per: 1 GB, amount: "0.50"}]}, {cost: [{per: 1 records, amount: "0.01"}]}'
EVERYTHING_TO_GAMES = "covers: {kinds: [fee], offerings: [games]}"


def term(reason: str, lines: str, field: str, says: str) -> Case:
    """A term added to `other`."""
    added = f"      added:\n        name: Added\n{lines}"
    return case(reason, "examples:\n", f"{added}examples:\n", field, says)


def last_term(covers: str, funding: str = "revenue") -> str:
    return (
        f"        covers: {covers}\n        funding: {funding}\n        basis: retail\n"
        '        waterfall: [{code: a, percent: {to: cinema, percent: "10"}}]\n'
    )


CASES = [
    # The form.
    case("YAML_INVALID", "agreements:\n", "agreements: [\n", "", "not readable as YAML"),
    case("KEY_TWICE", "    name: Small\n", "    name: Small\n    name: Less\n", "agreements.small.name", "line 12"),
    case("FIELD_UNKNOWN", "funded_by", "funded_bye", f"{TRAFFIC}.funded_bye", "did you mean `funded_by`"),
    case("FIELD_MISSING", "    period: week\n", "", "agreements.small.period", "add it"),
    case("FIELD_MISSING", "currencies: [EUR]", "currencies: []", "agreements.small.currencies", "[EUR]"),
    case("FIELD_INVALID", "period: week", "period: fortnight", "agreements.small.period", "'week'"),
    case("FIELD_INVALID", "name: Small\n", f"name: {'x' * 201}\n", "agreements.small.name", "200"),
    case("FIELD_INVALID", "rating_groups: [108]", 'rating_groups: ["108"]', f"{TRAFFIC}.covers.rating_groups.0", "integer"),
    case("CODE_INVALID", "  melody:\n", "  Melody:\n", "parties.Melody", "lower-case"),
    case("CODE_RESERVED", "cinema: {name: Cinema}", "cinema: {name: Cinema}\n  operator: {name: Us}", "parties.operator", "itself"),
    case("CODE_RESERVED", "code: base", "code: sponsor", f"{STEPS}.0.code", "themselves"),
    case("AMOUNT_INVALID", 'amount: "2.00"', 'amount: "0.00"', f"{STEPS}.0.fixed.amount", "not above 0"),
    case("AMOUNT_INVALID", 'amount: "2.00"', 'amount: "-2.00"', f"{STEPS}.0.fixed.amount", "not above 0"),
    case("AMOUNT_INVALID", 'amount: "2.00"', 'amount: "2e0"', f"{STEPS}.0.fixed.amount", "plain decimal"),
    case("AMOUNT_INVALID", 'up_to: "100.00"', "up_to: 100 GB", f"{STEPS}.2.tiered.tiers.0.up_to", "at an amount"),
    case("AMOUNT_NOT_TEXT", 'percent: "40"', "percent: 40", f"{STEPS}.1.percent.percent", 'in quotes: "40"'),
    case("AMOUNT_TOO_FINE", 'cap: "900.00"', 'cap: "900.001"', f"{STEPS}.1.percent.cap", "whole minor unit"),
    case("SIZE_INVALID", "per: 1 GB, amount: \"0.10\"", "per: 1, amount: \"0.10\"", f"{TRAFFIC}.waterfall.0.per_unit.per", "name the unit"),
    case("DATE_INVALID", "from: 2026-01-05", "from: 2026-02-30", "agreements.small.from", "calendar"),
    case("PERIOD_INVALID", "period: 2026-W10", "period: 2026-W54", "examples.one-hundred.period", "no period"),
    case("STEP_MODEL_INVALID", ', percent: {to: melody, percent: "40", cap: "900.00"}', "", f"{STEPS}.1", "exactly one"),
    case("STEP_MODEL_INVALID", '{code: base, fixed', '{code: base, remainder: {to: operator}, fixed', f"{STEPS}.0", "exactly one"),
    case("BASIS_INVALID", "basis: net-of-tax", "basis: gross", f"{FEES}.basis", "net-of-tax"),
    case("BASIS_INVALID", "          higher_of:", "          lower_of: [retail, net-of-tax]\n          higher_of:", f"{TRAFFIC}.basis", "exactly one"),
    # Parties.
    case("PARTY_UNKNOWN", "to: melody, amount", "to: melodie, amount", f"{STEPS}.0.fixed.to", "define it under `parties`"),
    case("PARTY_UNKNOWN", "split: [{to: cinema", "split: [{to: harmony", f"{STEPS}.5.split.0.to", "'harmony'"),
    case("PARTY_UNKNOWN", "funded_by: streamcast", "funded_by: nobody", f"{TRAFFIC}.funded_by", "'nobody'"),
    case("PARTY_UNKNOWN", "redeemed_with: melody", "redeemed_with: nobody", f"{RIDES}.redeemed_with", "'nobody'"),
    case("PARTY_UNKNOWN", "{party: melody", "{party: nobody", f"{STEPS}.4.guarantee.party", "'nobody'"),
    case("PARTY_UNUSED", "cinema: {name: Cinema}", "cinema: {name: Cinema}\n  idle: {name: Idle}", "parties.idle", "no agreement names"),
    case("PARTY_PERCENT_INVALID", 'tax_percent: "19"', 'tax_percent: "119"', "parties.melody.tax_percent", "0 to 100"),
    case("PARTY_PERCENT_INVALID", 'withholding_percent: "5"', 'withholding_percent: "100"', "parties.melody.withholding_percent", "below 100"),
    case("PAYOUT_BOUNDS_INVALID", 'EUR: "500.00"', 'EUR: "5.00"', "parties.melody.payout_minimum", "above the greatest"),
    # Currencies and days.
    case("CURRENCY_UNKNOWN", "currencies: [EUR]", "currencies: [EURO]", "agreements.small.currencies", "ISO 4217"),
    case("CURRENCY_UNKNOWN", "cinema: {name: Cinema}", "cinema: {name: Cinema, payout_currency: XXY}", "parties.cinema.payout_currency", "EUR"),
    case("CURRENCY_TWICE", "currencies: [EUR]", "currencies: [EUR, EUR]", "agreements.small.currencies", "once is enough"),
    case("CURRENCY_NOT_AGREED", 'amount: "2.00"', 'amount: {EUR: "2.00", USD: "2.00"}', f"{STEPS}.0.fixed.amount", "USD"),
    case("CURRENCY_NOT_AGREED", 'voucher: "5.00"', 'voucher: "5.00"\n        currency: CHF', f"{RIDES}.currency", "EUR"),
    case("CURRENCY_NOT_AGREED", "    records:\n", "    currency: CHF\n    records:\n", "examples.one-hundred.currency", "EUR"),
    Case("CURRENCY_INCOMPLETE", (FRANCS, ('amount: "2.00"', 'amount: {EUR: "2.00"}')), f"{STEPS}.0.fixed.amount", "CHF"),
    Case("CURRENCY_INCOMPLETE", (FRANCS,), f"{TRAFFIC}.basis.higher_of.0.cost.0.amount", "add the amount in CHF"),
    case("CURRENCY_INCOMPLETE", 'payout_minimum: {EUR: "10.00"}', 'payout_minimum: "10.00"', "parties.melody.payout_minimum", "in which currency"),
    case("EFFECTIVE_FROM_INVALID", "from: 2026-01-05", "from: 2026-01-06", "agreements.small.from", "2026-01-05 or 2026-01-12"),
    case("EFFECTIVE_UNTIL_INVALID", "until: 2027-01-04", "until: 2026-01-05", "agreements.small.until", "before it begins"),
    case("EFFECTIVE_UNTIL_INVALID", "until: 2027-01-04", "until: 2027-01-01", "agreements.small.until", "2026-12-28 or 2027-01-04"),
    # Coverage.
    case("TERM_MISSING", '        waterfall:\n          - {code: share, percent: {to: cinema, percent: "50"}}\n', "        waterfall: []\n", "agreements.other.terms.games.waterfall", "add a step"),
    case("COVERAGE_EMPTY", EVERYTHING_TO_GAMES, "covers: {kinds: [fee], rating_groups: [108]}", "agreements.other.terms.games.covers", "only usage has a rating group"),
    case("COVERAGE_EMPTY", "earned_by: {kinds: [fee], offerings: [music]}", "earned_by: {kinds: [usage], loyalty_programs: [rides]}", f"{RIDES}.earned_by", "only a redemption"),
    case("COVERS_EVERYTHING", EVERYTHING_TO_GAMES, "covers: {}", "agreements.other.terms.games.covers", "every charge"),
    term("TERM_UNREACHABLE", last_term("{kinds: [fee], offerings: [games], prices: [monthly]}"), "agreements.other.terms.added", "nothing is left by games"),
    term("TERM_UNREACHABLE", last_term("{kinds: [fee], offerings: [games]}", "operator"), "agreements.other.terms.added", "put this one before"),
    case("REVENUE_SHARED_TWICE", EVERYTHING_TO_GAMES, "covers: {kinds: [fee], offerings: [films, games]}", "agreements.other.terms.games.covers", "term fees of small"),
    case("REVENUE_SHARED_TWICE", EVERYTHING_TO_GAMES, "covers: {kinds: [refund]}", "agreements.other.terms.games.covers", "until 2027-01-04"),
    # Basis and funding.
    case("RATES_MISSING", COST, "{cost: []}, retail", f"{TRAFFIC}.basis.higher_of.0.cost", "per: 1 GB"),
    case("RATE_INVALID", 'cost: [{per: 1 GB, amount: "0.50"}', 'cost: [{per: 1 GB, amount: "0.50"}, {per: 1 MB, amount: "0.50"}', f"{TRAFFIC}.basis.higher_of.0.cost.1", "a rate already"),
    case("RATE_INVALID", 'per: 1 GB, amount: "0.10"', 'per: 0 GB, amount: "0.10"', f"{TRAFFIC}.waterfall.0.per_unit.per", "one unit or more"),
    case("RATE_COUNTS_NOTHING", "basis: net-of-tax", 'basis: {cost: [{per: 1 GB, amount: "1.00"}]}', f"{FEES}.basis.cost.0.per", "count records instead"),
    case("BASIS_SIDES_MISSING", COST, "retail", f"{TRAFFIC}.basis", "two bases"),
    case("BASIS_NESTED", COST, "retail, {lower_of: [retail, net-of-tax]}", f"{TRAFFIC}.basis.higher_of.1", "side by side"),
    case("SPONSOR_MISSING", "        funded_by: streamcast\n", "", f"{TRAFFIC}.funded_by", "say which party pays"),
    case("SPONSOR_UNEXPECTED", "funding: sponsor", "funding: operator", f"{TRAFFIC}.funded_by", "nobody else pays"),
    case("SPONSOR_PAID", "funded_by: streamcast", "funded_by: cinema", f"{TRAFFIC}.waterfall.0.per_unit.to", "cannot be paid out of it"),
    case("SPONSORED_REVENUE", f"basis:\n          higher_of: [{COST}]", "basis: retail", f"{TRAFFIC}.basis", "customers have paid already"),
    # Steps.
    case("STEP_CODE_TWICE", "code: grown", "code: share", f"{STEPS}.2.code", "a step already"),
    case("PERCENT_INVALID", 'percent: "40"', 'percent: "0"', f"{STEPS}.1.percent.percent", "above 0"),
    case("PERCENT_INVALID", 'percent: "40"', 'percent: "101"', f"{STEPS}.1.percent.percent", "at most 100"),
    case("PERCENT_INVALID", '{percent: "30"}]', '{percent: "130"}]', f"{STEPS}.2.tiered.tiers.1.percent", "0 to 100"),
    case("PERCENT_INVALID", TIERS, 'tiers: [{percent: "0"}]', f"{STEPS}.2.tiered.tiers", "no tier gives anything"),
    case("SHARES_EXCEED_BASIS", 'percent: "40"', 'percent: "75"', f"{STEPS}.2.tiered", "in all 105"),
    case("SHARES_EXCEED_BASIS", "graduated: true, tiers: [{up_to: \"100.00\", percent: \"20\"}", "graduated: false, tiers: [{up_to: \"100.00\", percent: \"61\"}", f"{STEPS}.2.tiered", "in all 101"),
    case("STEP_UNREACHABLE", '{code: rest, percent: {to: cinema, percent: "10"', '{code: rest, percent: {to: cinema, percent: "100"', f"{STEPS}.5", "rest leaves nothing"),
    case("STEP_UNREACHABLE", SPLIT, f"{SPLIT}\n          - {{code: late, remainder: {{to: cinema}}}}", f"{STEPS}.6", "divided leaves nothing"),
    case("TIERS_INVALID", TIERS, 'tiers: [{up_to: "100.00", percent: "20"}]', f"{STEPS}.2.tiered.tiers", "all but the last"),
    case("TIERS_INVALID", TIERS, 'tiers: [{up_to: "9.00", percent: "20"}, {up_to: "8.00", percent: "20"}, {percent: "30"}]', f"{STEPS}.2.tiered.tiers", "ascending"),
    case("TIERS_INVALID", f"graduated: true, {TIERS}", 'by: Mega Bytes, graduated: true, tiers: [{percent: "20"}]', f"{STEPS}.2.tiered.by", "no unit"),
    Case("TIERS_CURRENCIES_DIFFER", (("currencies: [EUR]", "currencies: [EUR, JPY]"),), f"{STEPS}.2.tiered.tiers", "minor units of different size"),
    case("WEIGHT_INVALID", 'weight: "1"', 'weight: "0"', f"{STEPS}.5.split.0.weight", "above 0"),
    case("WEIGHT_INVALID", SPLIT, 'split: [{to: cinema, weight: "1"}]', f"{STEPS}.5.split", "use `remainder`"),
    case("RECIPIENT_TWICE", "{to: operator, weight", "{to: cinema, weight", f"{STEPS}.5.split.1.to", "add the weights"),
    case("GUARANTEE_WITHOUT_SHARE", "{code: kept, remainder: {to: operator}}", '{code: kept, guarantee: {party: melody, amount: "1.00"}}', f"{TRAFFIC}.waterfall.1.guarantee.party", "a fixed fee"),
    # Loyalty.
    case("PROGRAM_UNKNOWN", "loyalty_programs: [rides]", "loyalty_programs: [flights]", f"{VOUCHERS}.covers.loyalty_programs", "'flights'"),
    case("PROGRAM_MISSING", ", loyalty_programs: [rides]", "", f"{VOUCHERS}.covers.loyalty_programs", "of which program"),
    case("PROGRAM_NOT_SETTLED", "loyalty_programs: [rides]", "loyalty_programs: [flights]", RIDES, "never settled"),
    case("PROGRAM_EARNING_INVALID", '        every_amount: "9.99"\n', "", RIDES, "one of"),
    case("PROGRAM_EARNING_INVALID", 'every_amount: "9.99"', 'every_amount: "9.99"\n        every_units: 10 GB', RIDES, "one of"),
    case("PROGRAM_EARNING_INVALID", 'every_amount: "9.99"', "every_units: 0 GB", f"{RIDES}.every_units", "one unit or more"),
    case("PROGRAM_EARNING_INVALID", 'every_amount: "9.99"', "every_units: 5 Rides", f"{RIDES}.every_units", "which: 10 GB"),
    case("PROGRAM_INVALID", 'voucher: "5.00"', 'voucher: "0.00"', f"{RIDES}.voucher", "more than nothing"),
    case("PROGRAM_INVALID", "valid: 90 days", "valid: 0 days", f"{RIDES}.valid", "a day or more"),
    # Disputes.
    case("DISPUTE_TERMS_INVALID", 'minimum_percent: "1"', 'minimum_percent: "101"', "agreements.small.disputes.minimum_percent", "0 to 100"),
    case("DISPUTE_TERMS_INVALID", 'minimum: "5.00"', 'minimum: "-5.00"', "agreements.small.disputes.minimum", "below zero"),
    # The catalog.
    case("OFFERING_UNKNOWN", "offerings: [music, films]", "offerings: [music, films, opera]", f"{FEES}.covers.offerings", "'opera'"),
    case("OFFERING_NOT_COVERED", "offerings: [music, films]", "offerings: [music]", "agreements.small.terms", "films"),
    case("PRICE_UNKNOWN", "offerings: [games]}", "offerings: [games], prices: [once]}", "agreements.other.terms.games.covers.prices", "'once'"),
    case("RATING_GROUP_UNKNOWN", "rating_groups: [108]", "rating_groups: [109]", f"{TRAFFIC}.covers.rating_groups", "'109'"),
    case("SLICE_UNKNOWN", "rating_groups: [108]", "slices: [theatre]", f"{TRAFFIC}.covers.slices", "'theatre'"),
    case("UNIT_UNKNOWN", 'per: 1 GB, amount: "0.10"', 'per: 1 wagons, amount: "0.10"', f"{TRAFFIC}.waterfall.0.per_unit.per", "'wagons'"),
    # Worked examples.
    case("AGREEMENT_UNKNOWN", "agreement: other", "agreement: another", "examples.one-hundred.agreement", "'another'"),
    case("EXAMPLE_CHECKS_NOTHING", '    shares: {cinema: "50.00", operator: "50.00"}\n', "", "examples.one-hundred", "expects nothing"),
    case("EXAMPLE_NOT_IN_FORCE", "period: 2026-W10", "period: 2025-W10", "examples.one-hundred.period", "2026-01-05 on"),
    case("EXAMPLE_NOT_IN_FORCE", "period: 2026-W10", 'period: "2026-03"', "examples.one-hundred.period", "by the week"),
    case("EXAMPLE_NOT_SETTLED", 'amount: "10.00"', 'amount: "-10.00"', "examples.one-hundred.records", "to share"),
    case("EXAMPLE_DIFFERS", 'cinema: "50.00"', 'cinema: "49.99"', "examples.one-hundred.shares.cinema", "expected 49.99 EUR, computed 50.00 EUR"),
    case("EXAMPLE_DIFFERS", 'operator: "50.00"', 'operator: "51.00"', "examples.one-hundred.shares.operator", "computed 50.00 EUR"),
    case("EXAMPLE_DIFFERS", 'shares: {cinema: "50.00", ', 'shares: {', "examples.one-hundred.shares.cinema", "expected 0.00 EUR"),
    case("EXAMPLE_DIFFERS", "    shares: {cinema", '    owed: {streamcast: "1.00"}\n    shares: {cinema', "examples.one-hundred.owed.streamcast", "computed 0.00 EUR"),
]  # fmt: skip

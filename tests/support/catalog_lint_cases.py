# ruff: noqa: E501 - a row of the table is one line
"""What is changed in a small sound catalog, and what lint then says: a case for every rule."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.catalog import SMALL_CATALOG


@dataclass(frozen=True)
class Case:
    reason: str
    edits: tuple[tuple[str, str], ...]
    field: str
    says: str


def case(reason: str, old: str, new: str, field: str, says: str) -> Case:
    return Case(reason, ((old, new),), field, says)


def section(reason: str, text: str, field: str, says: str) -> Case:
    """A table added to the catalog."""
    return case(reason, "offerings:\n", f"{text}\nofferings:\n", field, says)


WHEN = ("rating_groups: [text]\n", "rating_groups: [text]\n        when: {{{}}}\n")
BARRED = (
    "offerings:\n",
    'destinations: {premium: {name: P, prefixes: ["+49900"], barred: true}}\nofferings:\n',
)


def when(reason: str, conditions: str, field: str, says: str, defined: tuple[str, str] | None = None) -> Case:
    """Conditions of the price for messages; `defined`: a table and a code of it."""
    edits: tuple[tuple[str, str], ...] = ((WHEN[0], WHEN[1].format(conditions)),)
    if defined is not None:
        table, code = defined
        edits = (*edits, ("offerings:\n", f"{table}: {{{code}: {{name: N}}}}\nofferings:\n"))
    return Case(reason, edits, field, says)


def text(reason: str, line: str, field: str, says: str) -> Case:
    """A line of the price for messages."""
    return case(reason, WHEN[0], f"{WHEN[0]}        {line}\n", field, says)


def basic(reason: str, line: str, field: str, says: str) -> Case:
    """A line of the plan."""
    return case(reason, "    name: Basic\n", f"    name: Basic\n    {line}\n", field, says)


def counter(reason: str, fields: str, field: str, says: str) -> Case:
    """A counter."""
    return section(reason, f"counters: {{c: {{name: C, period: month, {fields}}}}}", field, says)


CASES = [
    # The form.
    case("YAML_INVALID", "offerings:\n", "offerings: [\n", "", "not readable as YAML"),
    case("YAML_INVALID", SMALL_CATALOG, "- just a list", "", "the file is no mapping"),
    case("KEY_TWICE", "    name: Basic\n", "    name: Basic\n    name: Basis\n", "offerings.basic.name", "line 23"),
    case("FIELD_UNKNOWN", "precedence: 100", "precedense: 100", "offerings.basic.precedense", "did you mean `precedence`"),
    case("FIELD_MISSING", "    precedence: 100\n", "", "offerings.basic.precedence", "add it"),
    case("FIELD_INVALID", "kind: plan", "kind: plane", "offerings.basic.kind", "'plan'"),
    case("FIELD_INVALID", 'plmns: ["262"]', "plmns: [262]", "zones.home.plmns.0", 'in quotes: "262"'),
    case("FIELD_INVALID", "30 days", "a month", "offerings.basic.allowances.data-1mb.validity", "write 30 days"),
    case("CODE_INVALID", "  extra:\n", "  Extra:\n", "offerings.Extra", "lower-case"),
    case("AMOUNT_INVALID", '"0.05"', '"5e-2"', "offerings.basic.prices.data.per_unit.amount", "plain decimal"),
    case("AMOUNT_INVALID", '"0.05"', '"99999999999999999"', "offerings.basic.prices.data.per_unit.amount", "can hold"),
    case("AMOUNT_NOT_TEXT", '"0.05"', "0.05", "offerings.basic.prices.data.per_unit.amount", 'in quotes: "0.05"'),
    case("SIZE_INVALID", "amount: 1 MB", "amount: lots", "offerings.basic.allowances.data-1mb.amount", "5 GB"),
    case("UNIT_DIFFERS", "per: 1 min", "per: 1 MB", "offerings.basic.prices.voice-peak.per_unit.per", "seconds"),
    case("PRICE_MODEL_INVALID", '        flat: {amount: "0.07"}\n', "", "offerings.basic.prices.text", "exactly one"),
    case("PRICE_MODEL_INVALID", 'flat: {amount: "0.07"}', 'flat: {amount: "0.07"}\n        free: true', "offerings.basic.prices.text", "exactly one"),
    case("TIME_WINDOW_INVALID", "mon-fri 07:00-19:00", "mon-fri 19:00-07:00", "time_bands.peak.windows.0", "as two"),
    case("TIME_WINDOW_INVALID", "mon-fri 07:00-19:00", "workdays", "time_bands.peak.windows.0", "mon-fri"),
    # References.
    case("CURRENCY_UNKNOWN", "currency: EUR", "currency: EURO", "currency", "ISO 4217"),
    case("TIME_ZONE_UNKNOWN", "Europe/Berlin", "Europe/Bonn", "time_zone", "IANA"),
    case("RATING_GROUP_UNKNOWN", "default_rating_group: data", "default_rating_group: date", "default_rating_group", "'date'"),
    case("RATING_GROUP_UNKNOWN", "rating_groups: [text]", "rating_groups: [texts]", "offerings.basic.prices.text.rating_groups", "'texts'"),
    case("RATING_GROUP_UNKNOWN", "- {rating_group: data", "- {rating_group: date", "examples.two-megabytes.usage.0.rating_group", "'date'"),
    case("ZONE_UNKNOWN", "zones: [home]", "zones: [house]", "offerings.basic.prices.data-peak.when.zones", "france, home, rest"),
    case("ZONE_UNKNOWN", "at: 2026-03-02", "zone: spain, at: 2026-03-02", "examples.two-megabytes.usage.0.zone", "'spain'"),
    case("TIME_BAND_UNKNOWN", "time_band: peak", "time_band: rush", "offerings.basic.prices.data-peak.time_band", "'rush'"),
    case("OFFERING_UNKNOWN", "includes: [basic]", "includes: [basics]", "offerings.both.includes", "'basics'"),
    case("OFFERING_UNKNOWN", "offerings: [basic]", "offerings: [basics]", "examples.two-megabytes.offerings", "'basics'"),
    case("UNIT_UNKNOWN", "unit: kilometres", "unit: miles", "rating_groups.distance.unit", "'miles'"),
    case("REFERENCE_TWICE", "rating_groups: [text]", "rating_groups: [text, text]", "offerings.basic.prices.text.rating_groups", "once"),
    case("RATING_GROUP_NUMBER_TWICE", "number: 3", "number: 2", "rating_groups.voice.number", "of text already"),
    case("UNIT_BUILT_IN", "  kilometres: {name: Kilometres}", "  kilometres: {name: Kilometres}\n  octets: {name: Octets}", "units.octets", "built in"),
    # Places and times.
    case("HOME_ZONE_INVALID", "home: true, ", "", "zones", "no zone is home"),
    case("HOME_ZONE_INVALID", "name: France", "name: France, home: true", "zones.home.home", "france is the home zone"),
    case("REST_OF_WORLD_INVALID", "name: France", "name: France, rest_of_world: true", "zones.rest.rest_of_world", "only one"),
    case("REST_OF_WORLD_MISSING", 'rest_of_world: true', 'plmns: ["310"]', "zones", "rest_of_world"),
    case("ZONE_EMPTY", '{name: France, plmns: ["208"]}', "{name: France}", "zones.france", "no network"),
    case("PLMN_INVALID", '"208"', '"20"', "zones.france.plmns", '"26201"'),
    case("PLMN_TWICE", '"208"', '"262"', "zones.home.plmns", "france already"),
    case("TIME_BAND_EMPTY", 'windows: ["mon-fri 07:00-19:00"]', "windows: []", "time_bands.peak", "needs a window"),
    case("TIME_WINDOWS_OVERLAP", '["mon-fri 07:00-19:00"]', '["mon-fri 07:00-19:00", "wed 18:00-20:00"]', "time_bands.peak.windows", "wed 18:00"),
    # Figures.
    case("AMOUNT_NEGATIVE", '"0.07"', '"-0.07"', "offerings.basic.prices.text.flat.amount", "negative"),
    case("AMOUNT_NEGATIVE", 'threshold: "2.00"', 'threshold: "-2.00"', "low_balance_threshold", "below"),
    case("AMOUNT_TOO_FINE", '"0.07"', '"0.000000001"', "offerings.basic.prices.text.flat.amount", "fewer digits"),
    case("PER_UNITS_INVALID", "per: 1 min", "per: 0", "offerings.basic.prices.voice-peak.per_unit.per", "1 unit or more"),
    case("INCREMENTS_INVALID", "first: 60, next: 1", "first: 60, next: 0", "offerings.basic.prices.voice-peak.increments", "1 unit or more"),
    case("INCREMENTS_INVALID", 'flat: {amount: "0.07"}', 'increments: {first: 10, next: 1}\n        flat: {amount: "0.07"}', "offerings.basic.prices.text.increments", "event"),
    case("TIERS_INVALID", "{up_to: 100, amount", "{amount", "offerings.basic.prices.distance.tiered.tiers.0", "only the last"),
    case("TIERS_INVALID", '{amount: "0.20"}', '{up_to: 200, amount: "0.20"}', "offerings.basic.prices.distance.tiered.tiers.1", "no `up_to`"),
    case("TIERS_INVALID", '{amount: "0.20"}', '{up_to: 100, amount: "0.20"}, {amount: "0.10"}', "offerings.basic.prices.distance.tiered.tiers.1", "not above 100"),
    case("TIERS_INVALID", '[{up_to: 100, amount: "0.30"}, {amount: "0.20"}]', "[]", "offerings.basic.prices.distance.tiered.tiers", "at least one"),
    case("QUOTA_INVALID", "minimum: 1024", "minimum: 5000", "rating_groups.data.quota", "ascend"),
    case("QUOTA_INVALID", "maximum_validity: 1 h", "maximum_validity: 0", "rating_groups.data.quota.maximum_validity", "second"),
    case("THRESHOLDS_INVALID", "[80, 100]", "[100, 80]", "offerings.basic.allowances.data-1mb.thresholds_percent", "ascend"),
    case("THRESHOLDS_INVALID", "[80, 100]", "[80, 120]", "offerings.basic.allowances.data-1mb.thresholds_percent", "100"),
    case("ALLOWANCE_EMPTY", "amount: 1 MB", "amount: 0", "offerings.basic.allowances.data-1mb", "1 unit or more"),
    case("ALLOWANCE_UNIT_DIFFERS", "amount: 1 MB", "amount: 1 min", "offerings.basic.allowances.data-1mb.amount", "seconds"),
    case("PRICE_UNITS_MIXED", "rating_groups: [text]", "rating_groups: [text, distance]", "offerings.basic.prices.text.rating_groups", "events and kilometres"),
    case("REDIRECT_ADDRESS_MISSING", "unit: octets,", "unit: octets, final_unit_action: redirect,", "rating_groups.data", "redirect_address"),
    # Offerings.
    case("OFFERING_EMPTY", "    includes: [basic]\n    choice: {minimum: 0, maximum: 1, offerings: [extra]}\n", "", "offerings.both", "brings no price"),
    case("PAYMENT_MODE_MISSING", "    payment_mode: prepaid\n", "", "offerings.basic", "postpaid"),
    case("BUNDLE_CYCLE", "    kind: add-on\n", "    kind: add-on\n    includes: [both]\n", "offerings.both", "both -> extra -> both"),
    case("CHOICE_INVALID", "maximum: 1, offerings", "maximum: 2, offerings", "offerings.both.choice", "0 to 2 of 1"),
    case("CHOICE_INVALID", "minimum: 0, maximum: 1, offerings", "minimum: 2, maximum: 1, offerings", "offerings.both.choice", "2 to 1"),
    case("CHOICE_INVALID", "includes: [basic]", "includes: [basic, extra]", "offerings.both.choice.offerings", "included already"),
    case("PRICE_HOLE", '"sat-sun 00:00-24:00"', '"sat 00:00-24:00"', "offerings.basic.prices", "voice: no price, sun 00:00 to sun 24:00"),
    case("PRICE_HOLE", "rating_groups: [text]\n", "rating_groups: [text]\n        zones: [home, france]\n", "offerings.basic.prices", "text: no price in zone rest, all week"),
    case("PRICE_OVERLAP", "        zones: [home]\n        time_band: peak\n", "", "offerings.basic.prices.data-peak", "data and data-peak are equally specific"),
    case("PRICE_UNREACHABLE", "    existing_subscribers: keep\n    prices", "    existing_subscribers: keep\n    denied_zones: [home]\n    prices", "offerings.basic.prices.data-peak", "never applies"),
    case("PRECEDENCE_EQUAL", "    kind: add-on\n    precedence: 50\n", '    kind: add-on\n    precedence: 100\n    prices: {text: {name: Texts, rating_groups: [text], flat: {amount: "0.01"}}}\n', "offerings.extra.precedence", "basic has precedence 100 too"),
    case("RATING_GROUP_UNPRICED", "rating_groups: [distance]\n        tiered: {scope: month, tiers: [{up_to: 100, amount: \"0.30\"}, {amount: \"0.20\"}]}", "rating_groups: [text]\n        zones: [home]\n        free: true", "rating_groups.distance", "always be refused"),
    # Circumstances.
    section("DATE_INVALID", 'calendars: {c: {name: C, days: ["02-30"]}}', "calendars.c.days.0", "2026-12-01"),
    section("DATE_INVALID", 'calendars: {c: {name: C, days: ["Xmas"]}}', "calendars.c.days.0", "12-25 for every year"),
    section("CALENDAR_EMPTY", "calendars: {c: {name: C, days: []}}", "calendars.c.days", "needs a holiday"),
    case("CALENDAR_UNKNOWN", "peak: {name: Peak,", "peak: {name: Peak, calendar: c,", "time_bands.peak.calendar", "'c'"),
    case("HOLIDAY_WITHOUT_CALENDAR", '["mon-fri 07:00-19:00"]', '["holiday 07:00-19:00"]', "time_bands.peak.windows", "name a `calendar`"),
    section("DESTINATION_EMPTY", "destinations: {d: {name: D, prefixes: []}}", "destinations.d", "list some `prefixes`"),
    section("PREFIX_TWICE", 'destinations: {d: {name: D, prefixes: ["+49"]}, e: {name: E, prefixes: ["49"]}}', "destinations.e.prefixes", "49 belongs to d already"),
    section("AREA_EMPTY", "areas: {a: {name: A}}", "areas.a", "nothing is meant"),
    section("CELL_TWICE", 'areas: {a: {name: A, cells: ["26201-0000a1b20"]}, b: {name: B, cells: ["26201-0000a1b20"]}}', "areas.b.cells", "belongs to a already"),
    section("CELL_TWICE", 'areas: {a: {name: A, tracking_areas: ["26201-00a1f3"]}, b: {name: B, tracking_areas: ["26201-00a1f3"]}}', "areas.b.tracking_areas", "belongs to a already"),
    section("SLICE_TWICE", "slices: {a: {name: A, sst: 1}, b: {name: B, sst: 1}}", "slices.b.sst", "1-any belongs to a"),
    section("QOS_CLASS_EMPTY", "qos_classes: {q: {name: Q, five_qis: []}}", "qos_classes.q", "five_qis"),
    section("FIVE_QI_TWICE", "qos_classes: {q: {name: Q, five_qis: [9]}, r: {name: R, five_qis: [9]}}", "qos_classes.r.five_qis", "9 belongs to q"),
    section("LOAD_BAND_INVALID", "load_bands: {b: {name: B, from_percent: 80, until_percent: 80}}", "load_bands.b", "ends above"),
    section("LOAD_BANDS_OVERLAP", "load_bands: {b: {name: B, from_percent: 0, until_percent: 80}, c: {name: C, from_percent: 79, until_percent: 101}}", "load_bands.c.from_percent", "b holds until 80"),
    when("DESTINATION_UNKNOWN", "destinations: [mars]", "offerings.basic.prices.text.when.destinations", "'mars'"),
    Case("DESTINATION_UNKNOWN", (BARRED, (WHEN[0], WHEN[1].format("destinations: [premium]"))), "offerings.basic.prices.text.when.destinations", "that may be called"),
    when("AREA_UNKNOWN", "areas: [stadium]", "offerings.basic.prices.text.when.areas", "'stadium'"),
    when("SLICE_UNKNOWN", "slices: [surgery]", "offerings.basic.prices.text.when.slices", "'surgery'"),
    when("QOS_CLASS_UNKNOWN", "qos_classes: [gold]", "offerings.basic.prices.text.when.qos_classes", "'gold'"),
    when("LOAD_BAND_UNKNOWN", "load_bands: [busy]", "offerings.basic.prices.text.when.load_bands", "'busy'"),
    when("SEGMENT_UNKNOWN", "segments: [youth]", "offerings.basic.prices.text.when.segments", "'youth'"),
    when("DEVICE_CLASS_UNKNOWN", "device_classes: [tractor]", "offerings.basic.prices.text.when.device_classes", "'tractor'"),
    case("SEGMENT_UNKNOWN", "    offerings: [basic]\n    usage", "    offerings: [basic]\n    segment: youth\n    usage", "examples.two-megabytes.segment", "'youth'"),
    case("SLICE_UNKNOWN", "at: 2026-03-02", "slice: surgery, at: 2026-03-02", "examples.two-megabytes.usage.0.slice", "'surgery'"),
    case("DEVICE_CLASS_UNKNOWN", "at: 2026-03-02", "device_class: car, at: 2026-03-02", "examples.two-megabytes.usage.0.device_class", "'car'"),
    case("CURRENCY_UNKNOWN", "    offerings: [basic]\n    usage", "    offerings: [basic]\n    currency: CHF\n    usage", "examples.two-megabytes.currency", "EUR"),
    case("CONDITION_TWICE", "zones: [home]\n        time_band: peak", "zones: [home]\n        when: {zones: [france]}\n        time_band: peak", "offerings.basic.prices.data-peak.zones", "not both"),
    case("CONDITION_TWICE", "        zones: [home]\n        time_band: peak", "        when: {time_band: peak}\n        time_band: peak", "offerings.basic.prices.data-peak.time_band", "not both"),
    case("SERVICE_UNKNOWN", "rating_groups: [text]", "services: [fax]", "offerings.basic.prices.text.services", "data, iot, sms, voice"),
    # Prices.
    text("DAYS_INVALID", "when: {from: 2026-12-31, until: 2026-12-01}", "offerings.basic.prices.text.when.from", "after its last day"),
    case("PERCENTAGE_UNIT_DIFFERS", 'flat: {amount: "0.07"}', 'percentage: {percent: "15"}', "offerings.basic.prices.text.percentage.percent", "count events"),
    case("PERCENT_INVALID", 'flat: {amount: "0.07"}', 'percentage: {percent: "0"}', "offerings.basic.prices.text.percentage.percent", "not above 0"),
    section("PERCENT_INVALID", 'taxes: {vat: {name: VAT, percent: "119", inclusive: true}}', "taxes.vat.percent", "between 0 and 100"),
    text("TAX_UNKNOWN", "tax: vat", "offerings.basic.prices.text.tax", "'vat'"),
    text("BOUNDS_INVALID", 'minimum: "2.00"\n        maximum: "1.00"', "offerings.basic.prices.text.minimum", "2.00 is above 1.00"),
    text("DYNAMIC_INVALID", 'dynamic: {expression: "1000", minimum_permille: 2000, maximum_permille: 1000}', "offerings.basic.prices.text.dynamic", "the minimum first"),
    text("DYNAMIC_INVALID", 'dynamic: {expression: "load +", minimum_permille: 500, maximum_permille: 1000}', "offerings.basic.prices.text.dynamic", "load +"),
    text("DYNAMIC_INVALID", 'dynamic: {expression: "mood * 10", minimum_permille: 500, maximum_permille: 1000}', "offerings.basic.prices.text.dynamic", "mood"),
    text("CONCURRENCY_INVALID", "concurrency: sessions\n        increments: {first: 1, next: 1}", "offerings.basic.prices.text.increments", "one by one"),
    text("PRICE_HOLE", "concurrency: sessions", "offerings.basic.prices", "none for their use"),
    case("PER_UNITS_INVALID", 'flat: {amount: "0.07"}', 'package: {amount: "0.07", units: 0}', "offerings.basic.prices.text.package.units", "1 unit or more"),
    case("TIERS_INVALID", 'flat: {amount: "0.07"}', 'volume: {scope: month, steps: []}', "offerings.basic.prices.text.volume.steps", "at least one"),
    when("PRICE_HOLE", "segments: [youth]", "offerings.basic.prices", "text: no price in any other segment, all week", ("segments", "youth")),
    case("CURRENCY_UNKNOWN", 'flat: {amount: "0.07"}', 'flat: {amount: {EUR: "0.07", CHF: "0.08"}}', "offerings.basic.prices.text.flat.amount", "list it under `currencies`"),
    case("AMOUNT_INVALID", 'flat: {amount: "0.07"}', 'flat: {amount: {CHF: "0.08"}}', "offerings.basic.prices.text.flat.amount", "first currency, is missing"),
    case("CURRENCY_NOT_SOLD", "currency: EUR", "currency: EUR\ncurrencies: [CHF]", "currencies", "not sold in CHF, as no amount is given in it: basic"),
    Case("CURRENCY_INCOMPLETE", (("currency: EUR", "currency: EUR\ncurrencies: [CHF]"), ('"0.07"', '{EUR: "0.07", CHF: "0.08"}')), "offerings.basic.prices.data.per_unit.amount", "this is not"),
    # Fees, periods, allowances.
    basic("PERIOD_INVALID", "period: {months: 1, days: 7}", "offerings.basic.period", "one of them"),
    basic("PERIOD_INVALID", "period: {days: 7, calendar: true}", "offerings.basic.period.calendar", "first"),
    basic("PERIOD_MISSING", 'fees: {f: {name: F, kind: recurring, amount: "5.00"}}', "offerings.basic.fees.f", "needs a `period`"),
    case("PERIOD_MISSING", "validity: 30 days", "renews: true", "offerings.basic.allowances.data-1mb.renews", "needs a `period`"),
    basic("PROMOTION_INVALID", 'fees: {f: {name: F, kind: one-time, amount: "5.00", promotion: {periods: 1, percent: 50}}}', "offerings.basic.fees.f.promotion", "recurring"),
    basic("TRIAL_INVALID", "trial: {days: 14}", "offerings.basic.trial", "no recurring fee"),
    basic("TRIAL_INVALID", "trial: {days: 0, ends: true}", "offerings.basic.trial.days", "a day or more"),
    case("ROLLOVER_INVALID", "validity: 30 days", "rollover: {periods: 1}", "offerings.basic.allowances.data-1mb.rollover", "only what `renews`"),
    case("MEMBER_LIMIT_INVALID", "validity: 30 days", "member_limit: 1 kB", "offerings.basic.allowances.data-1mb.member_limit", "shared: true"),
    case("VALIDITY_INVALID", "validity: 30 days", "valid_from: first-use", "offerings.basic.allowances.data-1mb.valid_from", "for how long"),
    # Policies.
    counter("COUNTER_EMPTY", "measure: money", "counters.c", "tells nothing"),
    counter("COUNTER_UNITS_MIXED", "measure: units, cap: {units: 5}", "counters.c.rating_groups", "events and kilometres"),
    counter("COUNTER_MARK_INVALID", "measure: money, cap: {units: 5}", "counters.c.cap", "as `amount`"),
    counter("COUNTER_MARK_INVALID", 'measure: money, cap: {units: 5, amount: "5.00"}', "counters.c.cap", "either"),
    counter("COUNTER_THRESHOLDS_INVALID", "measure: units, rating_groups: [data], thresholds: [{units: 2 MB}, {units: 1 MB}]", "counters.c.thresholds", "ascend"),
    counter("COUNTER_THRESHOLDS_INVALID", 'measure: money, cap: {amount: "0.00"}', "counters.c.cap", "above 0"),
    counter("COUNTER_LIFTABLE_INVALID", 'measure: money, liftable: true, thresholds: [{amount: "5.00"}]', "counters.c.liftable", "no cap"),
    section("VELOCITY_LIMIT_INVALID", "velocity_limits: {v: {name: V, subject: subscriber, request: session, maximum_requests: 0, window: 1 min}}", "velocity_limits.v", "1 or more"),
    section("SIZE_INVALID", "velocity_limits: {v: {name: V, subject: subscriber, request: session, maximum_requests: 1, window: 800 h}}", "velocity_limits.v.window", "31 days"),
    # Worked examples.
    case("EXAMPLE_DIFFERS", 'amount: "0.10", from', 'amount: "0.10", tax: "0.01", from', "examples.two-megabytes.usage.0.tax", "computed 0.00 EUR"),
    case("EXAMPLE_DIFFERS", "    offerings: [basic]\n    usage", '    offerings: [basic]\n    fees: {at: 2026-03-02 10:00, periods: 1, total: "5.00"}\n    usage', "examples.two-megabytes.fees.total", "computed 0.00 EUR"),
    case("EXAMPLE_DIFFERS", 'amount: "0.10", from', 'amount: "0.11", from', "examples.two-megabytes.usage.0.amount", "expected 0.11 EUR, computed 0.10 EUR"),
    case("EXAMPLE_DIFFERS", "from_allowance: 1 MB", "from_allowance: 2 MB", "examples.two-megabytes.usage.0.from_allowance", "expected 2000000 octets, computed 1000000 octets"),
    case("EXAMPLE_DIFFERS", "from_allowance: 1 MB", "refusal: no price", "examples.two-megabytes.usage.0.refusal", "computed rated at 0.10 EUR"),
    case("EXAMPLE_DIFFERS", "    offerings: [basic]\n    usage", "    offerings: [extra]\n    usage", "examples.two-megabytes.usage.0", "computed refused"),
    case("EXAMPLE_CHECKS_NOTHING", ', amount: "0.10", from_allowance: 1 MB', "", "examples.two-megabytes", "expects nothing"),
]  # fmt: skip

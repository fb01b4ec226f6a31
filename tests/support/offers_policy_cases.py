# ruff: noqa: E501 - a row of the table is one line
"""What is changed in a small sound set of policies, and what lint then says: a case for every rule."""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.offers_policies import SMALL_PLACES


@dataclass(frozen=True)
class Case:
    reason: str
    edits: tuple[tuple[str, str], ...]
    field: str
    says: str
    places: str = SMALL_PLACES


def case(reason: str, old: str, new: str, field: str, says: str) -> Case:
    return Case(reason, ((old, new),), field, says)


def rule(new: str, says: str, reason: str = "RULE_INVALID") -> Case:
    """`is_fan` with another text."""
    return case(reason, "is_fan: usage.video.hour > 1000000", f"is_fan: {new}", "rules.is_fan", says)


def text(new: str, says: str) -> Case:
    return case("TEXT_INVALID", "{en: More video,", f"{{en: {new},", f"{PASS}.reasons.1.text.en", says)


def place(reason: str, old: str, new: str, field: str, says: str) -> Case:
    assert old in SMALL_PLACES, old
    return Case(reason, (), field, says, SMALL_PLACES.replace(old, new, 1))


PASS = "offers.pass"
CAPS = "    - {contacts: 3, days: 7, channels: [message]}"
SQUARE = "[[13.23, 52.51], [13.25, 52.51], [13.25, 52.52], [13.23, 52.51]]"
REWARD = 'action: {reward: "2.00"}'
ARMS = "experiments.halves.arms"

CASES = [
    # The form.
    case("YAML_INVALID", "offers:\n", "offers: [\n", "", "not readable as YAML"),
    case("KEY_TWICE", "name: Small\n", "name: Small\nname: Less\n", "name", "line 2"),
    case(
        "FIELD_UNKNOWN",
        "compared_over",
        "compared_ower",
        f"{PASS}.compared_ower",
        "did you mean `compared_over`",
    ),
    case("FIELD_MISSING", '    value: "2.00"\n', "", f"{PASS}.value", "add it"),
    case("FIELD_INVALID", "on: usage", "on: weather", f"{PASS}.triggers.0.on", "'usage'"),
    case("FIELD_INVALID", 'from: "22:00"', 'from: "24:00"', "contact.quiet_hours.from", "in quotes"),
    case(
        "FIELD_INVALID",
        "propensity_percent: 5",
        "propensity_percent: 101",
        f"{PASS}.propensity_percent",
        "from 0 to 100",
    ),
    case(
        "FIELD_INVALID",
        "    budget: {acceptances: 100}",
        "    expires: 1 week",
        f"{PASS}.expires",
        "no time up to 366 days; write 30 min, 24 h or 2 days",
    ),
    case(
        "CODE_INVALID", "reason: NO_FAN", "reason: no-fan", f"{PASS}.suitability.0.reason", "NOT_A_VIDEO_FAN"
    ),
    case("CODE_INVALID", "  is_fan:", "  Is-fan:", "rules.Is-fan", "underscores"),
    case("CODE_INVALID", "languages: [en, de]", "languages: [english, de]", "languages.0", "de-CH"),
    case("AMOUNT_INVALID", 'value: "2.00"', 'value: "two"', f"{PASS}.value", "plain decimal"),
    case("AMOUNT_NOT_TEXT", 'value: "2.00"', "value: 2.00", f"{PASS}.value", "in quotes"),
    case(
        "SIZE_INVALID",
        "hour: 5 MB",
        "hour: 5 min",
        "examples.a-fan.facts.usage.video.hour",
        "counted in octets",
    ),
    case("SIZE_INVALID", "hour: 5 MB", "hour: lots", "examples.a-fan.facts.usage.video.hour", "no size"),
    case("DATE_INVALID", "until: 2027-01-01", "until: 2027-02-30", "offers.thanks.until", "2026-12-01"),
    case(
        "DATE_INVALID",
        "until: 2027-01-01",
        "from: 2027-01-01\n    until: 2027-01-01",
        "offers.thanks.until",
        "before or as it begins",
    ),
    case(
        "DATE_INVALID",
        "at: 2026-12-02 20:00}\n    placement: home",
        "at: tonight}\n    placement: home",
        "examples.a-fan.facts.moment.at",
        "2026-12-04 20:00",
    ),
    case(
        "ACTION_INVALID",
        "action: {subscribe: pass}",
        "action: {subscribe: pass, trial: week}",
        f"{PASS}.action",
        "exactly one",
    ),
    case("ACTION_INVALID", ", instead_of: premium", "", "offers.less.action", "what it is instead of"),
    case(
        "ACTION_INVALID",
        "action: {subscribe: pass}",
        "action: {subscribe: pass, currency: EUR}",
        f"{PASS}.action",
        "only a reward",
    ),
    case(
        "ACTION_INVALID",
        "action: {subscribe: pass}",
        "action: {subscribe: choice}",
        f"{PASS}.action",
        "choose 1 to 1 of: pass",
    ),
    case(
        "ACTION_INVALID",
        "action: {subscribe: pass}",
        "action: {subscribe: choice, choose: [week]}",
        f"{PASS}.action.choose",
        "cannot be chosen",
    ),
    case(
        "TRIGGER_INVALID",
        "{on: usage, when: is_fan}",
        "{on: usage, fence: arena}",
        f"{PASS}.triggers.0",
        "fence-entered",
    ),
    case(
        "TRIGGER_INVALID",
        "{on: usage, when: is_fan}",
        "{on: usage, below_percent: 5}",
        f"{PASS}.triggers.0",
        "allowance-low",
    ),
    case(
        "TRIGGER_INVALID",
        "channels: [app, message]",
        "channels: [app]",
        f"{PASS}.triggers",
        "add one of: message",
    ),
    case(
        "TRIGGER_INVALID",
        "- {on: fence-entered, fence: arena}",
        "- {on: allowance-low}",
        "offers.arena.triggers.0",
        "which allowance",
    ),
    case(
        "TRIGGER_INVALID",
        "      - {on: usage, when: is_fan}",
        "      - {on: usage, when: is_fan}\n      - {on: usage, when: is_fan}",
        f"{PASS}.triggers.1",
        "there already",
    ),
    case("CURRENCY_UNKNOWN", "currency: EUR", "currency: EUX", "currency", "ISO 4217"),
    case(
        "CURRENCY_UNKNOWN",
        REWARD,
        'action: {reward: "2.00", currency: EUX}',
        "offers.thanks.action.currency",
        "ISO 4217",
    ),
    case("TIME_ZONE_UNKNOWN", "Europe/Berlin", "Europe/Bonn", "time_zone", "IANA"),
    # Places.
    place("GEOJSON_INVALID", '"FeatureCollection"', '"Features"', "", "FeatureCollection"),
    place("GEOJSON_INVALID", "]}\n", "]\n", "", "not readable as JSON"),
    place("FEATURE_INVALID", '"name": "The arena", ', "", "features.0", "name"),
    place(
        "FEATURE_INVALID",
        '"type": "Feature", "properties": {"cell"',
        '"type": "Thing", "properties": {"cell"',
        "features.1",
        "no Feature",
    ),
    place("FEATURE_INVALID", '"radius_metres": 300', '"radius_metres": 0', "features.1", "radius_metres"),
    place(
        "GEOMETRY_INVALID",
        SQUARE,
        "[[13.23, 52.51], [13.25, 52.52], [13.25, 52.51], [13.23, 52.52], [13.23, 52.51]]",
        "features.0",
        "Self-intersection",
    ),
    place(
        "GEOMETRY_INVALID",
        SQUARE,
        "[[13.23, 52.51], [16.25, 52.51], [16.25, 52.52], [13.23, 52.51]]",
        "features.0",
        "204 km across",
    ),
    place(
        "GEOMETRY_INVALID",
        SQUARE,
        "[[13.23, 92.51], [13.25, 92.51], [13.25, 92.52], [13.23, 92.51]]",
        "features.0",
        "off the earth",
    ),
    place(
        "GEOMETRY_INVALID",
        '{"type": "Polygon", "coordinates": [\n     ' + SQUARE + "]}",
        "null",
        "features.0",
        "no geometry",
    ),
    place(
        "GEOMETRY_INVALID",
        '"coordinates": [\n     ' + SQUARE + "]",
        '"coordinates": []',
        "features.0",
        "empty",
    ),
    place("GEOMETRY_INVALID", '"dwell_seconds": 30', '"radius_metres": 30', "features.0", "write a Point"),
    place(
        "GEOMETRY_INVALID",
        '{"type": "Point", "coordinates": [13.24, 52.515]}',
        '{"type": "Point", "coordinates": "here"}',
        "features.1",
        "no geometry of GeoJSON",
    ),
    # Rules and texts.
    rule("usage.video.hour >", "Failed to parse"),
    rule("usage.vidoe.hour > 1", "did you mean 'video'"),
    rule("false && usage.video.houre > 1", "there is no usage.video.houre"),
    rule("usage.video.hour", "not true or false"),
    rule("false && customer.segment > 5", "of different kinds"),
    rule("is_rich", "no variable and no rule 'is_rich'"),
    rule("lowerAscii(customer.segment) == 'x'", "no function 'lowerAscii'"),
    rule("customer.segment.first == 'x'", "has no parts"),
    rule("is_fan || moment.weekend", "in a circle: is_fan"),
    rule(f'"{" ".join(["!moment.weekend &&"] * 80)} moment.weekend"', "1000 characters"),
    case(
        "RULE_INVALID",
        "{when: moment.weekend, percent: 20}",
        '{when: "  ", percent: 20}',
        f"{PASS}.weights.0.when",
        "it is empty",
    ),
    case(
        "RULE_NAME_RESERVED", "  is_fan:", "  usage: moment.weekend\n  is_fan:", "rules.usage", "another name"
    ),
    case(
        "RULE_UNUSED",
        "  is_fan:",
        "  is_idle: usage.video.day == 0\n  is_fan:",
        "rules.is_idle",
        "take it out",
    ),
    text('"{usage.video.hour | litres}"', "octets, percent, time"),
    text('"{usage.video.hour"', "write {{"),
    text('"{customer.segment | octets}"', "cannot be written as octets"),
    text('"{moment.weekend}"', "say how"),
    text('"{usage.vidoe.hour | octets}"', "there is no usage.vidoe"),
    case(
        "LANGUAGE_MISSING",
        "name: {en: Pass, de: Pass}",
        "name: {en: Pass}",
        f"{PASS}.name",
        "not there in de",
    ),
    case(
        "LANGUAGE_MISSING",
        "name: {en: Pass, de: Pass}",
        "name: {en: Pass, de: Pass, fr: Passe}",
        f"{PASS}.name",
        "fr is none",
    ),
    case(
        "LANGUAGE_TWICE", "languages: [en, de]", "languages: [en, de, en]", "languages", "en is there twice"
    ),
    case(
        "REASON_MISSING",
        "      - text: {en: More video, de: Mehr Video}\n",
        "",
        f"{PASS}.reasons",
        "without `when`",
    ),
    rule("context.age == '30'", "speaks of age", "PROTECTED_ATTRIBUTE"),
    rule("has(context.maritalStatus)", "speaks of marital", "PROTECTED_ATTRIBUTE"),
    rule("\"context['home-religion'] == 'x'\"", "speaks of religion", "PROTECTED_ATTRIBUTE"),
    case(
        "PROTECTED_ATTRIBUTE",
        "attributes: {kind: data}",
        "attributes: {gender: any}",
        f"{PASS}.attributes",
        "gender",
    ),
    case(
        "PROTECTED_ATTRIBUTE",
        "  calls: {rating_groups",
        "  health-apps: {rating_groups",
        "usage_classes.health-apps",
        "health",
    ),
    # What names what.
    case(
        "PLACEMENT_UNKNOWN",
        "placements: [home, push]",
        "placements: [hame, push]",
        f"{PASS}.placements",
        "did you mean home",
    ),
    case(
        "PLACEMENT_UNKNOWN",
        "    placements: [home]\n    arms",
        "    placements: [attic]\n    arms",
        "experiments.halves.placements",
        "attic",
    ),
    case(
        "CHANNEL_UNKNOWN",
        "channels: [app, message]",
        "channels: [ap, message]",
        f"{PASS}.channels",
        "did you mean app",
    ),
    case(
        "CHANNEL_UNKNOWN",
        CAPS,
        "    - {contacts: 3, days: 7, channels: [fax]}",
        "contact.caps.1.channels",
        "fax",
    ),
    case(
        "USAGE_CLASS_UNKNOWN",
        "compared_over: [video]",
        "compared_over: [vidoe]",
        f"{PASS}.compared_over",
        "did you mean video",
    ),
    case(
        "USAGE_CLASS_UNKNOWN",
        "usage: {video: {hour",
        "usage: {music: {hour",
        "examples.a-fan.facts.usage.music.hour",
        "there are: calls, video",
    ),
    case(
        "USAGE_CLASS_OVERLAPS",
        "rating_groups: [200]",
        "rating_groups: [107, 200]",
        "usage_classes.video.rating_groups",
        "calls already",
    ),
    case(
        "FENCE_UNKNOWN",
        "fences: [arena]\n    not",
        "fences: [area]\n    not",
        "offers.arena.fences",
        "did you mean arena",
    ),
    rule("\"'harbour' in place.fences\"", "no fence 'harbour'", "FENCE_UNKNOWN"),
    rule("raised.fence == 'harbour'", "no fence 'harbour'", "FENCE_UNKNOWN"),
    place(
        "FENCE_UNUSED",
        '{"type": "Feature", "properties": {"cell"',
        '{"type": "Feature", "properties": {"fence": "port", "name": "Port", "radius_metres": 50}, "geometry": {"type": "Point", "coordinates": [1, 2]}},\n  {"type": "Feature", "properties": {"cell"',
        "fences.port",
        "no offer names it",
    ),
    case(
        "OFFER_UNKNOWN", "without: [less]", "without: [lessen]", f"{ARMS}.other.without", "did you mean less"
    ),
    case("OFFER_UNKNOWN", "expected: [arena]", "expected: [aren]", "examples.in-the-arena.expected", "aren"),
    # Offers.
    case(
        "NEVER_SHOWN",
        "placements: [home, push]",
        "placements: []",
        f"{PASS}.placements",
        "nobody ever sees it",
    ),
    case("VALUE_INVALID", 'value: "2.00"', 'value: "0.00"', f"{PASS}.value", "never ranked"),
    case(
        "VALUE_INVALID",
        "propensity_percent: 5",
        "propensity_percent: 0",
        f"{PASS}.propensity_percent",
        "never ranked",
    ),
    case(
        "VALUE_INVALID",
        "propensity_percent: 5",
        "lever_percent: -95",
        f"{PASS}.lever_percent",
        "all but hidden",
    ),
    case(
        "REWARD_INVALID",
        REWARD,
        'action: {reward: "0.00"}',
        "offers.thanks.action.reward",
        "more than nothing",
    ),
    case(
        "REWARD_INVALID",
        REWARD,
        'action: {reward: "2000.00"}',
        "offers.thanks.action.reward",
        "at most 1000.00 EUR",
    ),
    case(
        "REWARD_INVALID",
        REWARD,
        'action: {reward: "2.00", currency: USD}',
        "offers.thanks.action.currency",
        "no account has USD",
    ),
    case(
        "BUDGET_INVALID",
        "budget: {acceptances: 100}",
        "budget: {acceptances: 0}",
        f"{PASS}.budget.acceptances",
        "budget of nothing",
    ),
    case(
        "BUDGET_INVALID",
        '    budget: {acceptances: 10, amount: "20.00"}\n',
        "",
        "offers.thanks.action",
        "add a budget",
    ),
    case(
        "COMPARISON_MISSING",
        "    compared_over: [video]\n    triggers",
        "    triggers",
        f"{PASS}.compared_over",
        "not_worse_off: false",
    ),
    case(
        "PERSONAL_RULE",
        "personalised: false",
        "personalised: false\n    suitability: [{when: is_fan}]",
        "offers.thanks.suitability.0.when",
        "looks at usage",
    ),
    case(
        "PERSONAL_RULE",
        "    attributes: {kind: data}",
        "    personalised: false",
        f"{PASS}.triggers",
        "one customer does",
    ),
    case(
        "WINDOW_INVALID",
        "budget: {acceptances: 100}",
        "expires: 2 days",
        f"{PASS}.reward_window",
        "before it expires",
    ),
    # Contact, experiments.
    case(
        "CAP_UNREACHABLE",
        CAPS,
        "    - {contacts: 7, days: 7, channels: [message]}",
        "contact.caps.1",
        "1 within 1 days stops before",
    ),
    case("CAP_UNREACHABLE", CAPS, "    - {contacts: 1, days: 7}", "contact.caps.0", "1 within 7 days"),
    case(
        "CAP_TWICE", CAPS, "    - {contacts: 3, days: 1, channels: [message]}", "contact.caps.1", "keep one"
    ),
    case("QUIET_HOURS_INVALID", 'until: "08:00"', 'until: "22:00"', "contact.quiet_hours", "same time"),
    case(
        "QUIET_HOURS_INVALID", 'until: "08:00"', 'until: "21:30"', "contact.quiet_hours", "less than an hour"
    ),
    case(
        "QUIET_HOURS_INVALID",
        '  quiet_hours: {from: "22:00", until: "08:00"}\n',
        "",
        "contact.quiet_hours",
        "at night",
    ),
    case(
        "OUTBOUND_UNLIMITED",
        "  message: {name: Message, outbound: true}",
        "  message: {name: Message, outbound: true}\n  sms: {name: SMS, outbound: true}",
        "contact.caps",
        "through sms",
    ),
    case("ARMS_INVALID", "one: {percent: 50", "one: {percent: 49", ARMS, "99 per cent"),
    Case(
        "ARMS_INVALID",
        (("one: {percent: 50", "one: {percent: 0"), ("other: {percent: 50", "other: {percent: 100")),
        ARMS,
        "compares nothing",
    ),
    case(
        "SALT_TWICE",
        "experiments:\n",
        "experiments:\n  first: {name: First, salt: halves-1, arms: {a: {percent: 50}, b: {percent: 50}}}\n",
        "experiments.halves.salt",
        "first has this salt",
    ),
    # The catalog.
    case(
        "OFFERING_UNKNOWN",
        "action: {subscribe: pass}",
        "action: {subscribe: passt}",
        f"{PASS}.action",
        "did you mean pass",
    ),
    case(
        "OFFERING_UNKNOWN",
        "excluded_with: [premium]",
        "excluded_with: [premum]",
        f"{PASS}.excluded_with",
        "did you mean premium",
    ),
    rule("\"'premum' in customer.offerings\"", "no offering 'premum'", "OFFERING_UNKNOWN"),
    case(
        "OFFERING_NOT_SOLD",
        "action: {subscribe: pass}",
        "action: {subscribe: francs}",
        f"{PASS}.action",
        "not sold in EUR",
    ),
    case(
        "DISCOUNT_NOT_CHEAPER",
        "discount: half, instead_of: premium",
        "discount: premium, instead_of: half",
        "offers.less.action",
        "7.99 EUR and half 3.99 EUR",
    ),
    case("TRIAL_MISSING", "trial: week", "trial: premium", "offers.trial.action.trial", "7.99 EUR at once"),
    case("VALUE_EXCEEDS_PRICE", 'value: "3.00"', 'value: "300.00"', "offers.less.value", "pays 3.99 EUR"),
    case(
        "RATING_GROUP_UNKNOWN",
        "rating_groups: [200]",
        "rating_groups: [200, 999]",
        "usage_classes.calls.rating_groups",
        "no rating group 999",
    ),
    case(
        "RATING_GROUP_UNKNOWN",
        "rating_groups: [200]",
        "rating_groups: [108, 200]",
        "usage_classes.calls.rating_groups",
        "counted in octets",
    ),
    case(
        "COMPARISON_MISSES",
        "compared_over: [video]",
        "compared_over: [video, calls]",
        f"{PASS}.compared_over",
        "nothing for calls",
    ),
    # Worked examples.
    case(
        "EXAMPLE_INVALID",
        "dropped: {arena: WRONG_PLACEMENT}",
        "dropped: {pass: NO_FAN}",
        "examples.a-fan.dropped",
        "keep one",
    ),
    case("EXAMPLE_DIFFERS", "hour: 5 MB", "hour: 5 kB", "examples.a-fan.expected", "pass: NO_FAN"),
    case(
        "EXAMPLE_DIFFERS",
        "expected: [pass, less, thanks, trial]",
        "expected: [less, pass, thanks, trial]",
        "examples.a-fan.expected",
        "[pass, less, thanks, trial]",
    ),
    case(
        "EXAMPLE_DIFFERS",
        "arena: WRONG_PLACEMENT",
        "arena: NOT_IN_FENCE",
        "examples.a-fan.dropped.arena",
        "expected NOT_IN_FENCE; WRONG_PLACEMENT",
    ),
    case("OFFER_WITHOUT_EXAMPLE", "expected: [arena]", "expected: []", "offers.arena", "no worked example"),
]

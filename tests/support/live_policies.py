"""A price list for stories about policies: outcomes, counters with caps, velocity limits, and what the
answers of charging can hold beyond a plain grant.

Figures are those of the plain list: an octet costs 10 minor_micros (0.10 EUR a megabyte).
"""

from __future__ import annotations

from tests.support.live_prices import CENT, EURO

OPERATION, CDR, UPLOAD, CLOCK, TAXED = 40, 41, 42, 43, 44
"""Rating groups: outcomes, offline usage, octets sent, dearer at noon, taxed."""
OPERATION_PRICE = 5 * EURO
BILL_SHOCK_CAP = 1 * EURO
CLOCK_BEFORE, CLOCK_AFTER = 10, 30
"""What an octet costs before noon in Berlin, and after, in minor_micros."""
NOON_SECOND = 3_600
"""Noon in Berlin, in seconds after the stories' morning (11:00 there)."""
TAXED_OCTETS = 1_190
SECONDS_A_WINDOW = 3_600
CREATES_A_WINDOW, EVENTS_AN_ELEMENT = 3, 4
BARRED_NUMBER = "+49900123456"
TEXT_PRICE = 7 * CENT

_HEAD = """\
catalog: policies
name: Policies
currency: EUR
time_zone: Europe/Berlin
default_rating_group: data
rating_groups:
  data:
    number: 1
    name: Data
    service: data
    unit: octets
    quota: &quota {initial: 1 MB, minimum: 100 kB, maximum: 4 MB, maximum_validity: 2 h}
  text: {number: 20, name: Messages, service: sms, unit: events, quota: &events
    {initial: 1, minimum: 1, maximum: 10, maximum_validity: 1 h}}
  operation:
    {number: 40, name: Operations guided, service: slice, unit: events, outcome: true, quota: *events}
  cdr: {number: 41, name: Reported afterwards, service: data, unit: octets, charging: offline, quota: *quota}
  upload: {number: 42, name: Octets sent, service: data, unit: octets, direction: uplink, quota: *quota}
  clock: {number: 43, name: Dearer from noon on, service: data, unit: octets, quota: *quota}
  taxed: {number: 44, name: With VAT, service: data, unit: octets, quota: *quota}
zones:
  home: {name: Home, home: true, plmns: ["262"]}
  rest: {name: Everywhere else, rest_of_world: true}
destinations:
  premium: {name: Premium numbers, prefixes: ["+49900"], barred: true}
time_bands:
  before-noon: {name: Before noon, windows: ["mon-sun 00:00-12:00"]}
  after-noon: {name: After noon, windows: ["mon-sun 12:00-24:00"]}
taxes:
  vat: {name: VAT, percent: "19", inclusive: true}
offerings:
  prepaid:
    name: Prepaid
    kind: plan
    payment_mode: prepaid
    precedence: 100
    existing_subscribers: keep
    prices:
      data:
        name: Data
        rating_groups: [data, cdr, upload]
        per_unit: {amount: "0.10", per: 1 MB}
      before-noon:
        name: Data before noon
        rating_groups: [clock]
        time_band: before-noon
        per_unit: {amount: "0.10", per: 1 MB}
      after-noon:
        name: Data after noon
        rating_groups: [clock]
        time_band: after-noon
        per_unit: {amount: "0.30", per: 1 MB}
      taxed: {name: With VAT, rating_groups: [taxed], tax: vat, per_unit: {amount: "0.10", per: 1 MB}}
      text: {name: Messages, rating_groups: [text], flat: {amount: "0.07"}}
      operation: {name: Operation, rating_groups: [operation], per_unit: {amount: "5.00", per: 1}}
"""

POLICIES = (
    _HEAD
    + """\
counters:
  bill-shock:
    name: Bill shock
    measure: money
    period: month
    rating_groups: [data, cdr, upload, clock, taxed]
    thresholds: [{amount: "0.50", status: warned}]
    cap: {amount: "1.00"}
    liftable: true
  fair-use:
    name: Fair use
    measure: units
    period: month
    rating_groups: [data]
    thresholds: [{units: 1 MB, status: normal}, {units: 4 MB, status: slow}]
  texts:
    name: Messages a month
    measure: units
    period: month
    rating_groups: [text]
    cap: {units: 3}
"""
)
"""With counters and caps."""

LIMITED = (
    _HEAD
    + """\
velocity_limits:
  sessions: {name: Sessions, subject: subscriber, request: session, maximum_requests: 3, window: 1 h}
  element-events: {name: Events, subject: element, request: event, maximum_requests: 4, window: 1 h}
"""
)
"""With velocity limits."""

PLAIN = _HEAD
"""Without policies."""

"""A small price list with round figures, for stories that charge on it.

One octet costs 10 minor_micros (0.10 EUR a megabyte), a second of a call
100,000, a message 7,000,000: what a story expects can be reckoned in the head.
"""

from __future__ import annotations

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2 as api
from tidemark.catalog.v1 import catalog_api_pb2_grpc

OCTET = 10
"""What one octet costs, in minor_micros."""
SECOND_OF_CALL = 100_000
MESSAGE = 7_000_000
CENT = 1_000_000
EURO = 100 * CENT
MEGABYTE = 1_000_000

DATA, WEB, VIDEO, BRIEF, VOICE, TEXT, METER = 1, 2, 3, 4, 10, 20, 30
UNKNOWN_GROUP = 999
EMBARGO_PLMN = "99901"
REDIRECT_ADDRESS = "https://top-up.example/"
INITIAL_OCTETS = MEGABYTE
MINIMUM_OCTETS = 100_000
MAXIMUM_OCTETS = 4 * MEGABYTE
VALIDITY_SECONDS = 3_600

EFFECTIVE_FROM = 1_735_689_600
"""2025-01-01T00:00:00Z, in seconds since 1970."""

PRICES = """\
catalog: live
name: Live
currency: EUR
time_zone: Europe/Berlin
default_rating_group: data
rating_groups:
  data:
    number: 1
    name: Data
    service: data
    unit: octets
    quota: &quota {initial: 1 MB, minimum: 100 kB, maximum: 4 MB, maximum_validity: 1 h}
  web:
    number: 2
    name: Web
    service: data
    unit: octets
    quota: *quota
    final_unit_action: redirect
    redirect_address: "https://top-up.example/"
  video:
    number: 3
    name: Video
    service: data
    unit: octets
    quota: *quota
    final_unit_action: restrict-access
  brief:
    number: 4
    name: Back in a second
    service: data
    unit: octets
    quota: {initial: 1 MB, minimum: 100 kB, maximum: 4 MB, maximum_validity: 1 s}
  voice:
    number: 10
    name: Calls
    service: voice
    unit: seconds
    quota: {initial: 60, minimum: 10, maximum: 600, maximum_validity: 1 h}
  text:
    number: 20
    name: Messages
    service: sms
    unit: events
    quota: &events {initial: 1, minimum: 1, maximum: 10, maximum_validity: 1 h}
  meter: {number: 30, name: Meter readings, service: iot, unit: events, quota: *events}
zones:
  home: {name: Home, home: true, plmns: ["262"]}
  embargo: {name: Not served, plmns: ["999"]}
  rest: {name: Everywhere else, rest_of_world: true}
offerings:
  prepaid: &prepaid
    name: Prepaid
    kind: plan
    payment_mode: prepaid
    precedence: 100
    existing_subscribers: keep
    denied_zones: [embargo]
    prices: &prices
      data:
        name: Data
        rating_groups: [data, web, video, brief]
        per_unit: {amount: "0.10", per: 1 MB}
      voice:
        name: Calls
        rating_groups: [voice]
        per_unit: {amount: "0.06", per: 1 min}
      text:
        name: Messages
        rating_groups: [text]
        flat: {amount: "0.07"}
  moving:
    name: Prepaid that follows the newest prices
    kind: plan
    payment_mode: prepaid
    precedence: 110
    existing_subscribers: move
    prices: *prices
  family:
    name: Family
    kind: plan
    payment_mode: postpaid
    precedence: 120
    existing_subscribers: keep
    prices: *prices
    allowances:
      shared-10mb:
        name: Ten megabytes for everybody
        rating_groups: [data]
        amount: 10 MB
        shared: true
  video-pass:
    name: Video pass
    kind: add-on
    precedence: 50
    existing_subscribers: keep
    allowances:
      video-5mb: {name: Five megabytes of video, rating_groups: [video], amount: 5 MB, priority: 10}
  metering:
    name: Metering
    kind: plan
    payment_mode: postpaid
    precedence: 130
    existing_subscribers: keep
    prices:
      meter: {name: Readings, rating_groups: [meter], flat: {amount: "0.01"}}
"""

DEARER = PRICES.replace('amount: "0.10", per: 1 MB', 'amount: "0.30", per: 1 MB')
"""The same, with data at three times the price: 30 minor_micros an octet."""


async def publish(
    channel: grpc.aio.Channel,
    content: str = PRICES,
    request_id: str = "first",
    effective_from: int = EFFECTIVE_FROM,
) -> int:
    """Publishes a price list, in effect from so many seconds since 1970. Returns its version."""
    answer = await catalog_api_pb2_grpc.CatalogServiceStub(channel).PublishCatalog(
        api.PublishCatalogRequest(
            request_id=request_id,
            source=api.CatalogSource(files=[api.SourceFile(name="live.yaml", content=content)]),
            effective_from=Timestamp(seconds=effective_from),
            actor="tests",
        ),
        timeout=20,
    )
    return int(answer.version)

"""A price list with what campaigns offer, charging that has it (here or as a process), offers before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
from tidemark.charging.v1 import account_api_pb2, journal_pb2

from services.offers.adapters.effects.charging_gateway import ChargingGateway
from services.offers.application.effect_ports import Answers
from services.offers.application.giving import Giving, PendingAcceptances
from services.offers.domain.compiled import OfferTerms
from services.offers.domain.policies import Action, ActionKind
from tests.support.live_accounts import Care, money_bucket
from tests.support.live_charging import (
    ChargingProcess,
    Node,
    charging_settings,
    journal,
    open_channel,
    price,
    priced_charging,
    record_of,
)
from tests.support.live_prices import PRICES
from tests.support.offers_effects import CHEAPER, EURO, REWARD, TRIAL, ChargingStandIn, compiled_offer, offer
from tests.support.offers_effects_sql import SqlEffectsWorld

FIVE_GIGABYTES = 5_000_000_000
GATEWAY_SECONDS = 0.3
"""How long the gateway tries where charging may be dead: long enough for a connection made anew."""
_PATIENT_SECONDS = 10.0

PASS_5GB = Action(ActionKind.SUBSCRIBE, "pass-5gb")

_MONTHLY = """\
    kind: add-on
    precedence: {precedence}
    existing_subscribers: keep
    period: {{months: 1}}
    fees:
      monthly: {{name: Monthly fee, kind: recurring, amount: "{amount}"}}
    allowances:
      hours: {{name: A gigabyte a month, rating_groups: [video], amount: 1 GB, renews: true}}
"""
CAMPAIGNS = (
    PRICES
    + """\
  pass-5gb:
    name: Video Pass
    kind: add-on
    precedence: 50
    existing_subscribers: keep
    fees:
      once: {name: Pass, kind: one-time, amount: "2.00"}
    allowances:
      video-5gb: {name: 5 GB of video, rating_groups: [video], amount: 5 GB, validity: 30 days}
  video-regular:
    name: Video by the month
"""
    + _MONTHLY.format(precedence=41, amount="5.00")
    + """\
  video-cheaper:
    name: Video by the month for you
"""
    + _MONTHLY.format(precedence=42, amount="3.00")
    + """\
  video-trial:
    name: Video to try
    trial: {days: 7, ends: true}
"""
    + _MONTHLY.format(precedence=43, amount="5.00")
)

OFFERS = (
    compiled_offer(offer(action=PASS_5GB), OfferTerms(price_minor_micros=2 * EURO, currency_code="EUR")),
    compiled_offer(
        offer("cheaper", CHEAPER),
        OfferTerms(price_minor_micros=3 * EURO, currency_code="EUR", regular_price_minor_micros=5 * EURO),
    ),
    compiled_offer(offer("trial", TRIAL), OfferTerms(currency_code="EUR", trial_days=7, trial_ends=True)),
    compiled_offer(offer("loyal-5", REWARD)),
    compiled_offer(offer("francs", Action(ActionKind.REWARD, amount_minor_micros=EURO, currency_code="CHF"))),
)


class OffersBeforeCharging:
    """Offers' use cases before charging, which may be killed where it is a process."""

    def __init__(self, charging: Node | ChargingProcess, world: SqlEffectsWorld) -> None:
        self.charging = charging
        self.world = world
        self._channels: list[grpc.aio.Channel] = []
        self.reconnect()

    @property
    def process(self) -> ChargingProcess:
        """Charging as a process, to be killed and started again."""
        assert isinstance(self.charging, ChargingProcess)
        return self.charging

    async def open_account(self, account_id: str, *offerings: str, money: int = 10 * EURO) -> str:
        """An account with one subscriber. Returns the subscriber's opaque id."""
        said = await Care(self.charging.channel).open(account_id, *offerings, money=money)
        (subscriber_id,) = said.subscriber_ids
        return subscriber_id

    async def account(self, account_id: str) -> account_api_pb2.Account:
        """As charging has it."""
        return await Care(self.charging.channel).account(account_id)

    async def money(self, account_id: str) -> int:
        """Money of an account, in minor_micros."""
        return money_bucket(await self.account(account_id)).money.minor_micros

    async def entries(self, operation: journal_pb2.Operation.ValueType) -> list[journal_pb2.JournalEntry]:
        """Of charging's journal, one kind."""
        rows = await journal(self.charging.channel)
        found = [entry for row in rows for entry in record_of(row).entries]
        return [entry for entry in found if entry.operation == operation]

    async def hear_the_journal(self) -> None:
        """All of it, from the beginning."""
        for row in await journal(self.charging.channel):
            await self.world.hear(*record_of(row).entries)

    def reconnect(self) -> None:
        """Use cases on the process as it runs now."""
        self.world.use_charging(self.gateway())

    def gateway(self) -> ChargingGateway:
        """To charging as it runs now, on a channel that stays open when it is killed."""
        self._channels.append(open_channel(self.charging.address))
        seconds = _PATIENT_SECONDS if isinstance(self.charging, Node) else GATEWAY_SECONDS
        return ChargingGateway(self._channels[-1], within_seconds=seconds)

    async def close(self) -> None:
        """Closes what was opened here."""
        for channel in self._channels:
            await channel.close(None)
        await self.world.close()

    def pending_of(self, answers: Answers) -> PendingAcceptances:
        """The search for what is pending, of a process with these answers."""
        giving = Giving(answers, self.gateway(), self.world.budgets, self.world.clock)
        return PendingAcceptances(answers, giving, self.world.clock)


@asynccontextmanager
async def offers_before_charging(folder: Path) -> AsyncIterator[OffersBeforeCharging]:
    """Both in this event loop, with the price list; nothing is left after the block."""
    async with priced_charging(folder, CAMPAIGNS) as charging, _offers_before(charging, folder) as offers:
        yield offers


@asynccontextmanager
async def offers_before_a_process(folder: Path) -> AsyncIterator[OffersBeforeCharging]:
    """The same with charging as a process of its own."""
    await price(folder, CAMPAIGNS)
    process = ChargingProcess(charging_settings(folder), folder)
    try:
        await process.start()
        async with _offers_before(process, folder) as offers:
            yield offers
    finally:
        await process.close()


@asynccontextmanager
async def _offers_before(
    charging: Node | ChargingProcess, folder: Path
) -> AsyncIterator[OffersBeforeCharging]:
    world = SqlEffectsWorld(f"sqlite:///{folder / 'offers.sqlite'}", OFFERS, ChargingStandIn())
    offers = OffersBeforeCharging(charging, world)
    try:
        yield offers
    finally:
        await offers.close()

"""The demo from the first step to the verdict, against a suite that runs already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.catalog.v1 import catalog_api_pb2, catalog_api_pb2_grpc, catalog_pb2
from tidemark.charging.v1 import journal_api_pb2

from services.cli.demo.audit.hearing import Verdict, hear
from services.cli.demo.audit.witnesses import ask_status
from services.cli.demo.balances import balances_watched
from services.cli.demo.board import Board
from services.cli.demo.inputs import DemoInputs
from services.cli.demo.kills import Killer
from services.cli.demo.offering.act import Offering, offer
from services.cli.demo.offering.desk import OffersDesk
from services.cli.demo.scenes.performance import Performance, perform
from services.cli.demo.settling.desk import SettlementDesk
from services.cli.demo.settling.settlement import Settlement, settle_weeks
from services.cli.demo.show import Show
from services.cli.demo.telling.act import listening
from services.cli.demo.telling.alerts import Telling
from services.cli.demo.telling.desk import NotificationDesk
from services.cli.demo.telling.listeners import asks
from services.cli.demo.telling.talk import Talk, talk
from services.cli.instants import present
from services.cli.replay.delivery import Delivery
from services.cli.replay.lane import Lane
from services.cli.replay.player import Pace, PlayTotals, play
from services.cli.replay.provisioning import open_accounts, provision_request
from services.cli.replay.rating_groups import RatingGroups, rating_groups_of

T = TypeVar("T")
_CALL_SECONDS = 60.0
_CATALOG_FROM = "2026-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Told:
    """What the demo has to tell at the end."""

    inputs: DemoInputs
    first: PlayTotals
    second: PlayTotals
    verdict: Verdict
    unchanged: bool
    kills: int
    board: Board
    performance: Performance
    settlement: Settlement
    offering: Offering
    telling: Telling
    talk: Talk

    @property
    def good(self) -> bool:
        """True where every cent is accounted for, the second play changed nothing, all scenes came out.

        And where each partner gets what it must, each customer is offered what fits, and was told and
        answered what they had to be.
        """
        played = self.unchanged and self.first.carried == self.second.carried
        acted = self.performance.good and self.settlement.good and self.offering.good
        answered = self.telling.good and self.talk.good
        return self.verdict.clean and played and acted and answered


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo plays: channels to the running suite, a folder for statements, how it shows itself."""

    charging: grpc.aio.Channel
    catalog: grpc.aio.Channel
    desk: SettlementDesk
    offers: OffersDesk
    notification: NotificationDesk
    nats_url: str
    statements: Path
    show: Show
    pace: Pace


async def tell(inputs: DemoInputs, stage: Stage, killer: Killer | None = None) -> Told:
    """Publishes, provisions, plays, audits, plays again, acts the scenes, settles, offers, answers.

    Raises AioRpcError, CommandFailedError, DeliveryError, WitnessSilentError or MemberFailedError.
    """
    catalog = await _publish(inputs, stage.catalog)
    stage.show.step(
        f"1. published catalog {catalog.code}: {len(catalog.offerings)} offerings, "
        f"{len(catalog.rating_groups)} rating groups"
    )
    # At once, since what a customer buys earns vouchers from then on.
    agreed = await stage.desk.publish(f"{inputs.run.name}/agreements", inputs.agreements)
    stage.show.step(f"   and {len(agreed.published)} agreements with {len(agreed.party_codes)} partners")
    rules = await stage.notification.publish(f"{inputs.run.name}/alerts", inputs.alerts)
    stage.show.step(f"   and rules for {rules.alerts} alerts")
    groups = rating_groups_of(catalog, inputs.flows)
    board = Board([account.account_id for account in inputs.accounts], len(inputs.flows))
    playing = _open_and_play(inputs, stage, groups, board, killer)
    first, telling = await (playing if killer is None else _under_fire(playing, killer, board))
    stage.show.step(_told_of(first))
    stage.show.step(
        f"   {telling.on_page} alerts on pages and {telling.at_webhook} at webhooks meanwhile, "
        f"at most {telling.slowest_milliseconds} ms after the charge"
    )
    stage.show.step("4. auditing against a second calculation from the input files")
    verdict = await hear(stage.charging, stage.nats_url, inputs.accounts, inputs.expected)
    stage.show.step("5. playing it all a second time: the same sessions, the same requests")
    before = await ask_status(stage.charging)
    second = await _play("playing again", inputs, stage, groups, board, board.answered)
    unchanged = _standing(before) == _standing(await ask_status(stage.charging))
    stage.show.step("6. showing what else charging can do, on accounts of their own")
    performance = await perform(stage.charging, f"{inputs.run.name}-scene", _present(), stage.desk)
    stage.show.step("7. settling with the partners")
    heads = {status.partition: status.head_sequence for status in await ask_status(stage.charging)}
    settlement = await settle_weeks(stage.desk, inputs.weeks, heads, inputs.due, stage.statements, stage.show)
    stage.show.step("8. offering what fits, while it is watched: captures with much video, without a pass")
    # After the settlement: what is used here is of nobody's week.
    version = await stage.offers.publish(f"{inputs.run.name}/offers", inputs.offers)
    stage.show.step(f"   published version {version} of the offer policies")
    offering = await offer(inputs, stage.charging, stage.offers, groups, present())
    stage.show.step("9. answering why somebody was charged, and handing over what a person must answer")
    talked = await talk(inputs.run.name, stage.charging, stage.notification, asks(inputs))
    kills = killer.done if killer else 0
    return Told(
        inputs,
        first,
        second,
        verdict,
        unchanged,
        kills,
        board,
        performance,
        settlement,
        offering,
        telling,
        talked,
    )


def _present() -> Timestamp:
    stamp = Timestamp()
    stamp.GetCurrentTime()
    return stamp


async def _open_and_play(
    inputs: DemoInputs, stage: Stage, groups: RatingGroups, board: Board, killer: Killer | None
) -> tuple[PlayTotals, Telling]:
    heard = _heard_by(board, killer)
    requests = [provision_request(inputs.run, plan, inputs.price_list.currency) for plan in inputs.accounts]
    await open_accounts(stage.charging, requests, heard)
    stage.show.step(f"2. opened {len(requests)} accounts for {len(inputs.usage)} subscribers")
    async with listening(inputs, stage.charging, stage.notification, stage.show) as ears:
        stage.show.step(
            f"3. playing {len(inputs.flows)} rows of {len(inputs.usage)} captures through the charging API"
        )
        async with balances_watched(stage.charging, board):
            playing = _play("playing", inputs, stage, groups, board, heard)
            totals = await _beside(playing, ears.run_low(groups))
        return totals, await ears.told()


async def _publish(inputs: DemoInputs, channel: grpc.aio.Channel) -> catalog_pb2.Catalog:
    stub = catalog_api_pb2_grpc.CatalogServiceStub(channel)
    request = catalog_api_pb2.PublishCatalogRequest(
        request_id=f"{inputs.run.name}/publish",
        source=inputs.source,
        effective_from=_timestamp(_CATALOG_FROM),
        actor="demo",
    )
    published = await stub.PublishCatalog(request, timeout=_CALL_SECONDS)
    asked = catalog_api_pb2.GetCatalogVersionRequest(version=published.version)
    return (await stub.GetCatalogVersion(asked, timeout=_CALL_SECONDS)).catalog


async def _play(
    title: str,
    inputs: DemoInputs,
    stage: Stage,
    groups: RatingGroups,
    board: Board,
    heard: Callable[[], None],
) -> PlayTotals:
    lanes = [Lane(inputs.run, plan.account_id, inputs.flows_of(plan), groups) for plan in inputs.accounts]
    board.playing(title, lanes)
    async with stage.show.playing(board):
        return await play(lanes, Delivery(stage.charging), stage.pace, heard)


async def _under_fire(playing: Coroutine[Any, Any, T], killer: Killer, board: Board) -> T:
    """Plays while charging is killed."""

    def killed() -> None:
        board.kills = killer.done

    return await _beside(playing, killer.run(killed))


async def _beside(main: Coroutine[Any, Any, T], other: Coroutine[Any, Any, None]) -> T:
    """What the first of two comes to, once both have ended; whichever fails first ends both."""
    tasks = asyncio.ensure_future(main), asyncio.ensure_future(other)
    try:
        result, _ = await asyncio.gather(*tasks)
        return result
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _heard_by(board: Board, killer: Killer | None) -> Callable[[], None]:
    if killer is None:
        return board.answered

    def answered() -> None:
        board.answered()
        killer.answered()

    return answered


def _told_of(totals: PlayTotals) -> str:
    refused = sum(totals.refusals.values())
    return (
        f"   {totals.rows} rows: {totals.pdu_sessions} PDU sessions, {totals.calls} calls, "
        f"{totals.messages} messages; {totals.requests} requests in {totals.seconds:.1f} s "
        f"({totals.requests / max(totals.seconds, 1e-9):.0f}/s), {refused} refused"
    )


def _standing(
    partitions: list[journal_api_pb2.GetJournalStatusResponse],
) -> list[tuple[int, int, bytes, bytes]]:
    """What must not change when nothing happens."""
    return [(item.partition, item.head_sequence, item.head_hash, item.state_digest) for item in partitions]


def _timestamp(text: str) -> Timestamp:
    stamp = Timestamp()
    stamp.FromJsonString(text)
    return stamp

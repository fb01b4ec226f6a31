"""Scenes with products that partners have a share in. What comes of it for them: `settling/by_hand.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from tidemark.partner_settlement.v1 import loyalty_api_pb2

from services.cli.amounts import show_money
from services.cli.demo.audit.witnesses import ask_status
from services.cli.demo.scenes.actor import Stage, paid
from services.cli.demo.scenes.shown import Scene, Shown, refusal
from services.cli.demo.scenes.usage import GB, octets, sponsored
from services.cli.demo.settling.desk import SettlementDesk
from services.cli.settling.amounts import show_minor

STREAMING, MUSIC, GAME = 108, 110, 111


async def music(stage: Stage) -> AsyncIterator[Shown]:
    """Music without end for three, and one who listens a lot."""
    friends = await stage.account("music", "prepaid-data", "music-unlimited", members=3)
    # 100.00 - 3 x 4.99.
    yield Shown("three take Music Unlimited out of 100.00", "85.03 EUR", await friends[0].money())
    yield Shown("30 GB of music", "0.00 EUR", paid(await friends[0].event(octets(MUSIC, 30 * GB))))


async def films(stage: Stage) -> AsyncIterator[Shown]:
    """Films for three."""
    friends = await stage.account("films", "prepaid-data", "video-premium", members=3)
    # 100.00 - 3 x 7.99.
    yield Shown("three take Video Premium out of 100.00", "76.03 EUR", await friends[0].money())
    yield Shown("20 GB of films", "0.00 EUR", paid(await friends[0].event(octets(STREAMING, 20 * GB))))


async def fun_pack(stage: Stage) -> AsyncIterator[Shown]:
    """One fee for the services of three partners."""
    (player,) = await stage.account("fun", "prepaid-data")
    bought = await player.subscribe("fun-pack")
    yield Shown("a Fun Pack is bought", "10.99 EUR", show_money(bought.amount))
    yield Shown("10 GB of games", "0.00 EUR", paid(await player.event(octets(GAME, 10 * GB))))


async def sponsor(stage: Stage) -> AsyncIterator[Shown]:
    """Streaming that the customer does not pay for."""
    (viewer,) = await stage.account("viewer", "prepaid-data", "sponsored-video")
    seen = await viewer.event(sponsored(octets(STREAMING, 50 * GB), "streamcast"))
    yield Shown("50 GB that Streamcast pays for", "0.00 EUR", paid(seen))
    yield Shown("nothing is missing", "100.00 EUR", await viewer.money())


async def rides(desk: SettlementDesk, stage: Stage) -> AsyncIterator[Shown]:
    """A data pack earns a ride, which the partner takes with a token of its own, once."""
    (rider,) = await stage.account("rider", "prepaid-data")
    bought = await rider.subscribe("data-pack-10gb")
    yield Shown("a data pack is bought", "9.99 EUR", show_money(bought.amount))
    await desk.followed(await heads(stage))
    (voucher,) = await desk.vouchers(bought.account.subscribers[0].subscriber_id)
    worth = show_minor(voucher.face_value.amount_minor, voucher.face_value.currency_code)
    yield Shown("and has earned a ride worth", "5.00 EUR", worth)
    taken = await desk.redeem("citycab", voucher.voucher_code, f"{stage.name}-ride-1")
    state = loyalty_api_pb2.VoucherState.Name(taken.state).removeprefix("VOUCHER_STATE_")
    yield Shown("Citycab takes it", "REDEEMED", state)
    again = await refusal(desk.redeem("citycab", voucher.voucher_code, f"{stage.name}-ride-2"))
    yield Shown("for a second ride it is refused", "VOUCHER_REDEEMED", again)


def partner_scenes(desk: SettlementDesk) -> tuple[tuple[str, Scene], ...]:
    """The scenes with their titles."""
    return (
        ("music", music),
        ("films", films),
        ("three in one", fun_pack),
        ("sponsored", sponsor),
        ("rides for data", partial(rides, desk)),
    )


async def heads(stage: Stage) -> dict[int, int]:
    """The last record of each partition of charging's journal."""
    return {status.partition: status.head_sequence for status in await ask_status(stage.channel)}

"""What a case of bad input is, and the scene on which it is tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import grpc
from google.protobuf.message import Message

from tests.support.live_accounts import Care
from tests.support.live_element import DEBIT, Element, Refusal, pieces, usage, used, wish
from tests.support.live_prices import DATA, TEXT

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
EXISTS = grpc.StatusCode.ALREADY_EXISTS
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION
EXHAUSTED = grpc.StatusCode.RESOURCE_EXHAUSTED


@dataclass(frozen=True, slots=True)
class Scene:
    """Anna with 5 EUR and an open session at number 2; Bert, who was charged a message."""

    channel: grpc.aio.Channel
    ref: str
    charge_of_bert: str


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that is wrong, and what is said about it."""

    name: str
    method: str
    build: Callable[[Scene], Message | bytes]
    expected: Refusal

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


async def scene_of(channel: grpc.aio.Channel) -> Scene:
    """Opens the accounts and the session."""
    care, element = Care(channel), Element(channel)
    await care.open("anna")
    await care.open("bert")
    ref = (await element.create("device-anna", "c-1", usage(DATA, asks=wish()))).charging_data_ref
    await element.update(ref, 2, usage(DATA, used(10, 1), asks=wish()), second=10)
    charged = await element.event(DEBIT, "device-bert", "e-0", usage(TEXT, asks=pieces(1)))
    (charge_id,) = charged.charge_information.charge_ids
    return Scene(channel, ref, charge_id)

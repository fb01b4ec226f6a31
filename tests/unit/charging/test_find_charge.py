"""Charges, refunds and corrections are found by their ids and explained."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.charging.application.charge_usage import Repeatable
from services.charging.application.explain_charge import ExplainCharge
from services.charging.application.find_charge import FindCharge
from services.charging.application.refund_charge import RefundCharge
from services.charging.domain.tariffs import Tariffs
from services.common.kernel.outcome import RefusedError
from tests.support.charging_world import NOON, eur
from tests.support.memory_identities import MemoryIdentities
from tests.support.rerate_run import rerate, run, two_versions, use
from tests.support.writer_world import PARTITION, WriterWorld, described


@pytest.fixture
async def world() -> AsyncIterator[WriterWorld]:
    async with two_versions() as running:
        yield running


async def test_charges_refunds_and_corrections_are_found_and_explained_by_their_ids(
    world: WriterWorld,
) -> None:
    await use(world, "acme", 100)
    (found,) = await rerate(world, run())
    (correction,) = found.corrections
    refunds = RefundCharge(world.writer, MemoryIdentities({"imsi-1": "acme-1"}), world.journal, world.codec)
    repeatable_refund = Repeatable(b"refund", b"", described)
    await refunds("imsi-1", correction.charge_id, eur("0.20"), "EUR", 1, NOON, repeatable_refund)
    explain = ExplainCharge(world.writer, world.journal, world.codec)
    charge = await explain(correction.charge_id)
    assert "100 octets x 0.01 EUR = 1.00 EUR." in charge.explanation.sentences
    assert charge.explanation.sentences[-1] == "It comes to 0.30 EUR now."
    assert charge.explanation.changed_since == -eur("0.70")
    told = (await explain(correction.correction_id)).explanation.sentences
    assert told[1] == (
        "By the price 2/basic/data of catalog version 2 it costs 0.50 EUR; 1.00 EUR had been charged."
    )
    refund_id = f"r-{PARTITION}-{world.writer.head_sequence}-1"
    assert (await explain(refund_id)).explanation.sentences[0] == (
        f"Refund of the charge {correction.charge_id}."
    )
    with pytest.raises(RefusedError) as refused:
        await refunds("imsi-1", refund_id, None, "", 2, NOON, Repeatable(b"again", b"", described))
    assert refused.value.refused.reason.name == "CHARGE_UNKNOWN"


@pytest.mark.parametrize(
    "charge_id",
    ["", "c-", "c-3-1-1-1", "c-3-99-1-1", "c-4-2-1-1", "x-3-2-1-1", "c-3-2-9-1", f"c-3-{2**63}-1-1", "r-3-2"],
)
async def test_what_is_no_charge_is_not_found(world: WriterWorld, charge_id: str) -> None:
    assert await FindCharge(world.journal, world.codec, PARTITION)(charge_id) is None
    with pytest.raises(RefusedError) as refused:
        await ExplainCharge(world.writer, world.journal, world.codec)(charge_id)
    assert refused.value.refused.reason.name == "CHARGE_UNKNOWN"


async def test_a_charge_whose_version_has_gone_cannot_be_explained(world: WriterWorld) -> None:
    await use(world, "acme", 100)
    (found,) = await rerate(world, run(preview=True))
    charge_id = found.corrections[0].charge_id
    world.writer.tariffs = Tariffs()
    with pytest.raises(RefusedError) as refused:
        await ExplainCharge(world.writer, world.journal, world.codec)(charge_id)
    assert refused.value.refused.reason.name == "CATALOG_NOT_PUBLISHED"

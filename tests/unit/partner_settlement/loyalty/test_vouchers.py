"""Vouchers in the database: issued with the record that earns them, redeemed once by their partner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import Session
from tidemark.partner_settlement.v1 import loyalty_api_pb2 as api

from services.common.kernel.clock import DAY
from services.common.kernel.outcome import RefusedError
from services.common.runtime.callers import Callers, Role, mint_token
from services.common.runtime.grpc_bearer import METADATA_KEY
from services.common.runtime.token_keys import TokenKey
from services.partner_settlement.adapters.accrual.epochs import watermarks
from services.partner_settlement.adapters.grpc_loyalty import LoyaltyServicer
from services.partner_settlement.domain.accrual import OWN_RECORDS
from tests.support.charging_world import ManualClock
from tests.support.settlement_accrual import all_records, stored_sums, sums_of_stored_records
from tests.support.settlement_journal import ZONE, Happened
from tests.support.settlement_loyalty import RIDES, LoyaltyWorld, at, used

SECRET = b"0123456789abcdef0123456789abcdef"


class From:
    """The context of a call by somebody. Its token is minted at the call: a whole run outlasts one."""

    def __init__(self, role: Role, party: str = "") -> None:
        self._role = role
        self._party = party

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        token = mint_token(SECRET, self._role, "test", party=self._party)
        return ((METADATA_KEY, f"Bearer {token}"),)


OPERATOR, RIDER, RIVAL = From(Role.OPERATOR), From(Role.PARTNER, "rider"), From(Role.PARTNER, "rival")


@pytest.fixture
def world() -> Iterator[LoyaltyWorld]:
    world = LoyaltyWorld()
    world.publish(RIDES)
    yield world
    world.close()


def servicer(world: LoyaltyWorld, clock: ManualClock | None = None) -> LoyaltyServicer:
    callers = Callers([TokenKey("HS256", SECRET)])
    return LoyaltyServicer(world.database, callers, clock or ManualClock(at(0)), ZONE)


def asked(code: str, request_id: str = "r-1", reference: str = "ride 7") -> api.RedeemVoucherRequest:
    return api.RedeemVoucherRequest(request_id=request_id, voucher_code=code, partner_reference=reference)


def test_vouchers_are_issued_with_the_record_that_reaches_the_mark(world: LoyaltyWorld) -> None:
    world.happens(used(9_999))
    assert world.vouchers() == []
    world.happens(used(1), used(20_000, offering=1), used(90_000, offering=2))
    assert [(v.loyalty_program, v.face_minor, v.redeemed_with_party) for v in world.vouchers()] == [
        ("rides", 500, "rider")
    ]
    assert len(world.vouchers("s-1")) == 2
    assert world.vouchers("s-2") == []


def test_a_refund_is_made_good_before_the_next_voucher(world: LoyaltyWorld) -> None:
    world.happens(used(10_000), Happened("refund", amount=1000))
    assert len(world.vouchers()) == 1
    world.happens(used(10_000))
    assert len(world.vouchers()) == 1
    world.happens(used(10_000))
    assert len(world.vouchers()) == 2


def test_what_is_rolled_back_issues_nothing_and_comes_again_as_the_same(world: LoyaltyWorld) -> None:
    row = world.book.record([[used(25_000)]])

    def interrupted(session: Session) -> None:
        world.accrual.apply(session, [row])
        raise ConnectionError("the commit did not come back")

    with pytest.raises(ConnectionError):
        world.database.run_sync(interrupted)
    assert world.vouchers() == []
    world.database.run_sync(lambda session: world.accrual.apply(session, [row]))
    assert len({voucher.code for voucher in world.vouchers()}) == 2


def test_a_program_counts_from_its_publication_on_as_its_version_in_force_says(world: LoyaltyWorld) -> None:
    world.happens(used(9_000))
    world.publish(replace(RIDES, earn_units=2_000, face_minor=100))
    world.happens(used(1_000))
    assert [voucher.face_minor for voucher in world.vouchers()] == [100] * 5
    world.publish(since=date(2026, 12, 1))
    world.happens(used(2_000))
    assert len(world.vouchers()) == 6


async def test_the_partner_redeems_a_voucher_once_and_it_is_accrued(world: LoyaltyWorld) -> None:
    world.happens(used(10_000))
    [voucher] = world.vouchers()
    first = await servicer(world).RedeemVoucher(asked(voucher.code), RIDER)
    assert first.voucher.state == api.VOUCHER_STATE_REDEEMED
    assert first.voucher.partner_reference == "ride 7"
    assert await servicer(world, ManualClock(at(900))).RedeemVoucher(asked(voucher.code), RIDER) == first
    record = world.database.run_sync(all_records)[-1]
    assert (record.record_id, record.product.kind, record.product.loyalty_program) == (
        f"v-{voucher.code}",
        "redemption",
        "rides",
    )
    assert (record.gross_minor_micros, record.home) == (500_000_000, date(2026, 11, 28))
    assert record.place == (OWN_RECORDS, 1, 0, 0)
    assert world.database.run_sync(stored_sums) == world.database.run_sync(sums_of_stored_records)
    marks = {mark.partition: mark for mark in world.database.run_sync(watermarks)}
    assert (marks[OWN_RECORDS].sequence, len(marks[OWN_RECORDS].journal_hash)) == (1, 32)


@pytest.mark.parametrize(
    ("request_", "context", "seconds", "reason"),
    [
        (asked("AAAAAAAAAAAAAAAA"), RIDER, 0, "VOUCHER_UNKNOWN"),
        (asked("first"), RIVAL, 0, "VOUCHER_UNKNOWN"),
        (asked("first"), From(Role.SUBSCRIBER), 0, "TOKEN_CLAIM_INVALID"),
        (asked("first", request_id="two words"), RIDER, 0, "REQUEST_ID_INVALID"),
        (asked("first", reference="a\nb"), RIDER, 0, "TEXT_INVALID"),
        (asked("second"), RIDER, 0, "DUPLICATE_DIFFERS"),
        (asked("first", reference="ride 8"), RIDER, 0, "DUPLICATE_DIFFERS"),
        (asked("first", request_id="r-2"), RIDER, 0, "VOUCHER_REDEEMED"),
        (asked("second", request_id="r-2"), RIDER, 31 * DAY // 1_000_000, "VOUCHER_EXPIRED"),
    ],
)
async def test_redemption_is_refused(
    world: LoyaltyWorld, request_: api.RedeemVoucherRequest, context: From, seconds: int, reason: str
) -> None:
    world.happens(used(20_000))
    codes = dict(zip(("first", "second"), (voucher.code for voucher in world.vouchers()), strict=True))
    await servicer(world).RedeemVoucher(asked(codes["first"]), OPERATOR)
    before = world.database.run_sync(all_records)
    renamed = asked(
        codes.get(request_.voucher_code, request_.voucher_code),
        request_.request_id,
        request_.partner_reference,
    )
    with pytest.raises(RefusedError) as refused:
        await servicer(world, ManualClock(at(seconds))).RedeemVoucher(renamed, context)
    assert refused.value.refused.reason.name == reason
    assert world.database.run_sync(all_records) == before


async def test_the_operator_sees_vouchers_and_how_far_the_next_one_is(world: LoyaltyWorld) -> None:
    world.happens(used(12_345))
    [voucher] = world.vouchers()
    listed = await servicer(world).ListVouchers(api.ListVouchersRequest(subscriber_id="s-0"), OPERATOR)
    assert [(v.voucher_code, v.state) for v in listed.vouchers] == [(voucher.code, api.VOUCHER_STATE_ISSUED)]
    assert list(listed.progress) == [
        api.LoyaltyProgress(loyalty_program="rides", counted=2_345, needed=10_000, unit="octets")
    ]
    late = servicer(world, ManualClock(at(31 * DAY // 1_000_000)))
    other = api.ListVouchersRequest(subscriber_id="s-0", loyalty_program="rides")
    assert (await late.ListVouchers(other, OPERATOR)).vouchers[0].state == api.VOUCHER_STATE_EXPIRED
    with pytest.raises(RefusedError, match="NOT_OPERATOR"):
        await late.ListVouchers(other, RIDER)

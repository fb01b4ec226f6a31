"""`tidemark vouchers`: what a subscriber has earned, and its redemption as the partner that takes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tidemark.charging.v1 import account_api_pb2
from tidemark.partner_settlement.v1 import agreement_pb2
from tidemark.partner_settlement.v1 import loyalty_api_pb2 as api
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.cli.supervision.ports import metrics_port
from services.cli.supervision.state import SuiteState, write_state
from services.cli.supervision.token_secret import make_token_secret, read_token_secret
from services.common.kernel.outcome import Refused
from services.common.runtime.callers import Callers, Role
from services.common.runtime.token_keys import TokenKey
from services.partner_settlement.domain.reasons import VOUCHER_REDEEMED
from tests.support.fake_services import FakeServices
from tests.unit.cli.conftest import Tidemark
from tests.unit.cli.test_settlement_run import words

AT = Timestamp(seconds=1_796_083_200)
VOUCHER = api.Voucher(
    voucher_code="GEZDGNBVGY3TQOJQ",
    loyalty_program="rides",
    subscriber_id="s-1",
    face_value=agreement_pb2.CurrencyAmount(currency_code="EUR", amount_minor=500),
    state=api.VOUCHER_STATE_REDEEMED,
    issued_at=AT,
    expires_at=AT,
    redeemed_at=AT,
    partner_reference="trip-1",
)
REDEEM = ("redeem", VOUCHER.voucher_code, "--reference", "trip-1")


def test_vouchers_and_progress_are_shown(tidemark: Tidemark, services: FakeServices) -> None:
    progress = [
        api.LoyaltyProgress(loyalty_program="rides", counted=250, needed=999, currency_code="EUR"),
        api.LoyaltyProgress(loyalty_program="data", counted=25 * 10**8, needed=10**10, unit="octets"),
    ]
    services.answer("ListVouchers", api.ListVouchersResponse(vouchers=[VOUCHER], progress=progress))
    shown = words(tidemark("vouchers", "list", "s-1", "--program", "rides").stdout)
    at = "2026-12-01 00:00:00Z"
    assert f"GEZDGNBVGY3TQOJQ rides 5.00 EUR redeemed {at} {at} {at} trip-1" in shown
    assert "rides 2.50 EUR 9.99 EUR 25 %" in shown
    assert "data 2.50 GB 10.00 GB 25 %" in shown
    (request,) = services.requests
    assert (request.subscriber_id, request.loyalty_program) == ("s-1", "rides")


def test_an_identifier_is_taken_to_the_id_that_settlement_knows(
    tidemark: Tidemark, services: FakeServices
) -> None:
    resolved = account_api_pb2.ResolveSubscriberResponse(subscriber_id="s-1", account_id="acme")
    services.answer("ResolveSubscriber", resolved)
    services.answer("ListVouchers", api.ListVouchersResponse())
    result = tidemark("vouchers", "list", "msisdn-491700000001")
    assert "msisdn-491700000001 has earned no voucher yet" in result.stdout
    asked, listed = services.requests
    assert asked.subscriber_identifier == "msisdn-491700000001"
    assert listed.subscriber_id == "s-1"


def test_a_voucher_is_redeemed_once_with_the_partners_reference(
    tidemark: Tidemark, services: FakeServices
) -> None:
    services.answer("RedeemVoucher", api.RedeemVoucherResponse(voucher=VOUCHER))
    result = tidemark("vouchers", *REDEEM, "--token", "mine", "--request-id", "r-1")
    assert "redeemed GEZDGNBVGY3TQOJQ, worth 5.00 EUR, at 2026-12-01 00:00:00Z for trip-1" in result.stdout
    (request,) = services.requests
    assert (request.request_id, request.voucher_code) == ("r-1", VOUCHER.voucher_code)
    assert request.partner_reference == "trip-1"
    assert services.authorizations == ["Bearer mine"]
    services.answer("RedeemVoucher", Refused(VOUCHER_REDEEMED, "this voucher was redeemed before"))
    assert "the first --request-id again shows for what" in tidemark("vouchers", *REDEEM).stderr


@pytest.fixture
def suite(services: FakeServices, tmp_path: Path) -> Path:
    """The folder of a suite whose partner settlement is the scripted one."""
    port = int(services.address.rpartition(":")[2])
    names = ("charging", "catalog", "partner_settlement")
    ports = {"nats": 1, **dict.fromkeys(names, port), **{metrics_port(name): 1 for name in names}}
    write_state(tmp_path, SuiteState("s-1", "running", ports, {}))
    make_token_secret(tmp_path)
    return tmp_path


def redeem_in(suite: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["vouchers", *REDEEM, "--data-dir", str(suite), *arguments])


def test_a_partner_of_the_suite_redeems_as_itself(suite: Path, services: FakeServices) -> None:
    services.answer("RedeemVoucher", api.RedeemVoucherResponse(voucher=VOUCHER))
    assert redeem_in(suite, "--party", "rides").exit_code == 0

    class Call:
        def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
            return (("authorization", services.authorizations[0]),)

    caller = Callers([TokenKey("HS256", read_token_secret(suite))]).of(Call())
    assert (caller.role, caller.party) == (Role.PARTNER, "rides")


def test_a_partner_is_not_made_up_where_it_cannot_be(
    suite: Path, services: FakeServices, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert redeem_in(suite, "--party", "rides", "--token", "mine").exit_code == 2
    assert redeem_in(suite, "--party", "Ride Hail").exit_code == 2
    elsewhere = redeem_in(suite, "--party", "rides", "--partner-settlement", services.address)
    nowhere = redeem_in(tmp_path_factory.mktemp("none"), "--party", "rides")
    for refused in (elsewhere, nowhere):
        assert refused.exit_code == 1
        assert "give --token instead" in refused.stderr
    assert services.requests == []

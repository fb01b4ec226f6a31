"""A partner manager's day: lint, diff, simulate, publish, export, over gRPC on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tidemark.partner_settlement.v1 import agreement_api_pb2 as api
from typer.testing import CliRunner

from services.cli.main import app
from services.common.runtime.callers import Role
from tests.support.agreement_files import (
    CATALOG,
    EXAMPLE_FOLDER,
    SMALL_AGREEMENTS,
    edited,
    example_agreement_files,
    lint_agreement_text,
)
from tests.support.agreement_server import (
    AgreementServer,
    agreement_server,
    agreement_source,
    publish_request,
    refusal,
)
from tests.support.postgres import new_postgres_database

HALF_TO_SIXTY = (
    ('percent: {to: cinema, percent: "50"}', 'percent: {to: cinema, percent: "60"}'),
    ('shares: {cinema: "50.00", operator: "50.00"}', 'shares: {cinema: "60.00", operator: "40.00"}'),
)
FROM_SUMMER = (
    "  other:\n    name: Other\n    from: 2026-01-05",
    "  other:\n    name: Other\n    from: 2026-07-06",
)
IN_SUMMER = ("period: 2026-W10", "period: 2026-W30")


@pytest.fixture(params=["sqlite", "postgresql"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AgreementServer]:
    url = f"sqlite:///{tmp_path}/settlement.sqlite" if request.param == "sqlite" else new_postgres_database()
    async with agreement_server(url) as running:
        running.catalog = CATALOG
        yield running


async def test_a_diff_says_what_changes_step_by_step(server: AgreementServer) -> None:
    async with server.stub() as stub:
        request = api.DiffAgreementsRequest(source=agreement_source(SMALL_AGREEMENTS))
        everything = await stub.DiffAgreements(request)
        assert [(change.field, change.new_value) for change in everything.changes] == [
            ("agreements.other", "Other"),
            ("agreements.small", "Small"),
            ("parties.cinema", "Cinema"),
            ("parties.melody", "Melody"),
            ("parties.streamcast", "Streamcast"),
        ]
        await stub.PublishAgreements(publish_request("1"))
        assert not (await stub.DiffAgreements(request)).changes
        text = edited(*HALF_TO_SIXTY, ("cinema: {name: Cinema}", "cinema: {name: Cinema, roles: [video]}"))
        changed = await stub.DiffAgreements(api.DiffAgreementsRequest(source=agreement_source(text)))
        assert [(c.field, c.old_value, c.new_value, c.agreement_code) for c in changed.changes] == [
            ("agreements.other.terms.games.waterfall.share.percent.percent", "50", "60", "other"),
            ("parties.cinema.roles", "", "video", ""),
        ]


async def test_the_export_is_what_was_published_byte_for_byte(server: AgreementServer) -> None:
    async with server.stub() as stub:
        await stub.PublishAgreements(publish_request("1"))
        first = await stub.ExportAgreements(api.ExportAgreementsRequest())
        assert await stub.ExportAgreements(api.ExportAgreementsRequest()) == first
        assert (
            lint_agreement_text(first.file.content).accepted()
            == lint_agreement_text(SMALL_AGREEMENTS).accepted()
        )
        assert not (await stub.PublishAgreements(publish_request("2", first.file.content))).published
        got = await stub.GetAgreement(api.GetAgreementRequest(agreement_code="small", version=1))
        assert (got.agreement.name, got.published.published_by) == ("Small", "desk")
        assert [party.code for party in got.parties] == ["cinema", "melody", "streamcast"]


async def test_a_simulation_stores_nothing_and_names_a_period(server: AgreementServer) -> None:
    async with server.stub() as stub:
        await stub.PublishAgreements(publish_request("1"))
        request = api.SimulateAgreementsRequest(
            source=agreement_source(edited(('amount: "2.00"', 'amount: "3.00"'))), period="2026-W10"
        )
        answer = await stub.SimulateAgreements(request)
        # A week without usage: the fixed fee alone.
        of_melody = [
            share
            for share in answer.shares
            if (share.agreement_code, share.party_code) == ("small", "melody")
        ]
        assert [(share.in_force_minor, share.proposed_minor) for share in of_melody] == [(200, 300)]
        wrong = api.SimulateAgreementsRequest(source=agreement_source(SMALL_AGREEMENTS), period="2026-W54")
        assert await refusal(stub.SimulateAgreements(wrong)) == ("INVALID_ARGUMENT", "PERIOD_INVALID")
        assert len((await stub.ListAgreements(api.ListAgreementsRequest())).agreements) == 2


async def test_agreements_are_the_operators_alone(server: AgreementServer) -> None:
    source = agreement_source(SMALL_AGREEMENTS)
    calls = {
        "LintAgreements": api.LintAgreementsRequest(source=source),
        "DiffAgreements": api.DiffAgreementsRequest(source=source),
        "SimulateAgreements": api.SimulateAgreementsRequest(source=source),
        "PublishAgreements": publish_request("1"),
        "ExportAgreements": api.ExportAgreementsRequest(),
        "ListAgreements": api.ListAgreementsRequest(),
        "GetAgreement": api.GetAgreementRequest(agreement_code="other"),
    }
    service = api.DESCRIPTOR.services_by_name["AgreementService"]
    assert set(calls) == {method.name for method in service.methods}
    for name, request in calls.items():
        async with server.stub(Role.PARTNER, "melody") as partner:
            assert await refusal(getattr(partner, name)(request)) == ("PERMISSION_DENIED", "NOT_OPERATOR")
        async with server.stub(None) as nobody:
            assert await refusal(getattr(nobody, name)(request)) == ("UNAUTHENTICATED", "UNAUTHENTICATED")


async def test_the_command_line_does_all_of_it(server: AgreementServer, tmp_path: Path) -> None:
    server.catalog = None

    async def tidemark(*arguments: str) -> str:
        environment = server.operator_environment(server.address)
        result = await asyncio.to_thread(CliRunner().invoke, app, ["agreements", *arguments], env=environment)
        assert result.exit_code == 0, result.output
        return result.output

    folder = str(EXAMPLE_FOLDER)
    assert "no errors: 9 agreements" in await tidemark("lint", folder)
    assert "music-streaming-2026" in await tidemark("diff", folder)
    assert "no agreement is published" in await tidemark("list")
    published = await tidemark("publish", folder, "--actor", "partner-desk", "--request-id", "1")
    assert "parties new or changed: appmart, arcade" in published
    assert "nothing new" in await tidemark("publish", folder)
    assert "no change" in await tidemark("diff", folder)
    assert "hospital-slice-2026" in await tidemark("list")
    shown = await tidemark("show", "rides-2026")
    assert "voucher: '5.00'" in shown
    assert "Citycab" in shown
    assert "music-streaming-2026" in await tidemark("simulate", folder, "--period", "2026-W48")
    live = tmp_path / "live.yaml"
    await tidemark("export", "--output", str(live))
    assert (
        lint_agreement_text(live.read_text()).accepted()
        == lint_agreement_text(*(file.content for file in example_agreement_files())).accepted()
    )
    assert "no errors" in await tidemark("lint", str(live))

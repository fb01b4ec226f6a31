"""What becomes a version of an agreement and what does not, over gRPC on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import grpc
import pytest
from tidemark.partner_settlement.v1 import agreement_api_pb2 as api

from services.common.runtime.grpc_errors import error_info
from tests.support.agreement_files import (
    CATALOG,
    SMALL_AGREEMENTS,
    edited,
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


def versions(answer: Any) -> list[tuple[str, int, str]]:
    return [(item.agreement_code, item.version, item.effective_from) for item in answer]


async def test_what_differs_becomes_the_next_version_and_nothing_else(server: AgreementServer) -> None:
    async with server.stub() as stub:
        first = await stub.PublishAgreements(publish_request("1"))
        assert versions(first.published) == [("other", 1, "2026-01-05"), ("small", 1, "2026-01-05")]
        assert first.party_codes == ["cinema", "melody", "streamcast"]
        same = await stub.PublishAgreements(publish_request("2"))
        assert (len(same.published), len(same.party_codes)) == (0, 0)
        summer = edited(*HALF_TO_SIXTY, FROM_SUMMER, IN_SUMMER)
        changed = await stub.PublishAgreements(publish_request("3", summer))
        assert versions(changed.published) == [("other", 2, "2026-07-06")]
        listed = await stub.ListAgreements(api.ListAgreementsRequest())
        assert versions(listed.agreements) == [
            ("other", 1, "2026-01-05"),
            ("small", 1, "2026-01-05"),
            ("other", 2, "2026-07-06"),
        ]
    book = await server.store.book()
    assert [(version.code, version.version) for version in book.versions] == [
        ("other", 1),
        ("other", 2),
        ("small", 1),
    ]
    assert sorted(book.parties) == ["cinema", "melody", "streamcast"]


async def test_a_changed_example_or_comment_is_no_new_version(server: AgreementServer) -> None:
    async with server.stub() as stub:
        await stub.PublishAgreements(publish_request("1"))
        text = "# reviewed\n" + edited(("  one-hundred:", "  a-hundred:"))
        answer = await stub.PublishAgreements(publish_request("2", text))
        assert not answer.published


async def test_the_same_request_gets_the_first_answer_for_ever(server: AgreementServer) -> None:
    async with server.stub() as stub:
        first = await stub.PublishAgreements(publish_request("1"))
        await stub.PublishAgreements(publish_request("2", edited(*HALF_TO_SIXTY)))
        again = await stub.PublishAgreements(publish_request("1"))
        assert (list(again.published), again.party_codes) == (list(first.published), first.party_codes)
        assert await refusal(stub.PublishAgreements(publish_request("1", edited(*HALF_TO_SIXTY)))) == (
            "ABORTED",
            "DUPLICATE_DIFFERS",
        )


async def test_a_closed_period_does_not_change(server: AgreementServer) -> None:
    """The week of 29 June to 5 July is closed for `other`; a version from 6 July on is all right."""
    async with server.stub() as stub:
        await stub.PublishAgreements(publish_request("1"))
        server.settled["other"] = date(2026, 7, 5)
        assert await refusal(stub.PublishAgreements(publish_request("2", edited(*HALF_TO_SIXTY)))) == (
            "FAILED_PRECONDITION",
            "EFFECTIVE_DATE_SETTLED",
        )
        # What did not change may well be settled.
        assert not (await stub.PublishAgreements(publish_request("3"))).published
        summer = edited(*HALF_TO_SIXTY, FROM_SUMMER, IN_SUMMER)
        assert len((await stub.PublishAgreements(publish_request("4", summer))).published) == 1


async def test_errors_stand_in_the_way_and_leave_no_trace(server: AgreementServer) -> None:
    async with server.stub() as stub:
        broken = publish_request("1", edited(('percent: "40"', 'percent: "400"')))
        assert await refusal(stub.PublishAgreements(broken)) == (
            "FAILED_PRECONDITION",
            "AGREEMENTS_HAVE_ERRORS",
        )
        assert await refusal(stub.PublishAgreements(publish_request("bad id"))) == (
            "INVALID_ARGUMENT",
            "REQUEST_ID_INVALID",
        )
        assert await refusal(stub.PublishAgreements(publish_request("1", actor=" "))) == (
            "INVALID_ARGUMENT",
            "ACTOR_INVALID",
        )
        empty = api.LintAgreementsRequest(source=agreement_source("  "))
        assert await refusal(stub.LintAgreements(empty)) == ("INVALID_ARGUMENT", "SOURCE_EMPTY")
        twice = api.AgreementSource(files=[api.AgreementFile(name="a", content="x")] * 2)
        assert await refusal(stub.DiffAgreements(api.DiffAgreementsRequest(source=twice))) == (
            "INVALID_ARGUMENT",
            "SOURCE_FILE_INVALID",
        )
        nobody = api.GetAgreementRequest(agreement_code="other")
        assert await refusal(stub.GetAgreement(nobody)) == ("NOT_FOUND", "AGREEMENT_UNKNOWN")
        assert not (await stub.ListAgreements(api.ListAgreementsRequest())).agreements
        # The id is still free.
        assert len((await stub.PublishAgreements(publish_request("1"))).published) == 2


async def test_agreements_are_held_against_those_that_are_published(server: AgreementServer) -> None:
    rival = """\
agreements:
  rival:
    {name: Rival, from: 2026-02-02, period: week, currencies: [EUR], terms: {
      all: {name: All, covers: {kinds: [fee], offerings: [games]}, basis: retail, waterfall: [
        {code: share, percent: {to: cinema, percent: "1"}}]}}}
"""
    async with server.stub() as stub:
        await stub.PublishAgreements(publish_request("1"))
        answer = await stub.LintAgreements(api.LintAgreementsRequest(source=agreement_source(rival)))
        assert [(f.reason, f.line) for f in answer.findings] == [("REVENUE_SHARED_TWICE", 4)]
        assert (answer.agreements, answer.terms, answer.parties) == (1, 1, 0)


async def test_two_who_publish_at_a_time_are_one_after_the_other(server: AgreementServer) -> None:
    """Each names a file of its own; whoever comes second has looked at what the first one published."""

    def one(number: int) -> str:
        return f"""\
parties: {{p{number}: {{name: P}}}}
agreements:
  a{number}:
    {{name: A, from: 2026-02-02, period: week, currencies: [EUR], terms: {{
      all: {{name: All, covers: {{kinds: [fee], offerings: [o{number // 2}]}}, basis: retail, waterfall: [
        {{code: share, percent: {{to: p{number}, percent: "1"}}}}]}}}}}}
"""

    async with server.stub() as stub:
        answers = await asyncio.gather(
            *(stub.PublishAgreements(publish_request(str(number), one(number))) for number in range(8)),
            return_exceptions=True,
        )
        failed = [answer for answer in answers if isinstance(answer, grpc.aio.AioRpcError)]
        assert {error_info(error).reason for error in failed} == {"AGREEMENTS_HAVE_ERRORS"}  # type: ignore[union-attr]
        listed = await stub.ListAgreements(api.ListAgreementsRequest())
        # Of the two that share an offering's fees, one.
        assert sorted(int(item.agreement_code[1:]) // 2 for item in listed.agreements) == [0, 1, 2, 3]
        assert len(failed) == 4


async def test_examples_of_one_code_from_two_publications_are_both_exported(server: AgreementServer) -> None:
    head, other = SMALL_AGREEMENTS.split("  other:\n", 1)
    small = head + (
        'examples:\n  one-hundred: {agreement: small, period: 2026-W10, shares: {melody: "2.00"}}\n'
    )
    parties = SMALL_AGREEMENTS.split("agreements:\n", 1)[0]
    async with server.stub() as stub:
        await stub.PublishAgreements(publish_request("1", small))
        await stub.PublishAgreements(publish_request("2", f"{parties}agreements:\n  other:\n{other}"))
        exported = await stub.ExportAgreements(api.ExportAgreementsRequest())
    report = lint_agreement_text(exported.file.content)
    assert report.errors == ()
    assert [example.code for example in report.accepted().examples] == ["one-hundred", "one-hundred-2"]


async def test_without_the_catalog_there_is_one_warning_and_publishing_goes_on(
    server: AgreementServer,
) -> None:
    server.catalog = None
    async with server.stub() as stub:
        answer = await stub.PublishAgreements(publish_request("1"))
        assert [(f.reason, f.severity) for f in answer.warnings] == [
            ("CATALOG_UNREACHABLE", api.FINDING_SEVERITY_WARNING)
        ]
        assert len(answer.published) == 2

"""A campaign manager's day: lint, diff, publish, export, over gRPC on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nats.js.errors import NotFoundError
from sqlmodel import select
from tidemark.catalog.v1 import catalog_api_pb2
from tidemark.offers.v1 import offer_events_pb2
from tidemark.offers.v1 import policy_api_pb2 as api
from typer.testing import CliRunner

from services.cli.main import app
from services.common.publishing.publisher import PublishRequest
from services.common.runtime.bus import Bus
from services.common.runtime.callers import Role
from services.common.runtime.database import open_database
from services.common.runtime.grpc_client import connect
from services.common.runtime.system_clock import SystemClock
from services.common.runtime.tables import OutboxEvent
from services.offers.adapters.catalog_view import GrpcCatalog
from services.offers.adapters.grpc_policies import follow_catalog, policy_use_cases
from services.offers.adapters.sql_policies import SqlPolicyStore
from services.offers.adapters.yaml_writer import CanonicalPolicyWriter
from services.offers.domain.compiled import CompiledPolicies
from tests.support.catalog import example_files
from tests.support.catalog_service import CatalogProcess
from tests.support.nats import NatsServer
from tests.support.offers_policies import (
    EXAMPLE_FOLDER,
    SMALL_POLICIES,
    edited,
    example_policy_files,
    read_policies,
)
from tests.support.offers_policy_server import (
    MIGRATIONS,
    PolicyServer,
    policy_server,
    policy_source,
    publish_request,
    refusal,
)
from tests.support.postgres import new_postgres_database
from tests.support.waiting import ended, eventually

DEARER = edited(('value: "2.00"', 'value: "2.10"'))


@pytest.fixture(params=["sqlite", "postgresql"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[PolicyServer]:
    url = f"sqlite:///{tmp_path}/offers.sqlite" if request.param == "sqlite" else new_postgres_database()
    async with policy_server(url) as running:
        yield running


async def test_lint_answers_with_findings_and_counts_and_changes_nothing(server: PolicyServer) -> None:
    async with server.stub() as stub:
        sound = await stub.LintPolicies(api.LintPoliciesRequest(source=policy_source(SMALL_POLICIES)))
        assert not sound.findings
        assert (sound.offers, sound.fences, sound.experiments, sound.examples) == (5, 1, 1, 2)
        broken = edited(("is_fan: usage.video", "is_fan: usage.vidoe"))
        answer = await stub.LintPolicies(api.LintPoliciesRequest(source=policy_source(broken)))
        first = answer.findings[0]
        assert (first.severity, first.reason, first.field, first.file) == (
            api.POLICY_FINDING_SEVERITY_ERROR,
            "RULE_INVALID",
            "rules.is_fan",
            "1.yaml",
        )
        assert first.line == SMALL_POLICIES[: SMALL_POLICIES.index("is_fan:")].count("\n") + 1
        assert not (await stub.ListPolicyVersions(api.ListPolicyVersionsRequest())).versions


async def test_what_is_published_is_in_force_when_it_is_answered(server: PolicyServer) -> None:
    async with server.stub() as stub:
        first = await stub.PublishPolicies(publish_request("1"))
        assert (first.version.version, first.changed) == (1, True)
        current = server.use_cases.book.current()
        assert current is not None
        assert (current.version, current.catalog_version) == (1, 1)
        second = await stub.PublishPolicies(publish_request("2", DEARER))
        assert second.version.version == 2
        current = server.use_cases.book.current()
        assert current is not None
        assert current.version == 2
        listed = await stub.ListPolicyVersions(api.ListPolicyVersionsRequest())
        assert list(listed.versions) == [first.version, second.version]


async def test_equal_content_is_no_new_version_and_a_repetition_gets_the_first_answer(
    server: PolicyServer,
) -> None:
    async with server.stub() as stub:
        first = await stub.PublishPolicies(publish_request("1"))
        same = await stub.PublishPolicies(publish_request("2", f"# a comment\n{SMALL_POLICIES}"))
        assert (same.version, same.changed) == (first.version, False)
        await stub.PublishPolicies(publish_request("3", DEARER))
        again = await stub.PublishPolicies(publish_request("1"))
        assert (again.version, again.changed) == (first.version, True)
        refused = await refusal(stub.PublishPolicies(publish_request("1", DEARER)))
        assert refused[1] == "DUPLICATE_DIFFERS"


async def test_policies_with_errors_are_refused_and_nothing_is_kept(server: PolicyServer) -> None:
    async with server.stub() as stub:
        wrong = publish_request("1", edited(("expected: [arena]", "expected: [pass]")))
        assert await refusal(stub.PublishPolicies(wrong)) == ("FAILED_PRECONDITION", "POLICIES_HAVE_ERRORS")
        assert not (await stub.ListPolicyVersions(api.ListPolicyVersionsRequest())).versions
        assert server.use_cases.book.current() is None
        # The id was not used up.
        assert (await stub.PublishPolicies(publish_request("1"))).version.version == 1


async def test_requests_that_say_nothing_are_refused(server: PolicyServer) -> None:
    async with server.stub() as stub:
        empty = api.LintPoliciesRequest()
        assert await refusal(stub.LintPolicies(empty)) == ("INVALID_ARGUMENT", "SOURCE_EMPTY")
        twice = api.PolicySource(files=[api.PolicyFile(name="a.yaml", content="a: 1")] * 2)
        request = api.DiffPoliciesRequest(source=twice)
        assert await refusal(stub.DiffPolicies(request)) == ("INVALID_ARGUMENT", "SOURCE_FILE_INVALID")
        unnamed = publish_request("")
        assert await refusal(stub.PublishPolicies(unnamed)) == ("INVALID_ARGUMENT", "REQUEST_ID_INVALID")
        nobody = publish_request("1", actor="")
        assert await refusal(stub.PublishPolicies(nobody)) == ("INVALID_ARGUMENT", "ACTOR_INVALID")
        unknown = api.ExportPoliciesRequest(version=7)
        assert await refusal(stub.ExportPolicies(unknown)) == ("NOT_FOUND", "POLICY_VERSION_UNKNOWN")


@pytest.mark.parametrize("role", [None, Role.PARTNER])
async def test_nobody_but_an_operator_gets_an_answer(server: PolicyServer, role: Role | None) -> None:
    async with server.stub(role, "melody" if role else "") as stub:
        for call in (
            stub.LintPolicies(api.LintPoliciesRequest()),
            stub.DiffPolicies(api.DiffPoliciesRequest()),
            stub.PublishPolicies(api.PublishPoliciesRequest()),
            stub.ExportPolicies(api.ExportPoliciesRequest()),
            stub.ListPolicyVersions(api.ListPolicyVersionsRequest()),
        ):
            status, _ = await refusal(call)
            assert status == ("PERMISSION_DENIED" if role else "UNAUTHENTICATED")


async def test_export_gives_the_canonical_bytes_of_each_version(server: PolicyServer) -> None:
    async with server.stub() as stub:
        await stub.PublishPolicies(publish_request("1"))
        await stub.PublishPolicies(publish_request("2", DEARER))
        for version, text in ((1, SMALL_POLICIES), (2, DEARER), (0, DEARER)):
            answer = await stub.ExportPolicies(api.ExportPoliciesRequest(version=version))
            written = CanonicalPolicyWriter().source(read_policies(text))
            assert [(file.name, file.content) for file in answer.files] == [
                (file.name, file.content) for file in written
            ]
        # What is exported is no new version when it is published.
        source = api.PolicySource(files=answer.files)
        request = api.PublishPoliciesRequest(request_id="3", source=source, actor="desk")
        assert not (await stub.PublishPolicies(request)).changed


async def test_a_diff_says_what_changes_field_by_field(server: PolicyServer) -> None:
    async with server.stub() as stub:
        request = api.DiffPoliciesRequest(source=policy_source(SMALL_POLICIES))
        everything = await stub.DiffPolicies(request)
        assert {change.kind for change in everything.changes} == {api.POLICY_CHANGE_KIND_ADDED}
        await stub.PublishPolicies(publish_request("1"))
        assert not (await stub.DiffPolicies(request)).changes
        text = edited(
            ('value: "2.00"', 'value: "2.10"'),
            ("{contacts: 3, days: 7", "{contacts: 2, days: 7"),
            ("is_fan: usage.video.hour > 1000000", "is_fan: usage.video.hour > 900000"),
        )
        changes = await stub.DiffPolicies(api.DiffPoliciesRequest(source=policy_source(text)))
        assert [(change.field, change.old_value, change.new_value) for change in changes.changes] == [
            (
                "contact.caps",
                "{contacts: 1, days: 1, channels: [message]}, {contacts: 3, days: 7, channels: [message]}",
                "{contacts: 1, days: 1, channels: [message]}, {contacts: 2, days: 7, channels: [message]}",
            ),
            ("offers.pass.value", "2.00", "2.10"),
            ("rules.is_fan", "usage.video.hour > 1000000", "usage.video.hour > 900000"),
        ]


async def test_many_who_publish_at_once_get_versions_without_a_gap(server: PolicyServer) -> None:
    async with server.stub() as stub:
        texts = [edited(('value: "2.00"', f'value: "2.{number}0"')) for number in range(1, 7)]
        answers = await asyncio.gather(
            *(stub.PublishPolicies(publish_request(str(n), text)) for n, text in enumerate(texts))
        )
        assert sorted(answer.version.version for answer in answers) == [1, 2, 3, 4, 5, 6]
        current = server.use_cases.book.current()
        assert current is not None
        assert current.version == 6


async def test_each_new_version_is_told_once(server: PolicyServer) -> None:
    async with server.stub() as stub:
        published = await stub.PublishPolicies(publish_request("1"))
        await stub.PublishPolicies(publish_request("1"))
        await stub.PublishPolicies(publish_request("2"))
    events = await server.database.run(lambda session: list(session.exec(select(OutboxEvent))))
    assert [event.subject for event in events] == ["tidemark.offers.v1.OfferPoliciesPublished"]
    event = offer_events_pb2.OfferPoliciesPublished.FromString(events[0].payload)
    assert event.version == 1
    assert event.content_sha256 == published.version.content_sha256
    assert event.published_at == published.version.published_at


async def test_without_the_catalog_policies_are_published_with_a_warning(server: PolicyServer) -> None:
    server.catalog.terms = None
    async with server.stub() as stub:
        answer = await stub.PublishPolicies(publish_request("1"))
        assert answer.changed
        assert {finding.reason for finding in answer.warnings} == {
            "CATALOG_UNREACHABLE",
            "EXAMPLES_NOT_WORKED",
        }


async def test_the_command_line_goes_all_the_way(server: PolicyServer, tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    for file in policy_source(SMALL_POLICIES).files:
        (folder / file.name).write_text(file.content, encoding="utf-8")

    async def tidemark(*arguments: str) -> tuple[int, str]:
        environment = server.operator_environment()
        run = await asyncio.to_thread(CliRunner().invoke, app, ["offers", *arguments], None, environment)
        return run.exit_code, run.output

    assert (await tidemark("versions"))[1].startswith("no policies are published")
    code, said = await tidemark("publish", str(folder), "--actor", "campaign-desk")
    assert (code, "campaign-desk" in said) == (0, True)
    assert "nothing new: it equals version 1" in (await tidemark("publish", str(folder)))[1]
    assert (await tidemark("diff", str(folder)))[1] == "no change against the version in force\n"
    exported = tmp_path / "exported"
    assert (await tidemark("export", "--output", str(exported)))[0] == 0
    assert sorted(file.name for file in exported.iterdir()) == ["places.geojson", "policies.yaml"]
    assert "nothing new" in (await tidemark("publish", str(exported)))[1]
    (folder / "1.yaml").write_text(DEARER, encoding="utf-8")
    assert "offers.pass.value" in (await tidemark("diff", str(folder)))[1]
    (folder / "1.yaml").write_text(edited(("name: Small", "nam: Small")), encoding="utf-8")
    code, said = await tidemark("publish", str(folder))
    assert (code, "POLICIES_HAVE_ERRORS" in said or "did you mean" in said) == (1, True)


async def test_a_new_catalog_is_in_force_when_it_is_announced(tmp_path: Path) -> None:
    nats = NatsServer(tmp_path)
    await nats.start()
    catalog = CatalogProcess(tmp_path / "catalog", nats.url)
    await catalog.start()
    database = open_database(f"sqlite:///{tmp_path}/offers.sqlite", MIGRATIONS)
    bus = await Bus.open(nats.url, "offers", [])
    ready = json.loads((tmp_path / "catalog" / "ready.json").read_text())
    channel = connect(ready["address"])
    use_cases = policy_use_cases(SqlPolicyStore(database), GrpcCatalog(channel), SystemClock())
    following = asyncio.create_task(follow_catalog(bus, use_cases.book))
    try:
        await _publish_catalog(catalog, "1", "1.99")
        report = await use_cases.publisher.publish(PublishRequest("1", tuple(example_policy_files()), "desk"))
        assert report.warnings == ()
        assert _booster_price(use_cases.book.current()) == 199_000_000
        await eventually(lambda: _listens(bus), what="the announcements are listened to")
        await _publish_catalog(catalog, "2", "2.49")
        await eventually(lambda: _booster_price(use_cases.book.current()) == 249_000_000)
    finally:
        await ended(following)
        await channel.close(None)
        await bus.close()
        await database.close()
        await catalog.stop()
        await nats.stop()


async def _listens(bus: Bus) -> bool:
    try:
        await bus.jetstream.consumer_info("CATALOG", "offers-policies")
    except NotFoundError:
        return False
    return True


def _booster_price(current: CompiledPolicies | None) -> int:
    assert current is not None
    booster = next(item for item in current.offers if item.offer.code == "booster")
    return booster.terms["EUR"].price_minor_micros


async def _publish_catalog(catalog: CatalogProcess, request_id: str, price: str) -> None:
    files = [
        catalog_api_pb2.SourceFile(
            name=file.name,
            content=file.content.replace('amount: "1.99"', f'amount: "{price}"').replace(
                'total: "1.99"', f'total: "{price}"'
            ),
        )
        for file in example_files()
    ]
    await catalog.stub.PublishCatalog(
        catalog_api_pb2.PublishCatalogRequest(
            request_id=request_id, source=catalog_api_pb2.CatalogSource(files=files), actor="desk"
        )
    )


def test_lint_works_offline_and_reads_the_catalog_that_it_is_given() -> None:
    catalog = str(EXAMPLE_FOLDER.parent / "catalog")
    alone = CliRunner().invoke(app, ["offers", "lint", str(EXAMPLE_FOLDER)])
    assert (alone.exit_code, "EXAMPLES_NOT_WORKED" in alone.output) == (0, True)
    beside = CliRunner().invoke(app, ["offers", "lint", str(EXAMPLE_FOLDER), "--catalog", catalog])
    assert beside.exit_code == 0
    assert beside.output.startswith("no errors: 14 offers")

"""A day of whoever writes alerts: lint, diff, publish, export, over gRPC on SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlmodel import select
from tidemark.notification.v1 import notification_events_pb2
from tidemark.notification.v1 import rules_api_pb2 as api
from typer.testing import CliRunner

from services.cli.main import app
from services.cli.target import Target
from services.common.runtime.callers import Role
from services.common.runtime.tables import OutboxEvent
from services.notification.adapters.rules.messages import source_of
from services.notification.adapters.rules.writer import CanonicalRulesWriter
from services.notification.domain.facts import FactKind
from services.notification.domain.notifications import Draft
from services.notification.domain.ruling.samples import IMAGINED
from tests.support.notification_rules import (
    EXAMPLE_FOLDER,
    SMALL_RULES,
    edited,
    read_rules,
    rules_files,
    sample,
)
from tests.support.notification_rules_server import (
    RulesServer,
    publish_request,
    refusal,
    rules_server,
    rules_source,
)
from tests.support.postgres import new_postgres_database

CALMER = edited(SMALL_RULES, ("digest: 30 min", "digest: 2 h"))


@pytest.fixture(params=["sqlite", "postgresql"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RulesServer]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/notification.sqlite" if is_sqlite else new_postgres_database()
    async with rules_server(url) as running:
        yield running


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[RulesServer]:
    async with rules_server(f"sqlite:///{tmp_path}/notification.sqlite") as running:
        yield running


async def test_lint_answers_with_findings_and_changes_nothing(local: RulesServer) -> None:
    async with local.stub() as stub:
        sound = await stub.LintRules(api.LintRulesRequest(source=rules_source()))
        assert {finding.severity for finding in sound.findings} == {api.RULES_FINDING_SEVERITY_WARNING}
        assert (sound.alerts, len(sound.content_sha256)) == (4, 64)
        broken = edited(SMALL_RULES, ("fact.balance > 0", "fact.balanse > 0"))
        answer = await stub.LintRules(api.LintRulesRequest(source=rules_source(broken)))
        first = next(f for f in answer.findings if f.severity == api.RULES_FINDING_SEVERITY_ERROR)
        assert (first.reason, first.field, first.file) == (
            "CONDITION_INVALID",
            "alerts.low.when",
            "rules.yaml",
        )
        assert first.line == SMALL_RULES[: SMALL_RULES.index("when:")].count("\n") + 1
        assert answer.content_sha256 == ""
        assert not (await stub.ListRulesVersions(api.ListRulesVersionsRequest())).versions


async def test_what_is_published_is_in_force_when_it_is_answered(server: RulesServer) -> None:
    assert server.use_cases.book.current() is None
    async with server.stub() as stub:
        answer = await stub.PublishRules(publish_request("1", comment="the first"))
        assert answer.published
        assert (answer.version.version, answer.version.actor, answer.version.comment) == (
            1,
            "desk",
            "the first",
        )
        assert [draft.title for draft in told_of(server, FactKind.BALANCE_LOW)] == ["€1.50 left"]
        second = await stub.PublishRules(publish_request("2", CALMER))
        assert (second.version.version, second.published) == (2, True)
        assert {draft.digest_minutes for draft in told_of(server, FactKind.ALLOWANCE_USED)} == {120}
        # The same content again, in another request: nothing new.
        third = await stub.PublishRules(publish_request("3", CALMER))
        assert (third.version.version, third.published) == (2, False)
        versions = (await stub.ListRulesVersions(api.ListRulesVersionsRequest())).versions
        assert [(item.version, item.alerts) for item in versions] == [(1, 4), (2, 4)]


async def test_a_request_takes_effect_once(server: RulesServer) -> None:
    async with server.stub() as stub:
        first = await stub.PublishRules(publish_request("1"))
        await stub.PublishRules(publish_request("2", CALMER))
        again = await stub.PublishRules(publish_request("1"))
        assert (again.version, again.published) == (first.version, True)
        assert await refusal(stub.PublishRules(publish_request("1", CALMER))) == (
            "ABORTED",
            "DUPLICATE_DIFFERS",
        )
        current = server.use_cases.book.current()
        assert current is not None
        assert current.version == 2


async def test_rules_with_errors_are_not_published(local: RulesServer) -> None:
    async with local.stub() as stub:
        broken = edited(SMALL_RULES, ("on: offer", "on: ofer"))
        assert await refusal(stub.PublishRules(publish_request("1", broken))) == (
            "FAILED_PRECONDITION",
            "RULES_HAVE_ERRORS",
        )
        for request, reason in (
            (publish_request(""), "REQUEST_ID_INVALID"),
            (publish_request("1", comment="\x07"), "FIELD_INVALID"),
            (api.PublishRulesRequest(request_id="1"), "SOURCE_EMPTY"),
            (
                api.PublishRulesRequest(
                    request_id="1", source=api.RulesSource(files=[api.RulesFile(name="", content="x")])
                ),
                "SOURCE_FILE_INVALID",
            ),
        ):
            assert await refusal(stub.PublishRules(request)) == ("INVALID_ARGUMENT", reason)
        assert await refusal(stub.ExportRules(api.ExportRulesRequest(version=7))) == (
            "NOT_FOUND",
            "RULES_VERSION_UNKNOWN",
        )
        assert local.use_cases.book.current() is None


@pytest.mark.parametrize("role", [None, Role.SUBSCRIBER])
async def test_rules_are_the_operators_alone(local: RulesServer, role: Role | None) -> None:
    async with local.stub(role, account="a-1" if role else "") as stub:
        for call in (
            stub.LintRules(api.LintRulesRequest(source=rules_source())),
            stub.DiffRules(api.DiffRulesRequest(source=rules_source())),
            stub.PublishRules(publish_request("1")),
            stub.ExportRules(api.ExportRulesRequest()),
            stub.ListRulesVersions(api.ListRulesVersionsRequest()),
        ):
            status, _ = await refusal(call)
            assert status == ("PERMISSION_DENIED" if role else "UNAUTHENTICATED")


async def test_export_gives_the_canonical_bytes_of_each_version(server: RulesServer) -> None:
    async with server.stub() as stub:
        await stub.PublishRules(publish_request("1"))
        await stub.PublishRules(publish_request("2", CALMER))
        for version, text in ((1, SMALL_RULES), (2, CALMER), (0, CALMER)):
            answer = await stub.ExportRules(api.ExportRulesRequest(version=version))
            written = CanonicalRulesWriter().source(read_rules(rules_files(text)))
            assert answer.source == source_of(written)
        # What is exported is no new version when it is published.
        request = api.PublishRulesRequest(request_id="3", source=answer.source)
        assert not (await stub.PublishRules(request)).published


async def test_a_diff_says_what_changes_and_what_is_wrong(local: RulesServer) -> None:
    async with local.stub() as stub:
        everything = await stub.DiffRules(api.DiffRulesRequest(source=rules_source()))
        assert everything.in_force_version == 0
        assert {change.before for change in everything.changes} == {""}
        await stub.PublishRules(publish_request("1"))
        text = edited(CALMER, ("when: fact.balance > 0 &&", "when: fact.balanse > 0 &&"))
        answer = await stub.DiffRules(api.DiffRulesRequest(source=rules_source(text)))
        assert answer.in_force_version == 1
        assert [(change.path, change.before, change.after) for change in answer.changes] == [
            (
                "alerts.low.when",
                "fact.balance > 0 && customer.segment != 'business'",
                "fact.balanse > 0 && customer.segment != 'business'",
            ),
            ("alerts.used.digest", "30 min", "2 h"),
        ]
        assert "CONDITION_INVALID" in {finding.reason for finding in answer.findings}


async def test_many_who_publish_at_once_get_versions_without_a_gap(server: RulesServer) -> None:
    async with server.stub() as stub:
        texts = [edited(SMALL_RULES, ("digest: 30 min", f"digest: {n} min")) for n in range(1, 7)]
        answers = await asyncio.gather(
            *(stub.PublishRules(publish_request(str(n), text)) for n, text in enumerate(texts))
        )
        assert sorted(answer.version.version for answer in answers) == [1, 2, 3, 4, 5, 6]
        current = server.use_cases.book.current()
        assert current is not None
        assert current.version == 6


async def test_each_new_version_is_told_once(server: RulesServer) -> None:
    async with server.stub() as stub:
        published = await stub.PublishRules(publish_request("1"))
        await stub.PublishRules(publish_request("1"))
        await stub.PublishRules(publish_request("2"))
    events = await server.database.run(lambda session: list(session.exec(select(OutboxEvent))))
    assert [event.subject for event in events] == ["tidemark.notification.v1.NotificationRulesPublished"]
    event = notification_events_pb2.NotificationRulesPublished.FromString(events[0].payload)
    assert (event.version, event.content_sha256) == (1, published.version.content_sha256)
    assert event.published_at == published.version.published_at


async def test_the_command_line_goes_all_the_way(
    local: RulesServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Target, "address", lambda *_: local.address)
    monkeypatch.setattr(Target, "token_for", lambda *_: local.operator_token)
    folder = tmp_path / "rules"
    folder.mkdir()
    for file in rules_files():
        (folder / file.name).write_text(file.content, encoding="utf-8")

    async def tidemark(*arguments: str) -> tuple[int, str]:
        run = await asyncio.to_thread(CliRunner().invoke, app, ["alerts", *arguments])
        return run.exit_code, run.output

    assert (await tidemark("versions"))[1].startswith("no rules are published")
    code, said = await tidemark("publish", str(folder), "--comment", "calm now")
    assert (code, "calm now" in said, "FACT_UNTOLD" in said) == (0, True, True)
    assert "nothing new: it equals version 1" in (await tidemark("publish", str(folder)))[1]
    assert "no change against version 1" in (await tidemark("diff", str(folder)))[1]
    exported = tmp_path / "exported"
    assert (await tidemark("export", "--output", str(exported)))[0] == 0
    assert sorted(file.name for file in exported.iterdir()) == ["de.ftl", "en.ftl", "rules.yaml"]
    assert "nothing new" in (await tidemark("publish", str(exported)))[1]
    (folder / "rules.yaml").write_text(CALMER, encoding="utf-8")
    assert "alerts.used.digest" in (await tidemark("diff", str(folder)))[1]
    assert '"version": 1' in (await tidemark("versions", "--json"))[1]
    (folder / "rules.yaml").write_text(edited(SMALL_RULES, ("rules:", "ruls:")), encoding="utf-8")
    assert (await tidemark("diff", str(folder)))[0] == 1
    assert (await tidemark("publish", str(folder)))[0] == 1


def test_lint_and_test_work_offline(tmp_path: Path) -> None:
    def tidemark(*arguments: str) -> tuple[int, str]:
        run = CliRunner().invoke(app, ["alerts", *arguments])
        return run.exit_code, run.output

    folder = str(EXAMPLE_FOLDER)
    assert tidemark("lint", folder)[1].startswith("no errors: 23 alerts")
    code, said = tidemark("test", folder, "balance-low", "--set", "balance=0.80 EUR", "--language", "de")
    assert (code, "Noch 0,80\u00a0€ Guthaben" in said, "through webhook, else web-push" in said) == (
        0,
        True,
        True,
    )
    small = tmp_path / "small"
    small.mkdir()
    for file in rules_files():
        (small / file.name).write_text(file.content, encoding="utf-8")
    said = tidemark("test", str(small), "offer", "--set", "price=", "--json")[1]
    assert '"alert": "pass"' in said and "€" not in said
    said = tidemark("test", str(small), "balance-low", "--customer", "segment=business")[1]
    assert said.startswith("nobody is told")
    for wrong in (
        ("test", str(small), "ofer"),
        ("test", str(small), "offer", "--set", "price"),
        ("test", str(small), "offer", "--set", "price=cheap"),
        ("test", str(small), "offer", "--customer", "name=Ann"),
        ("test", str(tmp_path), "offer"),
        ("lint", str(tmp_path / "nowhere")),
    ):
        assert tidemark(*wrong)[0] == 1, wrong


def told_of(server: RulesServer, kind: FactKind) -> Sequence[Draft]:
    current = server.use_cases.book.current()
    assert current is not None
    return current.drafts(sample(kind), IMAGINED, "en")

"""Rules are in force when they are published; whoever is never the first is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import RefusedError
from services.common.kernel.publication import (
    Candidate,
    Decide,
    FirstAnswer,
    PublicationDecision,
    PublishedVersion,
    StoredVersion,
)
from services.common.publishing.publisher import PublishRequest
from services.notification.adapters.rules.compiler import FluentCompiler
from services.notification.adapters.rules.writer import CanonicalRulesWriter
from services.notification.adapters.rules.yaml_source import YamlRulesReader
from services.notification.application.ruling.lint import RulesLinter
from services.notification.application.ruling.publish import rules_publisher
from services.notification.application.ruling.rules_in_force import RuleBook
from tests.support.notification_rules import SMALL_RULES, edited, read_rules, rules_files
from tests.support.waiting import ended, eventually

NOW = Instant(5)


class Store:
    """The part of the SourceStore port that is read, and a store that others always get ahead in."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def get(self, version: int) -> StoredVersion | None:
        """The newest."""
        if not self.texts:
            return None
        files = CanonicalRulesWriter().source(read_rules(rules_files(self.texts[-1])))
        return StoredVersion(PublishedVersion(len(self.texts), "", Instant(0), "", "", 4), files)

    async def versions(self) -> Sequence[PublishedVersion]:
        """None."""
        return ()

    async def first_answer(self, request_id: str) -> FirstAnswer | None:
        """Never asked before."""
        return None

    async def publish(self, candidate: Candidate, decide: Decide) -> PublicationDecision:
        """Others were quicker."""
        return PublicationDecision()


def book_on(store: Store) -> RuleBook:
    return RuleBook(store, YamlRulesReader(), FluentCompiler())


async def test_the_newest_version_is_in_force_and_listeners_hear_of_it() -> None:
    store, heard = Store(), []
    book = book_on(store)
    book.tell(lambda: heard.append(book.current()))
    await book.refresh()
    assert book.current() is None
    store.texts.append(SMALL_RULES)
    await book.refresh()
    first = book.current()
    assert first is not None
    assert (first.version, len(first.rules.rules), heard) == (1, 4, [first])
    await book.refresh()
    assert book.current() is first
    store.texts.append(edited(SMALL_RULES, ("rules: small", "rules: other")))
    await book.refresh()
    second = book.current()
    assert second is not None
    assert (second.version, second.rules.code) == (2, "other")


async def test_what_another_process_publishes_is_found_now_and_then() -> None:
    store = Store()
    book = book_on(store)
    keeping = asyncio.create_task(book.keep_fresh(0.01))
    store.texts.append(SMALL_RULES)
    await eventually(lambda: book.current() is not None)
    await ended(keeping)


async def test_a_published_condition_that_no_longer_compiles_never_holds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = Store()
    store.texts.append(edited(SMALL_RULES, ("when: fact.balance > 0", "when: fact.gone > 0")))
    book = book_on(store)
    await book.refresh()
    current = book.current()
    assert current is not None
    assert "CONDITION_INVALID alerts.low.when" in caplog.text


async def test_whoever_is_never_the_first_is_told_to_come_back() -> None:
    class Clock:
        def now(self) -> Instant:
            return NOW

    store = Store()
    linter = RulesLinter(YamlRulesReader(), FluentCompiler())
    publisher = rules_publisher(linter, CanonicalRulesWriter(), store, book_on(store), Clock())
    with pytest.raises(RefusedError) as refused:
        await publisher.publish(PublishRequest("r", tuple(rules_files()), "desk"))
    assert refused.value.refused.reason.name == "RULES_BUSY"

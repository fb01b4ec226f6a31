"""Which rules become the next version, and when they are in force."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.common.kernel.clock import Instant
from services.common.kernel.outcome import RefusedError
from services.notification.adapters.rules.compiler import FluentCompiler
from services.notification.adapters.rules.writer import CanonicalRulesWriter
from services.notification.adapters.rules.yaml_source import YamlRulesReader
from services.notification.application.ruling.lint import RulesLinter
from services.notification.application.ruling.ports import Decide, StoredRules
from services.notification.application.ruling.publish import PublishRequest, RulesPublisher
from services.notification.application.ruling.rules_in_force import RuleBook
from services.notification.domain.ruling.publication import (
    Answer,
    Candidate,
    FirstAnswer,
    PublicationDecision,
    PublishedRules,
    decide_publication,
)
from tests.support.notification_rules import SMALL_RULES, edited, read_rules, rules_files
from tests.support.waiting import ended, eventually

NOW = Instant(5)
FIRST = PublishedRules(1, "abc", Instant(1), "desk", "", 4)


def candidate(**other: object) -> Candidate:
    fields = {"request_id": "r", "fingerprint": "f", "actor": "desk", "comment": "", "seen": 1}
    return Candidate(**{**fields, "content_sha256": "def", "alerts": 4, "files": (), **other})  # type: ignore[arg-type]


def test_other_content_is_the_next_version() -> None:
    decision = decide_publication(FIRST, None, candidate(comment="why"), NOW)
    expected = PublishedRules(2, "def", NOW, "desk", "why", 4)
    assert decision == PublicationDecision(answer=Answer(expected, changed=True))


def test_equal_content_is_no_new_version() -> None:
    decision = decide_publication(FIRST, None, candidate(content_sha256="abc"), NOW)
    assert decision == PublicationDecision(answer=Answer(FIRST, changed=False))


def test_whoever_has_not_seen_the_newest_looks_again() -> None:
    assert decide_publication(FIRST, None, candidate(seen=0), NOW).moved
    assert decide_publication(None, None, candidate(seen=1), NOW).moved


def test_a_repetition_is_answered_as_before_and_another_request_is_refused() -> None:
    answered = FirstAnswer("f", Answer(FIRST, changed=True))
    again = decide_publication(FIRST, answered, candidate(seen=0), NOW)
    assert again == PublicationDecision(answer=answered.answer, repeated=True)
    refused = decide_publication(FIRST, answered, candidate(fingerprint="g"), NOW).refused
    assert refused is not None
    assert (refused.reason.name, refused.field) == ("DUPLICATE_DIFFERS", "request_id")


class Store:
    """The part of the RulesStore port that is read, and a store that others always get ahead in."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def get(self, version: int) -> StoredRules | None:
        """The newest."""
        if not self.texts:
            return None
        files = CanonicalRulesWriter().source(read_rules(rules_files(self.texts[-1])))
        return StoredRules(PublishedRules(len(self.texts), "", Instant(0), "", "", 4), files)

    async def versions(self) -> Sequence[PublishedRules]:
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
    publisher = RulesPublisher(linter, CanonicalRulesWriter(), store, book_on(store), Clock())
    with pytest.raises(RefusedError) as refused:
        await publisher.publish(PublishRequest("r", tuple(rules_files()), "desk"))
    assert refused.value.refused.reason.name == "RULES_BUSY"

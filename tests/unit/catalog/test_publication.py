"""Publishing: which requests make a version, and which do not."""

from __future__ import annotations

import pytest

from services.catalog.application.publish import PublishReport, PublishRequest
from services.catalog.main import build_use_cases
from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.common.kernel.outcome import RefusedError
from tests.support.catalog import (
    SMALL_CATALOG,
    CountedSubscriptions,
    MemoryCatalogStore,
    SteppedClock,
    changed,
)

DEARER = changed(('amount: "0.07"', 'amount: "0.08"'))


class Publishing:
    """A catalog service in memory, at 1,000 microseconds past the epoch until told otherwise."""

    def __init__(self) -> None:
        self.store = MemoryCatalogStore()
        self.clock = SteppedClock(1_000)
        self._publisher = build_use_cases(self.store, CountedSubscriptions({}), self.clock).publisher

    async def __call__(
        self, request_id: str, text: str = SMALL_CATALOG, effective: int | None = None, actor: str = "product"
    ) -> PublishReport:
        at = None if effective is None else Instant(effective)
        files = (SourceFile("catalog.yaml", text),)
        return await self._publisher.publish(PublishRequest(request_id, files, actor, at))

    async def refused(
        self, request_id: str, text: str = SMALL_CATALOG, effective: int | None = None, actor: str = "product"
    ) -> str:
        before = list(self.store.versions)
        with pytest.raises(RefusedError) as refusal:
            await self(request_id, text, effective, actor)
        assert self.store.versions == before
        return refusal.value.refused.reason.name


@pytest.fixture
def publish() -> Publishing:
    return Publishing()


async def test_the_first_version_is_1_and_takes_effect_now(publish: Publishing) -> None:
    version = (await publish("a")).answer.published
    assert (version.version, version.effective_from, version.published_at) == (1, 1_000, 1_000)
    assert (version.catalog_code, version.currency_code, version.published_by) == ("small", "EUR", "product")


async def test_the_same_request_again_gets_the_first_answer_at_any_later_time(publish: Publishing) -> None:
    first = await publish("a")
    publish.clock.at = Instant(9_000)
    await publish("b", DEARER)
    assert await publish("a") == first
    assert len(publish.store.versions) == 2


async def test_the_same_request_id_for_something_else_is_refused(publish: Publishing) -> None:
    await publish("a")
    assert await publish.refused("a", DEARER) == "DUPLICATE_DIFFERS"
    assert await publish.refused("a", effective=2_000) == "DUPLICATE_DIFFERS"
    assert await publish.refused("a", actor="somebody else") == "DUPLICATE_DIFFERS"


async def test_a_comment_does_not_make_a_request_another_one(publish: Publishing) -> None:
    first = await publish("a")
    assert await publish("a", "# a remark\n" + SMALL_CATALOG) == first


async def test_the_content_of_the_newest_version_is_not_published_again(publish: Publishing) -> None:
    first = await publish("a")
    again = await publish("b")
    assert again.answer.unchanged
    assert again.answer.published == first.answer.published
    assert len(publish.store.versions) == 1
    assert await publish("b") == again


async def test_content_of_an_older_version_is_a_new_version(publish: Publishing) -> None:
    await publish("a")
    await publish("b", DEARER)
    back = (await publish("c")).answer
    assert (back.published.version, back.unchanged) == (3, False)
    assert back.published.content_sha256 == publish.store.versions[0].published.content_sha256


async def test_a_version_cannot_take_effect_before_the_newest_one(publish: Publishing) -> None:
    await publish("a", effective=5_000)
    assert await publish.refused("b", DEARER, effective=4_999) == "EFFECTIVE_DATE_PASSED"
    # Now (1,000) is before 5,000 as well.
    assert await publish.refused("c", DEARER) == "EFFECTIVE_DATE_PASSED"
    assert (await publish("d", DEARER, effective=5_000)).answer.published.version == 2


async def test_a_version_may_take_effect_in_the_past_or_the_future(publish: Publishing) -> None:
    assert (await publish("a", effective=1)).answer.published.effective_from == 1
    assert (await publish("b", DEARER, effective=9**15)).answer.published.effective_from == 9**15


async def test_another_catalog_or_currency_cannot_follow(publish: Publishing) -> None:
    await publish("a")
    other = changed(("catalog: small", "catalog: large"))
    assert await publish.refused("b", other) == "CATALOG_CODE_DIFFERS"
    assert await publish.refused("c", changed(("currency: EUR", "currency: CHF"))) in {
        "CATALOG_HAS_ERRORS",
        "CURRENCY_DIFFERS",
    }


async def test_errors_refuse_and_warnings_come_with_the_answer(publish: Publishing) -> None:
    assert await publish.refused("a", changed(('"0.07"', '"-0.07"'))) == "CATALOG_HAS_ERRORS"
    report = await publish("b", changed(("rest_of_world: true", 'plmns: ["310"]')))
    assert [f.reason.name for f in report.warnings] == ["REST_OF_WORLD_MISSING"]


@pytest.mark.parametrize("request_id", ["", "with blank", "ü", "x" * 129])
async def test_a_request_id_is_printable_ascii(publish: Publishing, request_id: str) -> None:
    assert await publish.refused(request_id) == "REQUEST_ID_INVALID"


@pytest.mark.parametrize("actor", ["", "   ", "line\nbreak", "x" * 129])
async def test_an_actor_says_who(publish: Publishing, actor: str) -> None:
    assert await publish.refused("a", actor=actor) == "ACTOR_INVALID"

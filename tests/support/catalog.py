# ruff: noqa: E501 - one line for each rating group
"""A small catalog to break in one place at a time, and a store in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from services.catalog.adapters.offline import offline_linter
from services.catalog.application.lint import LintReport
from services.catalog.application.ports import Rendered, StoredVersion, SubscriptionCount
from services.catalog.domain.catalog import Catalog
from services.catalog.domain.publication import Answer, Candidate, Decision, PublishedVersion, Standing
from services.common.kernel.clock import Instant
from services.common.kernel.findings import SourceFile
from services.common.runtime.source_files import read_source

EXAMPLE_FOLDER = Path(__file__).parents[2] / "examples" / "catalog"

SMALL_CATALOG = """\
catalog: small
name: Small
currency: EUR
time_zone: Europe/Berlin
default_rating_group: data
low_balance_threshold: "2.00"
units:
  kilometres: {name: Kilometres}
rating_groups:
  data: {number: 1, name: Data, service: data, unit: octets, quota: &quota {initial: 4096, minimum: 1024, maximum: 9000, maximum_validity: 1 h}}
  voice: {number: 2, name: Voice, service: voice, unit: seconds, quota: {initial: 60, minimum: 10, maximum: 600, maximum_validity: 1 h}}
  text: {number: 3, name: Text, service: sms, unit: events, quota: {initial: 1, minimum: 1, maximum: 1, maximum_validity: 1 h}}
  distance: {number: 4, name: Distance, service: iot, unit: kilometres, quota: {initial: 1, minimum: 1, maximum: 9, maximum_validity: 1 h}}
zones:
  home: {name: Home, home: true, plmns: ["262"]}
  france: {name: France, plmns: ["208"]}
  rest: {name: Rest of the world, rest_of_world: true}
time_bands:
  peak: {name: Peak, windows: ["mon-fri 07:00-19:00"]}
  off-peak: {name: Off-peak, windows: ["mon-fri 00:00-07:00", "mon-fri 19:00-24:00", "sat-sun 00:00-24:00"]}
offerings:
  basic:
    name: Basic
    kind: plan
    payment_mode: prepaid
    precedence: 100
    existing_subscribers: keep
    prices:
      data:
        name: Data
        rating_groups: [data]
        increments: {first: 1 kB, next: 1 kB}
        per_unit: {amount: "0.05", per: 1 MB}
      data-peak:
        name: Data in working hours
        rating_groups: [data]
        zones: [home]
        time_band: peak
        per_unit: {amount: "0.10", per: 1 MB}
      voice-peak:
        name: Calls in working hours
        rating_groups: [voice]
        time_band: peak
        increments: {first: 60, next: 1}
        per_unit: {amount: "0.09", per: 1 min}
      voice-off-peak:
        name: Calls at other times
        rating_groups: [voice]
        time_band: off-peak
        increments: {first: 60, next: 1}
        per_unit: {amount: "0.06", per: 1 min}
      text:
        name: Messages
        rating_groups: [text]
        flat: {amount: "0.07"}
      distance:
        name: Kilometres
        rating_groups: [distance]
        tiered: {scope: month, tiers: [{up_to: 100, amount: "0.30"}, {amount: "0.20"}]}
    allowances:
      data-1mb:
        name: One megabyte
        rating_groups: [data]
        zones: [home]
        amount: 1 MB
        validity: 30 days
        thresholds_percent: [80, 100]
  extra:
    name: Extra
    kind: add-on
    precedence: 50
    existing_subscribers: move
    allowances:
      data-5mb: {name: Five megabytes, rating_groups: [data], amount: 5 MB, priority: 10}
  both:
    name: Both
    kind: bundle
    precedence: 200
    existing_subscribers: keep
    includes: [basic]
    choice: {minimum: 0, maximum: 1, offerings: [extra]}
examples:
  two-megabytes:
    offerings: [basic]
    usage:
      - {rating_group: data, units: 2 MB, at: 2026-03-02 10:00, amount: "0.10", from_allowance: 1 MB}
"""


def changed(*edits: tuple[str, str]) -> str:
    """The small catalog with each text replaced once. Fails where a text is not there."""
    text = SMALL_CATALOG
    for old, new in edits:
        assert text.count(old) >= 1, f"{old!r} is not in the small catalog"
        text = text.replace(old, new, 1)
    return text


def lint_text(*texts: str) -> LintReport:
    """Lints texts as the files `1.yaml`, `2.yaml`, ..."""
    files = [SourceFile(f"{number}.yaml", text) for number, text in enumerate(texts, start=1)]
    return offline_linter().lint_source(files)


def reasons(report: LintReport) -> list[str]:
    """Names of the findings' reasons, in order."""
    return [finding.reason.name for finding in report.findings]


def small_catalog(*edits: tuple[str, str]) -> Catalog:
    """The small catalog, edited, as a value. Fails where it has errors."""
    report = lint_text(changed(*edits))
    assert report.errors == ()
    assert report.document is not None
    return report.document.catalog


def example_files() -> list[SourceFile]:
    """The files of examples/catalog."""
    return read_source(EXAMPLE_FOLDER)


class SteppedClock:
    """A clock that moves when told."""

    def __init__(self, at: int = 1_000) -> None:
        self.at = Instant(at)

    def now(self) -> Instant:
        """The present instant."""
        return self.at


class MemoryCatalogStore:
    """The CatalogStore port on lists."""

    def __init__(self) -> None:
        self.versions: list[StoredVersion] = []
        self._requests: dict[str, tuple[str, Answer]] = {}

    async def newest(self) -> StoredVersion | None:
        """The last one."""
        return self.versions[-1] if self.versions else None

    async def get(self, version: int) -> StoredVersion | None:
        """One version."""
        return next((v for v in self.versions if v.published.version == version), None)

    async def in_force(self, at: Instant) -> StoredVersion | None:
        """The last one in force."""
        return next((v for v in reversed(self.versions) if v.published.effective_from <= at), None)

    async def after(self, version: int) -> Sequence[PublishedVersion]:
        """Versions above a number."""
        return [v.published for v in self.versions if v.published.version > version]

    async def publish(
        self, candidate: Candidate, rendered: Rendered, decide: Callable[[Standing, Candidate], Decision]
    ) -> Decision:
        """Decides and keeps."""
        newest = self.versions[-1].published if self.versions else None
        fingerprint, answer = self._requests.get(candidate.request_id, ("", None))
        decision = decide(Standing(newest, fingerprint, answer), candidate)
        if decision.answer is not None and not decision.repeated:
            self._requests[candidate.request_id] = (candidate.fingerprint, decision.answer)
            if decision.is_new:
                stored = StoredVersion(decision.answer.published, rendered.content, rendered.source)
                self.versions.append(stored)
        return decision


class CountedSubscriptions:
    """The Subscriptions port with counts given; remembers what it was asked."""

    def __init__(self, counts: Mapping[str, SubscriptionCount]) -> None:
        self._counts = counts
        self.asked: list[str] = []

    async def count(self, offering_codes: Sequence[str]) -> Mapping[str, SubscriptionCount]:
        """The counts of these offerings."""
        self.asked += offering_codes
        return {code: self._counts[code] for code in offering_codes if code in self._counts}

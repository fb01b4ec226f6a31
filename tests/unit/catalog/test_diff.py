"""What a new catalog changes, as its author reads it."""

from __future__ import annotations

import pytest

from services.catalog.adapters.yaml_writer import CanonicalRenderer
from services.catalog.application.diff import CatalogDiff
from services.catalog.application.ports import SubscriptionCount
from services.catalog.application.publish import PublishRequest
from services.catalog.domain.diff import Change, diff_outlines
from services.catalog.main import build_use_cases
from services.common.kernel.findings import SourceFile
from services.common.kernel.outcome import RefusedError
from services.common.kernel.outlines import ChangeKind
from tests.support.catalog import (
    SMALL_CATALOG,
    CountedSubscriptions,
    MemoryCatalogStore,
    SteppedClock,
    changed,
    small_catalog,
)


def diff(*edits: tuple[str, str]) -> list[Change]:
    """Changes from the small catalog to an edited one."""
    outline = CanonicalRenderer().outline
    return diff_outlines(outline(small_catalog()), outline(small_catalog(*edits)))


@pytest.mark.parametrize(
    ("edit", "kind", "field", "old", "new"),
    [
        (('amount: "0.07"', 'amount: "0.08"'),
         "CHANGED", "offerings.basic.prices.text.flat.amount", "0.07", "0.08"),
        (("amount: 5 MB", "amount: 7168 MiB"),
         "CHANGED", "offerings.extra.allowances.data-5mb.amount", "5 MB", "7 GiB"),
        (("name: Messages", "name: Texts"),
         "CHANGED", "offerings.basic.prices.text.name", "Messages", "Texts"),
        (("existing_subscribers: move", "existing_subscribers: keep"),
         "CHANGED", "offerings.extra.existing_subscribers", "move", "keep"),
        (('["208"]', '["208", "222"]'),
         "CHANGED", "zones.france.plmns", "208", "208, 222"),
        (('{amount: "0.20"}', '{amount: "0.10"}'),
         "CHANGED", "offerings.basic.prices.distance.tiered.tiers",
         "{up_to: 100, amount: 0.30, per: 1}, {amount: 0.20, per: 1}",
         "{up_to: 100, amount: 0.30, per: 1}, {amount: 0.10, per: 1}"),
        (("  kilometres: {name: Kilometres}\n", "  kilometres: {name: Kilometres}\n  litres: {name: L}\n"),
         "ADDED", "units.litres", "", "name: L"),
        (("        time_band: peak\n        per_unit", "        per_unit"),
         "REMOVED", "offerings.basic.prices.data-peak.when.time_band", "peak", ""),
        (("    choice: {minimum: 0, maximum: 1, offerings: [extra]}\n", ""),
         "REMOVED", "offerings.both.choice", "minimum: 0, maximum: 1, offerings: [extra]", ""),
    ],
)  # fmt: skip
def test_one_edit_is_one_change(edit: tuple[str, str], kind: str, field: str, old: str, new: str) -> None:
    offering = field.split(".")[1] if field.startswith("offerings.") else ""
    assert diff(edit) == [Change(ChangeKind[kind], field, old, new, offering)]


def test_the_same_catalog_changes_nothing() -> None:
    assert diff() == []


def test_another_model_takes_the_place_of_the_one_before() -> None:
    here = "offerings.basic.prices.text"
    assert diff(('flat: {amount: "0.07"}', "free: true")) == [
        Change(ChangeKind.REMOVED, f"{here}.flat", "amount: 0.07", "", "basic"),
        Change(ChangeKind.ADDED, f"{here}.free", "", "yes", "basic"),
    ]


def test_an_offering_that_goes_is_one_change() -> None:
    extra = SMALL_CATALOG[SMALL_CATALOG.index("  extra:\n") : SMALL_CATALOG.index("  both:\n")]
    changes = diff(("    choice: {minimum: 0, maximum: 1, offerings: [extra]}\n", ""), (extra, ""))
    assert Change(ChangeKind.REMOVED, "offerings.extra", "Extra (add-on)", "", "extra") in changes


def test_without_a_version_before_every_offering_is_new() -> None:
    changes = diff_outlines(None, CanonicalRenderer().outline(small_catalog()))
    assert changes == [
        Change(ChangeKind.ADDED, "offerings.basic", "", "Basic (plan)", "basic"),
        Change(ChangeKind.ADDED, "offerings.both", "", "Both (bundle)", "both"),
        Change(ChangeKind.ADDED, "offerings.extra", "", "Extra (add-on)", "extra"),
    ]


async def published(store: MemoryCatalogStore, subscriptions: CountedSubscriptions) -> CatalogDiff:
    use_cases = build_use_cases(store, subscriptions, SteppedClock())
    await use_cases.publisher.publish(PublishRequest("1", (SourceFile("a.yaml", SMALL_CATALOG),), "test"))
    return use_cases.diff


async def test_a_change_says_how_many_have_its_offering() -> None:
    subscriptions = CountedSubscriptions({"basic": SubscriptionCount(3, 5)})
    compare = await published(MemoryCatalogStore(), subscriptions)
    text = changed(('amount: "0.07"', 'amount: "0.08"'), ('["208"]', '["208", "222"]'))
    report = await compare.diff_source([SourceFile("a.yaml", text)])
    assert report.newest_version == 1
    assert [(item.change.offering_code, item.count) for item in report.changes] == [
        ("basic", SubscriptionCount(3, 5)),
        ("", SubscriptionCount(0, 0)),
    ]
    assert subscriptions.asked == ["basic"]


async def test_charging_is_not_asked_where_no_known_offering_changes() -> None:
    subscriptions = CountedSubscriptions({})
    compare = await published(MemoryCatalogStore(), subscriptions)
    new = SMALL_CATALOG.replace("  extra:\n", "  more:\n").replace("[extra]", "[more]")
    report = await compare.diff_source([SourceFile("a.yaml", SMALL_CATALOG)])
    assert report.changes == ()
    assert subscriptions.asked == []
    await compare.diff_source([SourceFile("a.yaml", new)])
    assert subscriptions.asked == ["both", "extra"]


async def test_a_catalog_with_errors_is_not_compared() -> None:
    compare = await published(MemoryCatalogStore(), CountedSubscriptions({}))
    with pytest.raises(RefusedError) as refusal:
        await compare.diff_source([SourceFile("a.yaml", changed(('"0.07"', '"-0.07"')))])
    refused = refusal.value.refused
    assert refused.reason.name == "CATALOG_HAS_ERRORS"
    assert refused.metadata["errors"] == "1"
    assert refused.metadata["finding_1"].startswith("a.yaml:")

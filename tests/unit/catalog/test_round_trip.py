"""Export: the same content gives the same bytes, and reads back as the same content."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from services.catalog.adapters.messages import catalog_message
from services.catalog.adapters.yaml_source import YamlSourceReader
from services.catalog.adapters.yaml_writer import CanonicalRenderer
from services.catalog.domain.examples import Document
from services.common.kernel.findings import SourceFile
from tests.support.catalog import SMALL_CATALOG, changed, example_files, lint_text
from tests.support.catalog_strategies import documents


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_what_is_exported_reads_back_equal_and_exports_to_the_same_bytes(document: Document) -> None:
    rendered = CanonicalRenderer().render(document)
    reading = YamlSourceReader().read([rendered.source])
    assert reading.findings == ()
    assert reading.document == document
    assert CanonicalRenderer().render(reading.document) == rendered


def test_the_example_catalog_exports_to_one_file_that_lints_clean_and_is_the_same_catalog() -> None:
    original = lint_text(*(file.content for file in example_files()))
    assert original.document is not None
    rendered = CanonicalRenderer().render(original.document)
    again = lint_text(rendered.source.content)
    assert again.errors == ()
    assert again.document == original.document
    assert again.examples == original.examples
    assert CanonicalRenderer().render(again.accepted()) == rendered


def test_comments_layout_and_file_split_do_not_reach_the_content_hash() -> None:
    head, tail = SMALL_CATALOG.split("offerings:\n", 1)
    written = [
        lint_text(SMALL_CATALOG),
        lint_text("# a comment\n" + head, "offerings:\n" + tail),
        lint_text(changed(('"0.05"', '"0.050"'), ("1 MB}", "1000 kB}"))),
    ]
    hashes = {CanonicalRenderer().render(report.accepted()).content_sha256 for report in written}
    assert len(hashes) == 1


def test_an_example_is_no_part_of_what_charging_gets() -> None:
    without = SMALL_CATALOG.split("examples:\n", maxsplit=1)[0]
    with_example, bare = (
        CanonicalRenderer().render(lint_text(t).accepted()) for t in (SMALL_CATALOG, without)
    )
    assert with_example.content_sha256 == bare.content_sha256
    assert with_example.source != bare.source


def test_the_message_carries_rating_groups_by_number_in_ascending_order() -> None:
    catalog = lint_text(SMALL_CATALOG).accepted().catalog
    message = catalog_message(catalog)
    basic = next(offering for offering in message.offerings if offering.code == "basic")
    distance = next(price for price in basic.prices if price.code == "distance")
    assert list(distance.rating_groups) == [4]
    assert message.default_rating_group == 1
    assert message.low_balance_threshold.minor_micros == 200_000_000
    assert [tier.HasField("up_to_units") for tier in distance.tiered.tiers] == [True, False]


def test_the_name_of_the_exported_file_is_the_catalogs_code() -> None:
    rendered = CanonicalRenderer().render(lint_text(SMALL_CATALOG).accepted())
    assert rendered.source == SourceFile("small.yaml", rendered.source.content)

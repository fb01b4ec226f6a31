"""The policies in force: swapped whole, beside the newest catalog that can be reached."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from services.common.kernel.clock import Instant
from services.common.kernel.publication import (
    PublishedVersion,
    StoredVersion,
)
from services.offers.adapters.cel.compiler import CelRuleCompilers
from services.offers.adapters.yaml_source import YamlPolicyReader
from services.offers.adapters.yaml_writer import CanonicalPolicyWriter
from services.offers.application.policies_in_force import PolicyBook
from services.offers.application.policy_ports import CatalogUnreachableError
from services.offers.domain.catalog_terms import CatalogTerms
from services.offers.domain.compiled import CompiledOffer
from tests.support.offers_policies import CATALOG, SMALL_POLICIES, edited, read_policies
from tests.support.waiting import eventually


class Store:
    """Fulfils StoredSources."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def get(self, version: int) -> StoredVersion | None:
        """The newest."""
        if not self.texts:
            return None
        files = CanonicalPolicyWriter().source(read_policies(self.texts[-1]))
        return StoredVersion(PublishedVersion(len(self.texts), "", Instant(0), ""), files)


class Catalog:
    """The Catalog port; None: unreachable."""

    def __init__(self, terms: CatalogTerms | None) -> None:
        self.terms = terms

    async def newest(self) -> CatalogTerms | None:
        """What is told."""
        if self.terms is None:
            raise CatalogUnreachableError("away")
        return self.terms


def book(store: Store, catalog: Catalog) -> PolicyBook:
    return PolicyBook(store, catalog, YamlPolicyReader(), CelRuleCompilers())


def pass_of(policies: PolicyBook) -> CompiledOffer:
    current = policies.current()
    assert current is not None
    return next(item for item in current.offers if item.offer.code == "pass")


async def test_nothing_is_in_force_before_the_first_publication() -> None:
    policies = book(Store(), Catalog(CATALOG))
    await policies.refresh()
    assert policies.current() is None


async def test_a_version_is_in_force_once_refreshed_and_the_next_one_after_it() -> None:
    store, catalog = Store(), Catalog(CATALOG)
    policies = book(store, catalog)
    store.texts.append(SMALL_POLICIES)
    await policies.refresh()
    first = policies.current()
    assert first is not None
    assert (first.version, first.catalog_version) == (1, 1)
    assert first.class_of_rating_group == {107: "video", 108: "video", 200: "calls"}
    store.texts.append(edited(('value: "2.00"', 'value: "2.10"')))
    await policies.refresh()
    assert policies.current() is not first
    assert pass_of(policies).offer.value_minor_micros == 210_000_000


async def test_refreshing_without_news_keeps_the_very_same_value() -> None:
    store, catalog = Store(), Catalog(CATALOG)
    store.texts.append(SMALL_POLICIES)
    policies = book(store, catalog)
    await policies.refresh()
    first = policies.current()
    await policies.refresh()
    assert policies.current() is first


async def test_a_new_catalog_changes_what_offers_cost() -> None:
    store, catalog = Store(), Catalog(CATALOG)
    store.texts.append(SMALL_POLICIES)
    policies = book(store, catalog)
    await policies.refresh()
    assert pass_of(policies).terms["EUR"].price_minor_micros == 0
    offerings = {code: item for code, item in CATALOG.offerings.items() if code != "pass"}
    catalog.terms = replace(CATALOG, version=2, offerings=offerings)
    await policies.refresh()
    assert pass_of(policies).terms == {}
    current = policies.current()
    assert current is not None
    assert current.catalog_version == 2


async def test_with_the_catalog_away_the_known_one_stays_and_without_any_nothing_is_sold() -> None:
    store, catalog = Store(), Catalog(None)
    store.texts.append(SMALL_POLICIES)
    policies = book(store, catalog)
    await policies.refresh()
    assert pass_of(policies).terms == {}
    catalog.terms = CATALOG
    await policies.refresh()
    known = pass_of(policies).terms
    assert known
    catalog.terms = None
    await policies.refresh()
    assert pass_of(policies).terms == known


async def test_it_looks_by_itself_now_and_then() -> None:
    store, catalog = Store(), Catalog(CATALOG)
    policies = book(store, catalog)
    looking = asyncio.create_task(policies.keep_fresh(0.01))
    try:
        store.texts.append(SMALL_POLICIES)
        await eventually(lambda: policies.current() is not None)
    finally:
        looking.cancel()

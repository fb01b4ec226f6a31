"""Rows of what the catalog service answers."""

from __future__ import annotations

from collections.abc import Iterator

from tidemark.catalog.v1 import catalog_api_pb2 as api

from services.cli.amounts import show_money, show_quantity
from services.cli.rendering import show_time

CHANGE_COLUMNS = ("", "what", "old", "new", "offering", ">accounts", ">subscribers")
SIMULATION_COLUMNS = (
    ">rating group",
    "",
    ">used",
    ">old free",
    ">new free",
    ">old amount",
    ">new amount",
    ">old unrated",
    ">new unrated",
)
VERSION_COLUMNS = (">version", "catalog", "in force from", "published at", "by", "sha256")


def change_row(change: api.CatalogChange) -> tuple[str, ...]:
    """One difference and whom it touches."""
    kind = api.ChangeKind.Name(change.kind).removeprefix("CHANGE_KIND_").lower()
    touched = (str(change.accounts), str(change.subscribers)) if change.offering_code else ("", "")
    return (kind, change.field, change.old_value, change.new_value, change.offering_code, *touched)


def simulation_rows(answer: api.SimulateCatalogResponse) -> Iterator[tuple[str, ...]]:
    """One row per rating group, and the totals."""
    for group in answer.rating_groups:
        yield (
            str(group.rating_group),
            group.code,
            show_quantity(group.used),
            _if_set(group, "old_from_allowance"),
            _if_set(group, "new_from_allowance"),
            _if_set(group, "old_amount"),
            _if_set(group, "new_amount"),
            str(group.old_unrated or ""),
            str(group.new_unrated or ""),
        )
    yield ("", "total", "", "", "", _if_set(answer, "old_total"), _if_set(answer, "new_total"), "", "")


def _if_set(message: api.SimulatedRatingGroup | api.SimulateCatalogResponse, name: str) -> str:
    if not message.HasField(name):  # type: ignore[arg-type]
        return ""
    value = getattr(message, name)
    return show_quantity(value) if hasattr(value, "unit") else show_money(value)


def version_row(version: api.CatalogVersion) -> tuple[str, ...]:
    """One published version."""
    return (
        str(version.version),
        version.catalog_code,
        show_time(version.effective_from),
        show_time(version.published_at),
        version.published_by,
        version.content_sha256[:12],
    )

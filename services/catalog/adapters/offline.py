"""Linting without a server: what the command line uses on a folder of files."""

from __future__ import annotations

from services.catalog.adapters.rating import ChargingRating
from services.catalog.adapters.yaml_source import YamlSourceReader
from services.catalog.application.lint import Linter


def offline_linter() -> Linter:
    """A linter with charging's own rating code. Opens no connection."""
    return Linter(YamlSourceReader(), ChargingRating())

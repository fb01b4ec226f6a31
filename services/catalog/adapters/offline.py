"""Linting without a server: what the command line uses on a folder of files."""

from __future__ import annotations

from pathlib import Path

from services.catalog.adapters.rating import ChargingRating
from services.catalog.adapters.yaml_source import YamlSourceReader
from services.catalog.application.lint import Linter
from services.catalog.application.ports import SourceFile

SUFFIXES = (".yaml", ".yml")


def offline_linter() -> Linter:
    """A linter with charging's own rating code. Opens no connection."""
    return Linter(YamlSourceReader(), ChargingRating())


def read_source(path: Path) -> list[SourceFile]:
    """The YAML files of a folder in the order of their names, or one file.

    Raises OSError where it cannot be read, ValueError where a file is no
    UTF-8 text or there is no YAML file at all.
    """
    files = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.suffix in SUFFIXES)
    if not files:
        raise ValueError(f"there is no {' or '.join(SUFFIXES)} file in {path}")
    return [_read(file) for file in files]


def _read(file: Path) -> SourceFile:
    try:
        return SourceFile(file.name, file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{file.name} is not UTF-8 text") from error

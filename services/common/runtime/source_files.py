"""Files that people wrote, from a folder."""

from __future__ import annotations

from pathlib import Path

from services.common.kernel.findings import SourceFile

SUFFIXES = (".yaml", ".yml")


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

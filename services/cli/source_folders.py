"""What people wrote, as files in a folder: read, written back, and what was found wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from services.cli.failures import CommandFailedError
from services.common.kernel.findings import SourceFile
from services.common.runtime.source_files import read_source


class Finding(Protocol):
    """A finding as every service's contract has it."""

    DESCRIPTOR: Any
    severity: Any
    reason: str
    message: str
    file: str
    line: int
    field: str


class Exported(Protocol):
    """A file as every service's contract has it."""

    name: str
    content: str


def read_folder(path: Path, suffix_beside: str = "") -> list[SourceFile]:
    """The YAML files of a folder, and those of another suffix, in the order of their names; or one file.

    Raises CommandFailedError.
    """
    try:
        files = read_source(path)
        if suffix_beside and path.is_dir():
            beside = [place for place in path.iterdir() if place.suffix == suffix_beside]
            files += [SourceFile(place.name, place.read_text(encoding="utf-8")) for place in beside]
    except OSError as error:
        raise CommandFailedError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CommandFailedError(f"a {suffix_beside} file in {path} is not UTF-8 text") from error
    except ValueError as error:
        raise CommandFailedError(str(error)) from error
    return sorted(files, key=lambda file: file.name)


def write_folder(folder: Path, files: Iterable[Exported]) -> None:
    """Puts exported files into a folder, which is made where it is not there. Raises CommandFailedError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            (folder / Path(file.name).name).write_bytes(file.content.encode())
    except OSError as error:
        raise CommandFailedError(f"{folder}: {error.strerror or error}") from error


def severity_of(finding: Finding) -> str:
    """`error` or `warning`."""
    names = finding.DESCRIPTOR.fields_by_name["severity"].enum_type.values_by_number
    name: str = names[finding.severity].name
    return name.rpartition("_")[2].lower()


def finding_line(finding: Finding) -> str:
    """`error prepaid.yaml:12 PRICE_HOLE offerings.x: message`, as compilers print it."""
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    parts = (severity_of(finding), place, finding.reason, finding.field)
    return f"{' '.join(filter(None, parts))}: {finding.message}"


def refuse_errors(findings: Iterable[Finding], where: str) -> None:
    """Warnings pass. Raises CommandFailedError with the number of errors in `where`."""
    errors = sum(severity_of(finding) == "error" for finding in findings)
    if errors:
        raise CommandFailedError(f"{errors} error(s) in {where}")

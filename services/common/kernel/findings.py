"""Files that people write, and what can be wrong with them: a finding says what, where, and what to do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from services.common.kernel.outcome import Reason, Refused

FINDINGS_IN_METADATA = 5
# Error details travel in a trailer of limited size.
CHARACTERS_PER_FINDING = 300
MAX_FILES = 200
MAX_NAME_CHARACTERS = 200

Why = TypeVar("Why", bound=Enum)
Document = TypeVar("Document")
Locate = Callable[[str], tuple[str, int]]
"""File and line of a dotted field, or of the nearest thing around it; line 0 where there is none."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that people wrote: its name for findings, and its text. No path is opened."""

    name: str
    content: str


class Severity(Enum):
    """An error stands in the way of publishing; a warning is worth a look."""

    WARNING = "warning"
    ERROR = "error"


# Without slots: a generic class that is frozen and has them can't be called as Finding[Why](...).
@dataclass(frozen=True)
class Finding(Generic[Why]):
    """One thing wrong. `field` is a dotted path; `line` from 1, 0 where none can be named."""

    severity: Severity
    reason: Why
    message: str
    field: str
    file: str = ""
    line: int = 0

    @property
    def words(self) -> str:
        """All of it but the place, in one line."""
        return f"{self.reason.name} {self.field}: {self.message}"


@dataclass(frozen=True)
class Reading(Generic[Document, Why]):
    """What files say. `document` is None where their form is wrong; `locate` finds a dotted field."""

    document: Document | None
    findings: tuple[Finding[Why], ...]
    locate: Locate


def error(reason: Why, field: str, message: str) -> Finding[Why]:
    """A finding that stands in the way of publishing."""
    return Finding(Severity.ERROR, reason, message, field)


def warning(reason: Why, field: str, message: str) -> Finding[Why]:
    """A finding that does not."""
    return Finding(Severity.WARNING, reason, message, field)


def placed(findings: Iterable[Finding[Why]], locate: Locate) -> tuple[Finding[Why], ...]:
    """Findings with file and line, in the order of the files."""
    found = []
    for finding in findings:
        file, line = (finding.file, finding.line) if finding.file else locate(finding.field)
        found.append(dataclasses.replace(finding, file=file, line=line))
    return tuple(sorted(found, key=lambda f: (f.file, f.line, f.field, f.reason.name, f.message)))


def errors_in(findings: Iterable[Finding[Why]]) -> tuple[Finding[Why], ...]:
    """Those that stand in the way of publishing."""
    return tuple(finding for finding in findings if finding.severity is Severity.ERROR)


def warnings_in(findings: Iterable[Finding[Why]]) -> tuple[Finding[Why], ...]:
    """Those that do not."""
    return tuple(finding for finding in findings if finding.severity is Severity.WARNING)


def refused_for(errors: Sequence[Finding[Why]], reason: Reason, what: str, nothing: str) -> Refused:
    """The refusal of `what` with errors; the first of them are in its metadata.

    `what`: "the catalog has". `nothing` says so where there is nothing at all in the files.
    """
    metadata = {"errors": str(len(errors))}
    for number, finding in enumerate(errors[:FINDINGS_IN_METADATA], start=1):
        where = f"{finding.file}:{finding.line}: {finding.words}"
        metadata[f"finding_{number}"] = where[:CHARACTERS_PER_FINDING]
    first = errors[0].words[:CHARACTERS_PER_FINDING] if errors else nothing
    count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
    return Refused(reason, f"{what} {count}; the first: {first}", "source", metadata)


def refused_source(files: Sequence[SourceFile], empty: Reason, invalid: Reason) -> Refused | None:
    """Why files cannot be looked at: none has content, too many, a name that findings could not use."""
    if not any(file.content.strip() for file in files):
        return Refused(empty, "no file with content was sent", "source.files")
    if len(files) > MAX_FILES:
        return Refused(invalid, f"send at most {MAX_FILES} files", "source.files")
    seen: set[str] = set()
    for index, file in enumerate(files):
        name = file.name
        if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable() or name in seen:
            return Refused(
                invalid,
                f"file {index + 1} needs a name of its own, at most {MAX_NAME_CHARACTERS} characters",
                f"source.files.{index}.name",
            )
        seen.add(name)
    return None

"""What a check has to say about one file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in which file, with what in it, and why.

    `file` is relative to the repository; `subject` names the object inside it
    (`StatefulSet/tidemark-charging`, `line 7`) and may be empty.
    """

    file: str
    subject: str
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.subject}" if self.subject else self.file
        return f"{place}: {self.reason}"

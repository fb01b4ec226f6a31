"""What pydantic says about a catalog's form, as findings that say what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.catalog.adapters.yaml_form.fields import Form
from services.catalog.adapters.yaml_tree import SourceTree
from services.catalog.domain.findings import Finding, FindingReason, Severity


def _forms(form: type[Form]) -> Iterator[type[Form]]:
    for kind in form.__subclasses__():
        yield kind
        yield from _forms(kind)


_FIELDS = sorted({field.alias or name for form in _forms(Form) for name, field in form.model_fields.items()})


def form_findings(problems: ValidationError, tree: SourceTree) -> Iterator[Finding]:
    """One finding for each thing that does not fit the models."""
    for detail in problems.errors(include_url=False):
        path = ".".join(str(part) for part in detail["loc"] if part != "[key]")
        reason, message = _explain(detail)
        at = tree.locate(path)
        yield Finding(Severity.ERROR, reason, message, path, at.file, at.line)


def _explain(detail: ErrorDetails) -> tuple[FindingReason, str]:
    kind, last = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    if kind in FindingReason.__members__:
        return FindingReason[kind], detail["msg"]
    if kind == "missing":
        return FindingReason.FIELD_MISSING, f"`{last}` is missing; add it"
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(last, _FIELDS, n=1)
        hint = f"did you mean `{close[0]}`?" if close else "take it out"
        return FindingReason.FIELD_UNKNOWN, f"`{last}` is not known here; {hint}"
    if kind == "string_type" and isinstance(detail["input"], int | float):
        return FindingReason.FIELD_INVALID, f'write it in quotes: "{detail["input"]}"'
    message = detail["msg"]
    return FindingReason.FIELD_INVALID, f"{detail['input']!r:.80}: {message[:1].lower()}{message[1:]}"

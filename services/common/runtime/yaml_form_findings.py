"""What pydantic says about the form of files, as findings that say what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from enum import Enum
from functools import cache
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.common.kernel.findings import Finding, Severity
from services.common.runtime.yaml_fields import Form
from services.common.runtime.yaml_tree import FormReason, SourceTree

Why = TypeVar("Why", bound=Enum)


def form_findings(
    problems: ValidationError, tree: SourceTree[Why], form: type[Form]
) -> Iterator[Finding[Why]]:
    """One finding for each thing that does not fit `form`, which the whole tree was read as.

    A problem with a name that the tree's reasons have keeps it; others are FIELD_*.
    """
    reasons = tree.layout.reasons
    for detail in problems.errors(include_url=False):
        path = ".".join(str(part) for part in detail["loc"] if part != "[key]")
        name, message = _explain(detail, form, reasons)
        at = tree.locate(path)
        yield Finding(Severity.ERROR, reasons[name], message, path, at.file, at.line)


@cache
def _fields(form: type[Form]) -> list[str]:
    """Names of fields of a form and of all that it consists of."""
    return sorted(set(_properties(form.model_json_schema())))


def _properties(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        yield from (name for name in properties if isinstance(properties, dict))
    parts = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    for part in parts:
        yield from _properties(part)


def _explain(detail: ErrorDetails, form: type[Form], reasons: type[Enum]) -> tuple[str, str]:
    kind, last = detail["type"], str(detail["loc"][-1]) if detail["loc"] else ""
    if kind in reasons.__members__:
        return kind, detail["msg"]
    if kind == "missing":
        return FormReason.FIELD_MISSING.name, f"`{last}` is missing; add it"
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(last, _fields(form), n=1)
        hint = f"did you mean `{close[0]}`?" if close else "take it out"
        return FormReason.FIELD_UNKNOWN.name, f"`{last}` is not known here; {hint}"
    if kind == "string_type" and isinstance(detail["input"], int | float):
        return FormReason.FIELD_INVALID.name, f'write it in quotes: "{detail["input"]}"'
    message = detail["msg"]
    return FormReason.FIELD_INVALID.name, f"{detail['input']!r:.80}: {message[:1].lower()}{message[1:]}"

"""YAML files, read as a tree, into a document; files of another form may stand beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Protocol, TypeVar

from pydantic import ValidationError

from services.common.kernel.findings import Finding, Reading, SourceFile
from services.common.runtime.yaml_fields import Form
from services.common.runtime.yaml_form_findings import form_findings
from services.common.runtime.yaml_tree import SourceTree

Document = TypeVar("Document")
Why = TypeVar("Why", bound=Enum)
Written = TypeVar("Written", bound=Form)


class Beside(Protocol[Why]):
    """Files of another form that were read: what was wrong with them, and where their fields stand."""

    findings: list[Finding[Why]]

    def locate(self, dotted: str) -> tuple[str, int] | None:
        """File and line of a field; None: it is none of theirs."""


def parted(files: Sequence[SourceFile], suffix: str) -> tuple[Sequence[SourceFile], Sequence[SourceFile]]:
    """Files whose names end otherwise, and those that end with `suffix`."""
    other = [file for file in files if not file.name.endswith(suffix)]
    return other, [file for file in files if file.name.endswith(suffix)]


def reading_of(
    tree: SourceTree[Why],
    form: type[Written],
    build: Callable[[Written], Document],
    beside: Beside[Why] | None = None,
) -> Reading[Document, Why]:
    """Checks the form and builds the document, which is None where anything was wrong.

    `build` may add to the tree's findings.
    """
    document = _document(tree, form, build)
    findings = (*tree.findings, *(beside.findings if beside else ()))

    def locate(dotted: str) -> tuple[str, int]:
        found = beside.locate(dotted) if beside else None
        return found or tree.place(dotted)

    return Reading(None if findings else document, findings, locate)


def _document(
    tree: SourceTree[Why], form: type[Written], build: Callable[[Written], Document]
) -> Document | None:
    try:
        written = form.model_validate(tree.root)
    except ValidationError as problems:
        tree.findings.extend(form_findings(problems, tree, form))
        return None
    return build(written)

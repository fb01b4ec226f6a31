"""Named rules are called like nothing that rules read already."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.offers.domain.findings import Finding, FindingReason, error
from services.offers.domain.lint.subject import Subject
from services.offers.domain.rule_variables import VARIABLE_NAMES

_RESERVED = VARIABLE_NAMES | frozenset(
    re.findall(
        r"\w+",
        """
    true false null in as break const continue else for function if import let loop package namespace return
    var void while has all exists exists_one map filter size int uint double string
    """,
    )
)


def name_findings(subject: Subject) -> Iterator[Finding]:
    """Names that mean something else."""
    for name in subject.policies.rules:
        if name in _RESERVED:
            message = f"{name} means something else in rules; take another name"
            yield error(FindingReason.RULE_NAME_RESERVED, f"rules.{name}", message)

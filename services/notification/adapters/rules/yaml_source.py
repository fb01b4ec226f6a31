"""Reads alert rules as people write them: YAML, and words in Fluent beside it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from services.common.kernel.findings import SourceFile
from services.common.runtime.yaml_fields import sections_of
from services.common.runtime.yaml_form_findings import form_findings
from services.common.runtime.yaml_tree import Layout, SourceTree, read_tree
from services.notification.adapters.rules.word_files import SUFFIX, WordFiles, read_words
from services.notification.adapters.yaml_build.rules import build_rules
from services.notification.adapters.yaml_build.scope import Scope
from services.notification.adapters.yaml_form.rules import RulesForm
from services.notification.application.ruling.ports import Reading
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import FindingReason

_LAYOUT = Layout("a set of alert rules", "alerts:", sections_of(RulesForm), FindingReason)


class YamlRulesReader:
    """The RulesReader port: reads files as one set of rules."""

    def read(self, files: Sequence[SourceFile]) -> Reading:
        """Reads, merges and checks the form. `rules` is None where the form has errors."""
        words = read_words([file for file in files if file.name.endswith(SUFFIX)])
        tree = read_tree([file for file in files if not file.name.endswith(SUFFIX)], _LAYOUT)
        rules = _rules(tree, words)
        findings = (*tree.findings, *words.findings)
        return Reading(
            rules=None if findings else rules,
            findings=findings,
            locate=lambda field: _place(tree, words, field),
        )


def _rules(tree: SourceTree[FindingReason], words: WordFiles) -> AlertRules | None:
    try:
        form = RulesForm.model_validate(tree.root)
    except ValidationError as problems:
        tree.findings.extend(form_findings(problems, tree, RulesForm))
        return None
    return build_rules(Scope(tree, form.time_zone), form, words.words)


def _place(tree: SourceTree[FindingReason], words: WordFiles, field: str) -> tuple[str, int]:
    found = words.locate(field)
    if found is not None:
        return found
    at = tree.locate(field)
    return at.file, at.line

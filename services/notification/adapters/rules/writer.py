"""The canonical written form of alert rules: the same bytes for the same content, every time.

Everything lies in the order of its code but channels and limits, whose order means something; a field that
holds its default is left out. Comments of YAML are not kept; those of words are, for translators.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.common.kernel.findings import SourceFile
from services.common.kernel.outlines import Outline
from services.common.runtime.yaml_writing import canonical_text
from services.notification.adapters.rules.word_files import SUFFIX, messages_of
from services.notification.adapters.yaml_write.rules import write_rules
from services.notification.domain.rules import AlertRules

FILE_NAME = "rules.yaml"


class CanonicalRulesWriter:
    """The RulesWriter port. Writes what lint has let through."""

    def source(self, rules: AlertRules) -> tuple[SourceFile, ...]:
        """All of it: one file of rules, and one of words for each language."""
        words = (SourceFile(f"{language}{SUFFIX}", text) for language, text in sorted(rules.words.items()))
        return (SourceFile(FILE_NAME, canonical_text(write_rules(rules))), *words)

    def outline(self, rules: AlertRules) -> Mapping[str, Outline]:
        """Rules without examples, and words by language and message."""
        written: dict[str, Outline] = dict(write_rules(rules))
        alerts = written.get("alerts")
        if isinstance(alerts, Mapping):
            written["alerts"] = {
                code: {name: part for name, part in alert.items() if name != "examples"}
                for code, alert in alerts.items()
                if isinstance(alert, Mapping)
            }
        written["words"] = {language: messages_of(text) for language, text in rules.words.items()}
        return written

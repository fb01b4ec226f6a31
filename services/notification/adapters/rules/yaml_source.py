"""Reads alert rules as people write them: YAML, and words in Fluent beside it."""

from __future__ import annotations

from collections.abc import Sequence

from services.common.kernel.findings import Reading, SourceFile
from services.common.runtime.yaml_fields import sections_of
from services.common.runtime.yaml_reading import parted, reading_of
from services.common.runtime.yaml_tree import Layout, read_tree
from services.notification.adapters.rules.word_files import SUFFIX, read_words
from services.notification.adapters.yaml_build.rules import build_rules
from services.notification.adapters.yaml_build.scope import Scope
from services.notification.adapters.yaml_form.rules import RulesForm
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import FindingReason

_LAYOUT = Layout("a set of alert rules", "alerts:", sections_of(RulesForm), FindingReason)


class YamlRulesReader:
    """The RulesReader port: reads files as one set of rules."""

    def read(self, files: Sequence[SourceFile]) -> Reading[AlertRules, FindingReason]:
        """Reads, merges and checks the form. `document` is None where the form has errors."""
        in_yaml, in_fluent = parted(files, SUFFIX)
        tree, words = read_tree(in_yaml, _LAYOUT), read_words(in_fluent)

        def build(form: RulesForm) -> AlertRules:
            return build_rules(Scope(tree, form.time_zone), form, words.words)

        return reading_of(tree, RulesForm, build, words)

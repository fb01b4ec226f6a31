"""The RuleCompilers port: conditions and texts of one set of policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.offers.adapters.cel.rules import CelRules
from services.offers.adapters.cel.wording import compile_wording, expressions_in
from services.offers.application.policy_ports import RuleCompiler
from services.offers.domain.compiled import Variables, Wording
from services.offers.domain.rule_texts import Mentions


class CelRuleCompiler(CelRules):
    """The RuleCompiler port."""

    def wording(self, text: str, language: str) -> Wording:
        """A compiled text. Raises RuleInvalidError, saying what to do."""
        return compile_wording(self, text, language, self.sample)

    def text_mentions(self, text: str) -> Mentions:
        """What the expressions of a text speak of. Raises RuleInvalidError."""
        found = [self.mentions(expression) for expression in expressions_in(text)]
        return Mentions(
            words=frozenset().union(*(item.words for item in found)),
            paths=frozenset().union(*(item.paths for item in found)),
            rules=frozenset().union(*(item.rules for item in found)),
            fences=frozenset().union(*(item.fences for item in found)),
            offerings=frozenset().union(*(item.offerings for item in found)),
            segments=frozenset().union(*(item.segments for item in found)),
        )


class CelRuleCompilers:
    """Makes a compiler for one set of policies."""

    def for_rules(self, named: Mapping[str, str], samples: Sequence[Variables]) -> RuleCompiler:
        """`named`: rules by name. `samples`: variables of imagined customers; each rule is tried on them."""
        return CelRuleCompiler(named, samples)

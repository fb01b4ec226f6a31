"""Compiles policies: every rule and text once, every offer beside what the catalog says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from services.offers.application.policy_ports import RuleCompiler, RuleCompilers
from services.offers.domain.catalog_terms import CatalogTerms, terms_of
from services.offers.domain.compiled import (
    CompiledOffer,
    CompiledPolicies,
    CompiledReason,
    CompiledRule,
    CompiledTrigger,
    CompiledWeight,
    Facts,
    Predicate,
    Wording,
)
from services.offers.domain.imagined import imagined_variables
from services.offers.domain.policies import Offer, OfferPolicies, ReasonText, Rule, Trigger
from services.offers.domain.rule_texts import Mentions, RuleInvalidError

Compiled = TypeVar("Compiled")


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """A text that could not be compiled. `is_text`: words for customers; else a condition."""

    field: str
    message: str
    is_text: bool


@dataclass(frozen=True, slots=True)
class Compilation:
    """Compiled policies, what could not be compiled (it never holds), and what texts speak of, by field."""

    policies: CompiledPolicies
    problems: tuple[RuleProblem, ...]
    mentions: Mapping[str, Mentions] = field(default_factory=dict)


def compile_policies(
    policies: OfferPolicies, version: int, compilers: RuleCompilers, catalog: CatalogTerms | None
) -> Compilation:
    """`catalog` None: nothing is known of what offers cost. Computing, no I/O."""
    work = _Work(compilers.for_rules(policies.rules, imagined_variables(policies)))
    for name, text in policies.rules.items():
        work.condition(text, f"rules.{name}")
    offers = tuple(_offer(work, offer, catalog) for offer in policies.offers)
    compiled = CompiledPolicies(
        version=version,
        policies=policies,
        offers=offers,
        class_of_rating_group={
            group: item.code for item in policies.usage_classes for group in item.rating_groups
        },
        experiments=policies.experiments,
        catalog_version=catalog.version if catalog else 0,
        unit_prices=catalog.unit_prices.get(policies.currency_code, {}) if catalog else {},
        home_zone=catalog.home_zone if catalog else "",
        unit_prices_by_currency=catalog.unit_prices if catalog else {},
        prepare=work.prepare,
    )
    return Compilation(compiled, tuple(work.problems), work.mentions)


class _Work:
    """Compiles texts, and keeps what was wrong with them."""

    def __init__(self, compiler: RuleCompiler) -> None:
        self._compiler = compiler
        self.problems: list[RuleProblem] = []
        self.mentions: dict[str, Mentions] = {}

    @property
    def prepare(self) -> Callable[..., Facts]:
        return self._compiler.prepare

    def condition(self, text: str, field: str) -> Predicate:
        """A condition; one that is empty always holds, one that is wrong never does."""
        if not text:
            return _always
        compiler = self._compiler
        self._mention(field, text, compiler.mentions)
        return self._tried(lambda: compiler.condition(text), _never, field, is_text=False)

    def wording(self, text: str, language: str, field: str) -> Wording:
        """A text; one that is wrong is never said."""
        compiler = self._compiler
        self._mention(field, text, compiler.text_mentions)
        return self._tried(lambda: compiler.wording(text, language), _nothing, field, is_text=True)

    def _mention(self, field: str, text: str, mentions: Callable[[str], Mentions]) -> None:
        try:
            self.mentions[field] = mentions(text)
        except RuleInvalidError:
            # Compiling tells it.
            return

    def _tried(
        self, compile_it: Callable[[], Compiled], otherwise: Compiled, field: str, *, is_text: bool
    ) -> Compiled:
        try:
            return compile_it()
        except RuleInvalidError as error:
            self.problems.append(RuleProblem(field, str(error), is_text))
            return otherwise


def _offer(work: _Work, offer: Offer, catalog: CatalogTerms | None) -> CompiledOffer:
    here = f"offers.{offer.code}"
    return CompiledOffer(
        offer=offer,
        eligibility=_rules(work, offer.eligibility, f"{here}.eligibility"),
        applicability=_rules(work, offer.applicability, f"{here}.applicability"),
        suitability=_rules(work, offer.suitability, f"{here}.suitability"),
        weights=tuple(
            CompiledWeight(work.condition(weight.when, f"{here}.weights.{index}.when"), weight.percent)
            for index, weight in enumerate(offer.context_weights)
        ),
        reasons=tuple(
            _reason(work, reason, f"{here}.reasons.{index}") for index, reason in enumerate(offer.reasons)
        ),
        triggers=tuple(
            _trigger(work, trigger, f"{here}.triggers.{index}.when")
            for index, trigger in enumerate(offer.triggers)
        ),
        terms=terms_of(offer.action, catalog) if catalog else {},
    )


def _rules(work: _Work, rules: Sequence[Rule], field: str) -> tuple[CompiledRule, ...]:
    return tuple(
        CompiledRule(work.condition(rule.when, f"{field}.{index}.when"), rule.reason, rule.when)
        for index, rule in enumerate(rules)
    )


def _reason(work: _Work, reason: ReasonText, field: str) -> CompiledReason:
    return CompiledReason(
        holds=work.condition(reason.when, f"{field}.when"),
        texts={
            language: work.wording(text, language, f"{field}.text.{language}")
            for language, text in reason.texts.items()
        },
        otherwise=not reason.when,
    )


def _trigger(work: _Work, trigger: Trigger, field: str) -> CompiledTrigger:
    return CompiledTrigger(
        trigger.kind, work.condition(trigger.when, field), trigger.fence_code, trigger.below_percent
    )


def _always(_: Facts) -> bool | None:
    return True


def _fails(_: Facts) -> None:
    return None


_never: Predicate = _fails
_nothing: Wording = _fails

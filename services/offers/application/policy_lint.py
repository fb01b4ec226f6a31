"""Lint: everything that is wrong with offer policies, their worked examples included. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.common.kernel.findings import SourceFile, errors_in, placed, refused_for, warnings_in
from services.common.kernel.outcome import RefusedError
from services.offers.application.policy_compile import Compilation, compile_policies
from services.offers.application.policy_ports import (
    Catalog,
    CatalogUnreachableError,
    PolicyReader,
    RuleCompilers,
)
from services.offers.domain.catalog_terms import CatalogTerms
from services.offers.domain.findings import Finding, FindingReason, error, warning
from services.offers.domain.lint import lint_policies
from services.offers.domain.lint.size import size_findings
from services.offers.domain.lint.subject import Subject
from services.offers.domain.policies import OfferPolicies
from services.offers.domain.reasons import POLICIES_HAVE_ERRORS
from services.offers.domain.work_examples import work_examples

_UNPUBLISHED = 0


@dataclass(frozen=True, slots=True)
class LintReport:
    """Findings in the order of the files; `policies` is None where the form is too wrong to say."""

    findings: tuple[Finding, ...]
    policies: OfferPolicies | None
    rules: int = 0
    """How many conditions and texts there are."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that stand in the way of publishing."""
        return errors_in(self.findings)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that do not."""
        return warnings_in(self.findings)

    def accepted(self) -> OfferPolicies:
        """The policies. Raises RefusedError POLICIES_HAVE_ERRORS, the first findings in its metadata."""
        errors = self.errors
        if self.policies is not None and not errors:
            return self.policies
        nothing = "there are no policies in the files"
        raise RefusedError(refused_for(errors, POLICIES_HAVE_ERRORS, "the policies have", nothing))


class PolicyLinter:
    """Reads policies, applies every rule, and lets the deciding rules work the examples."""

    def __init__(self, reader: PolicyReader, compilers: RuleCompilers) -> None:
        self._reader = reader
        self._compilers = compilers

    def lint_source(
        self, files: Sequence[SourceFile], catalog: CatalogTerms | None = None, unreachable: str = ""
    ) -> LintReport:
        """Checks files as one set. Computing, no I/O.

        `catalog` None: nothing is held against it, and no example is worked, for what an offer costs is
        part of deciding; `unreachable` says why.
        """
        reading = self._reader.read(files)
        policies = reading.document
        if policies is None:
            return LintReport(placed(reading.findings, reading.locate), None)
        findings = list(size_findings(policies))
        if findings:
            return LintReport(placed(findings, reading.locate), policies)
        compilation = compile_policies(policies, _UNPUBLISHED, self._compilers, catalog)
        findings += _rule_findings(compilation)
        findings += lint_policies(Subject(policies, compilation.mentions, catalog))
        if unreachable:
            findings.append(warning(FindingReason.CATALOG_UNREACHABLE, "", unreachable))
        if not errors_in(findings):
            findings += _worked(compilation, catalog)
        rules = len(compilation.mentions) + len(compilation.problems)
        return LintReport(placed(findings, reading.locate), policies, rules)


def _rule_findings(compilation: Compilation) -> list[Finding]:
    return [
        error(
            FindingReason.TEXT_INVALID if problem.is_text else FindingReason.RULE_INVALID,
            problem.field,
            problem.message,
        )
        for problem in compilation.problems
    ]


def _worked(compilation: Compilation, catalog: CatalogTerms | None) -> list[Finding]:
    examples = compilation.policies.policies.examples
    if catalog is not None:
        return list(work_examples(compilation.policies))
    if not examples:
        return []
    words = f"{len(examples)} examples were not worked: without a catalog nothing is known of prices"
    return [warning(FindingReason.EXAMPLES_NOT_WORKED, "examples", words)]


class ServiceLinter:
    """Lint as the service does it: with the catalog where it answers."""

    def __init__(self, linter: PolicyLinter, catalog: Catalog) -> None:
        self._linter = linter
        self._catalog = catalog

    async def lint_source(self, files: Sequence[SourceFile]) -> LintReport:
        """Checks files as one set."""
        unreachable, terms = "", None
        try:
            terms = await self._catalog.newest()
        except CatalogUnreachableError as failure:
            unreachable = f"{failure}; offerings and prices were not looked up"
        return await asyncio.to_thread(self._linter.lint_source, files, terms, unreachable)

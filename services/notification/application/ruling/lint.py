"""Lint: everything that is wrong with alert rules, their worked examples included. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.common.kernel.findings import SourceFile, errors_in, placed, refused_for, warnings_in
from services.common.kernel.outcome import RefusedError
from services.notification.application.ruling.ports import RulesCompiler, RulesReader
from services.notification.domain.lint import lint_rules
from services.notification.domain.lint.size import size_findings
from services.notification.domain.reasons import RULES_HAVE_ERRORS
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import Finding
from services.notification.domain.ruling.worked import work_examples

_UNPUBLISHED = 0


@dataclass(frozen=True, slots=True)
class LintReport:
    """Findings in the order of the files; `rules` is None where the form is too wrong to say."""

    findings: tuple[Finding, ...]
    rules: AlertRules | None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that stand in the way of publishing."""
        return errors_in(self.findings)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that do not."""
        return warnings_in(self.findings)

    def accepted(self) -> AlertRules:
        """The rules. Raises RefusedError RULES_HAVE_ERRORS, the first findings in its metadata."""
        errors = self.errors
        if self.rules is not None and not errors:
            return self.rules
        nothing = "there are no rules in the files"
        raise RefusedError(refused_for(errors, RULES_HAVE_ERRORS, "the rules have", nothing))


class RulesLinter:
    """Reads rules, compiles them, applies every rule of lint, and lets the rules work the examples."""

    def __init__(self, reader: RulesReader, compiler: RulesCompiler) -> None:
        self._reader = reader
        self._compiler = compiler

    def lint_source(self, files: Sequence[SourceFile]) -> LintReport:
        """Checks files as one set. Computing, no I/O: half a second for a hundred alerts."""
        reading = self._reader.read(files)
        rules = reading.document
        if rules is None:
            return LintReport(placed(reading.findings, reading.locate), None)
        findings = list(size_findings(rules))
        if findings:
            return LintReport(placed(findings, reading.locate), rules)
        compilation = self._compiler.compile(rules, _UNPUBLISHED)
        findings += compilation.findings
        findings += lint_rules(rules)
        if compilation.compiled is not None and not errors_in(findings):
            findings += work_examples(rules, compilation.compiled.drafts)
        return LintReport(placed(findings, reading.locate), rules)

"""Alert rules as they lie on disk, read, checked and tried without a server.

Brings the notification service's reader and its rules along, so it is imported only where needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError
from tidemark.notification.v1 import rules_api_pb2 as api

from services.cli.failures import CommandFailedError
from services.cli.source_folders import read_folder
from services.common.runtime.yaml_tree import Layout, SourceTree
from services.notification.adapters.rules.compiler import FluentCompiler
from services.notification.adapters.rules.messages import files_of, lint_response, source_of
from services.notification.adapters.rules.word_files import SUFFIX
from services.notification.adapters.rules.writer import CanonicalRulesWriter
from services.notification.adapters.rules.yaml_source import YamlRulesReader
from services.notification.adapters.yaml_build.rules import build_customer
from services.notification.adapters.yaml_build.scope import Scope
from services.notification.adapters.yaml_build.values import build_values
from services.notification.adapters.yaml_form.alerts import CustomerForm
from services.notification.adapters.yaml_form.fields import FactValue
from services.notification.application.ports import CompiledRules
from services.notification.application.ruling.lint import RulesLinter
from services.notification.domain.facts import FACT_FIELDS, Fact, FactKind, FieldKind
from services.notification.domain.notifications import Draft
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import FindingReason
from services.notification.domain.ruling.samples import customer_of, sample_facts

_UNPUBLISHED = 0
_LAYOUT = Layout("a fact", "fact:", frozenset(), FindingReason)


def read_source(path: Path) -> api.RulesSource:
    """The YAML and Fluent files of a folder in the order of their names. Raises CommandFailedError."""
    return source_of(read_folder(path, SUFFIX))


def lint_offline(source: api.RulesSource) -> api.LintRulesResponse:
    """What the service would answer to LintRules."""
    linter = RulesLinter(YamlRulesReader(), FluentCompiler())
    return lint_response(linter.lint_source(files_of(source)), CanonicalRulesWriter())


def told(
    source: api.RulesSource, kind: str, fields: Mapping[str, str], customer: Mapping[str, str], language: str
) -> Sequence[Draft]:
    """What rules tell of a fact: the typical one of its kind, with fields as they are given (empty: none).

    Raises CommandFailedError for rules that cannot be read, and for values that fit nowhere.
    """
    rules, compiled = _compiled(source)
    fact_kind = _kind(kind)
    sample = sample_facts(fact_kind)[0]
    tree = SourceTree(_LAYOUT)
    scope = Scope(tree, rules.time_zone)
    written = {name: _written(fact_kind, name, value) for name, value in fields.items() if value}
    others = {name: value for name, value in sample.values.items() if name not in fields}
    values = {**others, **build_values(scope, fact_kind, written, "fact")}
    form = _customer_form(customer)
    whom = build_customer(scope, form, "customer") if customer_of(fact_kind) else None
    if tree.findings:
        raise CommandFailedError(tree.findings[0].words)
    fact = Fact(fact_kind, sample.cause_id, sample.recipient, sample.at, values, sample.about)
    return compiled.drafts(fact, whom, language)


def _compiled(source: api.RulesSource) -> tuple[AlertRules, CompiledRules]:
    reading = YamlRulesReader().read(files_of(source))
    compiled = FluentCompiler().compile(reading.document, _UNPUBLISHED).compiled if reading.document else None
    if reading.document is None or compiled is None:
        raise CommandFailedError("the rules cannot be read; `tidemark alerts lint FOLDER` says why")
    return reading.document, compiled


def _kind(name: str) -> FactKind:
    try:
        return FactKind(name)
    except ValueError as error:
        known = ", ".join(kind.value for kind in FactKind)
        raise CommandFailedError(f"there is no kind of fact {name!r}; there are: {known}") from error


def _written(kind: FactKind, name: str, value: str) -> FactValue:
    """A value of the command line as YAML would have it."""
    field = FACT_FIELDS[kind].get(name)
    if field in (FieldKind.COUNT, FieldKind.PERCENT) and value.isdecimal():
        return int(value)
    if field is FieldKind.FLAG and value in ("true", "false"):
        return value == "true"
    return value


def _customer_form(written: Mapping[str, str]) -> CustomerForm:
    fields: dict[str, object] = dict(written)
    if "offerings" in written:
        fields["offerings"] = [code for code in written["offerings"].split(",") if code]
    if written.get("value", "").isdecimal():
        fields["value"] = int(written["value"])
    if written.get("barred") in ("true", "false"):
        fields["barred"] = written["barred"] == "true"
    try:
        return CustomerForm.model_validate(fields)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise CommandFailedError(f"--customer {where}: {first['msg']}") from problem

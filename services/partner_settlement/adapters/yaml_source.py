"""Agreement files into domain values. Whatever is wrong with their form is a finding with file and line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from services.common.kernel.findings import SourceFile
from services.common.runtime.yaml_fields import sections_of
from services.common.runtime.yaml_reading import reading_of
from services.common.runtime.yaml_tree import Layout, read_tree
from services.partner_settlement.adapters.yaml_build.agreements import build_agreement, build_party
from services.partner_settlement.adapters.yaml_build.examples import build_example
from services.partner_settlement.adapters.yaml_build.scope import Scope
from services.partner_settlement.adapters.yaml_form.agreements import AgreementsForm
from services.partner_settlement.application.agreement_ports import Reading
from services.partner_settlement.domain.agreement_document import AgreementDocument
from services.partner_settlement.domain.findings import FindingReason

Written = TypeVar("Written")
Built = TypeVar("Built")

_LAYOUT = Layout("a set of agreements", "agreements:", sections_of(AgreementsForm), FindingReason)


class YamlAgreementReader:
    """The AgreementReader port: reads YAML files as one set of agreements."""

    def read(self, files: Sequence[SourceFile]) -> Reading:
        """Reads, merges and checks the form. `document` is None where the form has errors."""
        tree = read_tree(files, _LAYOUT)

        def build(form: AgreementsForm) -> AgreementDocument:
            scope = Scope(tree)
            return AgreementDocument(
                _coded(form.parties, lambda code, party: build_party(scope, code, party)),
                _coded(form.agreements, lambda code, agreement: build_agreement(scope, code, agreement)),
                _coded(
                    form.examples, lambda code, example: build_example(scope, code, example, form.agreements)
                ),
            )

        return reading_of(tree, AgreementsForm, build)


def _coded(written: Mapping[str, Written], build: Callable[[str, Written], Built]) -> tuple[Built, ...]:
    return tuple(build(code, written[code]) for code in sorted(written))

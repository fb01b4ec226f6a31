"""Agreements as they lie on disk, read and checked without a server; and as they are written.

Brings settlement's reader and calculation along, so it is imported only where needed.
"""

from __future__ import annotations

from pathlib import Path

from tidemark.partner_settlement.v1 import agreement_api_pb2 as api

from services.cli.catalog_folder import catalog_in
from services.cli.catalog_folder import read_source as read_catalog
from services.cli.source_folders import read_folder
from services.common.kernel.findings import SourceFile
from services.partner_settlement.adapters.agreement_messages import agreement_of, party_of
from services.partner_settlement.adapters.agreement_responses import lint_response
from services.partner_settlement.adapters.catalog_view import catalog_view
from services.partner_settlement.adapters.yaml_source import YamlAgreementReader
from services.partner_settlement.adapters.yaml_writer import CanonicalAgreementWriter
from services.partner_settlement.application.agreement_lint import Linter
from services.partner_settlement.application.agreement_ports import NOTHING_PUBLISHED
from services.partner_settlement.domain.agreement_document import AgreementDocument

_UNPUBLISHED = 0


def read_source(path: Path) -> api.AgreementSource:
    """The YAML files of a folder in the order of their names, or one file. Raises CommandFailedError."""
    files = read_folder(path)
    return api.AgreementSource(files=[api.AgreementFile(name=f.name, content=f.content) for f in files])


def lint_offline(source: api.AgreementSource, catalog: Path | None) -> api.LintAgreementsResponse:
    """What the service would answer to LintAgreements had nothing been published but this catalog."""
    files = [SourceFile(file.name, file.content) for file in source.files]
    view = None if catalog is None else catalog_view(catalog_in(read_catalog(catalog)), _UNPUBLISHED)
    return lint_response(Linter(YamlAgreementReader()).lint_source(files, NOTHING_PUBLISHED, view))


def written(answer: api.GetAgreementResponse) -> str:
    """A published agreement and its parties as people write them."""
    agreement = agreement_of(answer.agreement, answer.published.version)
    parties = tuple(party_of(party) for party in answer.parties)
    return CanonicalAgreementWriter().source(AgreementDocument(parties, (agreement,))).content

"""Publish: rules without errors become the next version, in force when the answer is given."""

from __future__ import annotations

import asyncio

from services.common.kernel.clock import Clock
from services.common.publishing.ports import SourceStore, TakesEffect
from services.common.publishing.publisher import Publisher, PublishRequest, SourceKind
from services.notification.application.ruling.lint import RulesLinter
from services.notification.application.ruling.ports import RulesWriter
from services.notification.domain.reasons import DUPLICATE_DIFFERS, RULES_BUSY
from services.notification.domain.rules import AlertRules
from services.notification.domain.ruling.findings import FindingReason

RulesPublisher = Publisher[AlertRules, FindingReason]
"""Refuses with RULES_HAVE_ERRORS, RULES_BUSY, DUPLICATE_DIFFERS."""


def rules_publisher(
    linter: RulesLinter, writer: RulesWriter, store: SourceStore, book: TakesEffect, clock: Clock
) -> RulesPublisher:
    """Publishes what the linter lets through, and has `book` put it in force."""
    kind = SourceKind(
        lint=lambda files: asyncio.to_thread(linter.lint_source, files),
        write=writer.source,
        about=_about,
        differs=DUPLICATE_DIFFERS,
        busy=RULES_BUSY,
        entries=lambda rules: len(rules.rules),
    )
    return Publisher(kind, store, book, clock)


def _about(request: PublishRequest) -> str:
    return f"{len(request.actor)}:{request.actor}{request.comment}"

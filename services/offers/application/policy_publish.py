"""Publish: policies without errors become the next version, in force when the answer is given."""

from __future__ import annotations

from services.common.kernel.clock import Clock
from services.common.publishing.ports import SourceStore, TakesEffect
from services.common.publishing.publisher import Publisher, SourceKind
from services.offers.application.policy_lint import ServiceLinter
from services.offers.application.policy_ports import PolicyWriter
from services.offers.domain.findings import FindingReason
from services.offers.domain.policies import OfferPolicies
from services.offers.domain.reasons import DUPLICATE_DIFFERS, POLICIES_BUSY

PolicyPublisher = Publisher[OfferPolicies, FindingReason]
"""Refuses with POLICIES_HAVE_ERRORS, POLICIES_BUSY, DUPLICATE_DIFFERS."""


def policy_publisher(
    linter: ServiceLinter, writer: PolicyWriter, store: SourceStore, book: TakesEffect, clock: Clock
) -> PolicyPublisher:
    """Publishes what the linter lets through, and has `book` put it in force."""
    kind = SourceKind(
        lint=linter.lint_source,
        write=writer.source,
        about=lambda request: request.actor,
        differs=DUPLICATE_DIFFERS,
        busy=POLICIES_BUSY,
    )
    return Publisher(kind, store, book, clock)

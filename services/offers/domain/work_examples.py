"""Worked examples: each is decided by the rules that decide in earnest, and what differs is a finding.

Offers are ranked by the rules' own priority: a model learns, and an example must not change with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.offers.domain.compiled import CompiledPolicies
from services.offers.domain.decisions import Asked, Dropped, Stage
from services.offers.domain.drop_reasons import BARRED, NOT_TRIGGERED
from services.offers.domain.filtering import eligible_offers
from services.offers.domain.findings import Finding, FindingReason, error, warning
from services.offers.domain.policies import PolicyExample, TriggerKind
from services.offers.domain.triggers import Happened, raised_by
from services.offers.domain.worked_facts import asked_of, contacts_of, moment_of, view_of

_REQUEST = "request"


def work_examples(policies: CompiledPolicies) -> Iterator[Finding]:
    """Everything that is wrong with the examples of policies without errors."""
    for example in policies.policies.examples:
        ranked, dropped = decide_example(policies, example)
        yield from _differences(example, ranked, dropped)
    expected = {code for example in policies.policies.examples for code in example.expected}
    for offer in policies.policies.offers:
        if offer.code not in expected:
            yield warning(
                FindingReason.OFFER_WITHOUT_EXAMPLE,
                f"offers.{offer.code}",
                "no worked example expects it; write one that shows when it comes",
            )


def decide_example(
    policies: CompiledPolicies, example: PolicyExample
) -> tuple[tuple[str, ...], dict[str, Dropped]]:
    """Offers in order of rank, and those that were dropped, by offer."""
    view, now = view_of(policies, example), moment_of(example)
    codes = [offer.code for offer in policies.policies.offers]
    if view.barred:
        return (), {code: _not_at_all(code, BARRED) for code in codes}
    asked = asked_of(example, len(codes))
    if example.raised_by != _REQUEST:
        happened = Happened(TriggerKind(example.raised_by), asked.fence_code)
        raised = _of_outlet(raised_by(policies, view, happened, now), example)
        if raised is None:
            return (), {code: _not_at_all(code, NOT_TRIGGERED) for code in codes}
        asked = raised
    contacts = contacts_of(policies.policies, example)
    eligible, dropped = eligible_offers(
        policies, view, asked, contact=contacts, budgets={}, arm=None, now=now
    )
    return tuple(item.offer.code for item in eligible), {item.offer_code: item for item in dropped}


def _of_outlet(raised: tuple[Asked, ...], example: PolicyExample) -> Asked | None:
    for asked in raised:
        if (asked.placement, asked.channel) == (example.placement, example.channel):
            return asked
    return None


def _not_at_all(offer_code: str, reason: str) -> Dropped:
    return Dropped(offer_code, reason, Stage.VALIDITY)


def _differences(
    example: PolicyExample, ranked: tuple[str, ...], dropped: dict[str, Dropped]
) -> Iterator[Finding]:
    here = f"examples.{example.code}"
    if ranked != example.expected:
        missing = [dropped[code] for code in example.expected if code in dropped]
        why = "".join(f"; {item.offer_code}: {_words(item)}" for item in missing)
        yield error(
            FindingReason.EXAMPLE_DIFFERS,
            f"{here}.expected",
            f"deciding gives [{', '.join(ranked)}], not [{', '.join(example.expected)}]{why}",
        )
    for code, reason in example.dropped.items():
        found = dropped.get(code)
        if found is None or found.reason != reason:
            gives = _words(found) if found else "it is not dropped"
            yield error(
                FindingReason.EXAMPLE_DIFFERS, f"{here}.dropped.{code}", f"expected {reason}; {gives}"
            )


def _words(dropped: Dropped) -> str:
    return f"{dropped.reason} ({dropped.detail})" if dropped.detail else dropped.reason

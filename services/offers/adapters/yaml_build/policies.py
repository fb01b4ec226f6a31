"""All policies from their form, without places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from services.common.kernel.clock import zone
from services.common.kernel.money import currency
from services.offers.adapters.yaml_build.examples import build_example
from services.offers.adapters.yaml_build.offers import build_offer
from services.offers.adapters.yaml_build.scope import Scope
from services.offers.adapters.yaml_form import policies as form
from services.offers.domain.findings import FindingReason
from services.offers.domain.policies import (
    Arm,
    Cell,
    ContactCap,
    ContactPolicy,
    Experiment,
    Exploration,
    Fence,
    OfferPolicies,
    QuietHours,
    Ranking,
    UsageClass,
)

Written = TypeVar("Written")
Built = TypeVar("Built")


def build_policies(
    scope: Scope, written: form.PoliciesForm, fences: tuple[Fence, ...], cells: tuple[Cell, ...]
) -> OfferPolicies:
    """Everything, in order of code. `fences` and `cells` come from files of their own."""
    _check_head(scope)
    return OfferPolicies(
        code=written.policies,
        name=written.name,
        currency_code=written.currency,
        time_zone=written.time_zone,
        languages=tuple(written.languages),
        placements=tuple(sorted(written.placements)),
        channels=tuple(sorted(written.channels)),
        usage_classes=_coded(written.usage_classes, _usage_class),
        protected_segments=tuple(sorted(set(written.protected_segments))),
        contact=_contact(written),
        exploration=_exploration(written.exploration),
        offers=_coded(written.offers, lambda code, offer: build_offer(scope, code, offer)),
        rules=dict(sorted(written.rules.items())),
        fences=fences,
        cells=cells,
        experiments=_coded(written.experiments, _experiment),
        examples=_coded(written.examples, lambda code, example: build_example(scope, code, example)),
        placement_names={code: item.name for code, item in sorted(written.placements.items())},
        channel_names={code: item.name for code, item in sorted(written.channels.items())},
    )


def _coded(written: Mapping[str, Written], build: Callable[[str, Written], Built]) -> tuple[Built, ...]:
    return tuple(build(code, written[code]) for code in sorted(written))


def _check_head(scope: Scope) -> None:
    for reason, field, check, value in (
        (FindingReason.CURRENCY_UNKNOWN, "currency", currency, scope.currency_code),
        (FindingReason.TIME_ZONE_UNKNOWN, "time_zone", zone, scope.time_zone),
    ):
        try:
            check(value)
        except ValueError as error:
            scope.problem(reason, str(error), field)


def _usage_class(code: str, written: form.UsageClassForm) -> UsageClass:
    return UsageClass(code, tuple(sorted(set(written.rating_groups))), written.unit)


def _contact(written: form.PoliciesForm) -> ContactPolicy:
    contact, quiet = written.contact, written.contact.quiet_hours
    return ContactPolicy(
        caps=tuple(
            ContactCap(cap.contacts, cap.days, tuple(sorted(set(cap.channels)))) for cap in contact.caps
        ),
        quiet_hours=QuietHours(quiet.from_, quiet.until) if quiet else None,
        outbound_channels=tuple(sorted(code for code, item in written.channels.items() if item.outbound)),
        decline_quiet_days=contact.decline_quiet_days,
        repeat_quiet_hours=contact.repeat_quiet_hours,
    )


def _exploration(written: form.ExplorationForm) -> Exploration:
    return Exploration(
        floor_permille=written.floor_percent,
        draws=written.draws,
        most_candidates=written.candidates,
        control_permille=written.control_percent,
    )


def _experiment(code: str, written: form.ExperimentForm) -> Experiment:
    """Arms stay in the order in which they are written: it says which subscribers an arm gets."""
    return Experiment(
        code=code,
        name=written.name,
        salt=written.salt,
        arms=tuple(
            Arm(
                code=arm_code,
                percent=arm.percent,
                ranking=Ranking(arm.ranking),
                without_offers=tuple(sorted(set(arm.without))),
                lever_percents=dict(sorted(arm.levers.items())),
            )
            for arm_code, arm in written.arms.items()
        ),
        placements=tuple(sorted(set(written.placements))),
    )

"""Offers from their forms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.offers.adapters.yaml_build.scope import Scope
from services.offers.adapters.yaml_form import offers as form
from services.offers.domain.findings import FindingReason
from services.offers.domain.policies import (
    Action,
    ActionKind,
    Budget,
    Offer,
    ReasonText,
    Rule,
    Trigger,
    TriggerKind,
    WeightRule,
)

DEFAULT_BELOW_PERCENT = 20


def build_offer(scope: Scope, code: str, offer: form.OfferForm) -> Offer:
    """An offer; rules, weights, reasons, placements and channels stay in the order of writing.

    By itself an offer goes through the first of its channels that is outbound.
    """
    here = f"offers.{code}"
    return Offer(
        code=code,
        names=dict(sorted(offer.name.items())),
        descriptions=dict(sorted(offer.description.items())),
        action=_action(scope, offer.action, f"{here}.action"),
        placements=tuple(dict.fromkeys(offer.placements)),
        channels=tuple(dict.fromkeys(offer.channels)),
        value_minor_micros=scope.minor_micros(offer.value, f"{here}.value"),
        propensity_permille=offer.propensity_percent,
        lever_percent=offer.lever_percent,
        eligibility=_rules(offer.eligibility),
        applicability=_rules(offer.applicability),
        suitability=_rules(offer.suitability),
        context_weights=tuple(WeightRule(weight.when, weight.percent) for weight in offer.weights),
        reasons=tuple(
            ReasonText(dict(sorted(reason.text.items())), reason.when or "") for reason in offer.reasons
        ),
        triggers=tuple(_trigger(trigger) for trigger in offer.triggers),
        fence_codes=_codes(offer.fences),
        excluded_with=_codes(offer.excluded_with),
        usage_classes=_codes(offer.compared_over),
        not_worse_off=offer.not_worse_off,
        personalised=offer.personalised,
        budget=_budget(scope, offer.budget, f"{here}.budget"),
        expires_minutes=offer.expires,
        reward_window_minutes=offer.reward_window,
        valid_from_day=_day(offer.from_),
        valid_until_day=_day(offer.until),
        immature_daily_cap=offer.immature_daily_cap,
        attributes=dict(sorted(offer.attributes.items())),
    )


def _codes(written: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(written)))


def _rules(written: Sequence[form.RuleForm]) -> tuple[Rule, ...]:
    return tuple(Rule(rule.when, rule.reason or "") for rule in written)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _trigger(trigger: form.TriggerForm) -> Trigger:
    return Trigger(
        kind=TriggerKind(trigger.on),
        when=trigger.when or "",
        fence_code=trigger.fence or "",
        below_percent=trigger.below_percent or DEFAULT_BELOW_PERCENT,
    )


def _budget(scope: Scope, budget: form.BudgetForm | None, field: str) -> Budget:
    if budget is None:
        return Budget()
    amount = scope.minor_micros(budget.amount, f"{field}.amount")
    for name, written, built in (
        ("acceptances", budget.acceptances, budget.acceptances or 0),
        ("amount", budget.amount, amount),
    ):
        if written is not None and not built:
            message = "a budget of nothing; leave it out for no bound, or leave the offer out"
            scope.problem(FindingReason.BUDGET_INVALID, message, f"{field}.{name}")
    return Budget(budget.acceptances or 0, amount)


def _action(scope: Scope, action: form.ActionForm, field: str) -> Action:
    chosen = tuple(sorted(set(action.choose)))
    if action.reward is not None:
        money = action.currency or scope.currency_code
        amount = scope.minor_micros(action.reward, f"{field}.reward", money)
        return Action(ActionKind.REWARD, amount_minor_micros=amount, currency_code=money)
    if action.discount is not None:
        return Action(
            ActionKind.DISCOUNT,
            offering_code=action.discount,
            regular_offering_code=action.instead_of or "",
            chosen_offerings=chosen,
        )
    if action.trial is not None:
        return Action(ActionKind.TRIAL, offering_code=action.trial, chosen_offerings=chosen)
    return Action(ActionKind.SUBSCRIBE, offering_code=action.subscribe or "", chosen_offerings=chosen)

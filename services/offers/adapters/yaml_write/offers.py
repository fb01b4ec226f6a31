"""Offers as they are written; what holds its default is left out."""

from __future__ import annotations

from collections.abc import Mapping

from services.common.runtime.yaml_times import write_time
from services.common.runtime.yaml_tree import Tree
from services.common.runtime.yaml_writing import decimal, filled
from services.offers.adapters.yaml_build.offers import DEFAULT_BELOW_PERCENT
from services.offers.adapters.yaml_form.fields import write_permille
from services.offers.domain.policies import Action, ActionKind, Budget, Offer, Rule, Trigger

_DAY = 24 * 60
_DEFAULT_PROPENSITY = 20


def write_offer(offer: Offer, currency_code: str) -> dict[str, Tree]:
    """An offer; amounts are in the policies' currency."""
    return (
        filled(
            name=texts(offer.names),
            description=texts(offer.descriptions),
            action=_action(offer.action, currency_code),
        )
        | {
            "placements": list(offer.placements),
            "channels": list(offer.channels),
            "value": decimal(offer.value_minor_micros, currency_code),
        }
        | filled(
            propensity_percent=None
            if offer.propensity_permille == _DEFAULT_PROPENSITY
            else write_permille(offer.propensity_permille),
            lever_percent=offer.lever_percent or None,
        )
        | ({} if offer.personalised else {"personalised": False})
        | filled(attributes=dict(offer.attributes))
        | _conditions(offer)
        | filled(
            fences=list(offer.fence_codes),
            triggers=[_trigger(trigger) for trigger in offer.triggers],
            reasons=[filled(when=reason.when) | {"text": texts(reason.texts)} for reason in offer.reasons],
            budget=_budget(offer.budget, currency_code),
            expires=None if offer.expires_minutes == _DAY else write_time(offer.expires_minutes),
            reward_window=None
            if offer.reward_window_minutes == _DAY
            else write_time(offer.reward_window_minutes),
            immature_daily_cap=offer.immature_daily_cap or None,
        )
    )


def texts(written: Mapping[str, str]) -> dict[str, Tree]:
    """Words by language."""
    return {language: written[language] for language in sorted(written)}


def _conditions(offer: Offer) -> dict[str, Tree]:
    days: dict[str, Tree] = {"from": offer.valid_from_day} if offer.valid_from_day else {}
    return (
        days
        | filled(
            until=offer.valid_until_day,
            eligibility=[_rule(rule) for rule in offer.eligibility],
            applicability=[_rule(rule) for rule in offer.applicability],
            suitability=[_rule(rule) for rule in offer.suitability],
            weights=[{"when": weight.when, "percent": weight.percent} for weight in offer.context_weights],
            excluded_with=list(offer.excluded_with),
        )
        | ({} if offer.not_worse_off else {"not_worse_off": False})
        | filled(compared_over=list(offer.usage_classes))
    )


def _rule(rule: Rule) -> dict[str, Tree]:
    return filled(when=rule.when, reason=rule.reason)


def _trigger(trigger: Trigger) -> dict[str, Tree]:
    below = trigger.below_percent
    return filled(
        on=trigger.kind.value,
        when=trigger.when,
        fence=trigger.fence_code,
        below_percent=None if below == DEFAULT_BELOW_PERCENT else below,
    )


def _action(action: Action, currency_code: str) -> dict[str, Tree]:
    if action.kind is ActionKind.REWARD:
        money = action.currency_code
        return {"reward": decimal(action.amount_minor_micros, money)} | filled(
            currency=None if money == currency_code else money
        )
    written: dict[str, Tree] = {action.kind.value: action.offering_code}
    return written | filled(instead_of=action.regular_offering_code, choose=list(action.chosen_offerings))


def _budget(budget: Budget, currency_code: str) -> dict[str, Tree]:
    return filled(
        acceptances=budget.acceptances or None,
        amount=decimal(budget.amount_minor_micros, currency_code) if budget.amount_minor_micros else None,
    )

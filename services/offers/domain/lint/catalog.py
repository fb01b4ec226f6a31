"""Offers against the catalog: what they name is for sale, at prices that make sense of them."""

from __future__ import annotations

from collections.abc import Iterator

from services.common.kernel.money import Money, currency
from services.offers.domain.catalog_terms import CatalogTerms, terms_of
from services.offers.domain.compiled import OfferTerms
from services.offers.domain.findings import Finding, FindingReason, error, warning
from services.offers.domain.lint.subject import Subject, instead
from services.offers.domain.policies import ActionKind, Offer, UsageClass

_MOST_TIMES_PRICE = 12
"""An acceptance may be worth a year of it."""
_MOST_REWARD_UNITS = 1_000


def catalog_findings(subject: Subject) -> Iterator[Finding]:
    """What stands in the catalog in another way, or not at all."""
    for offer, here in subject.offers():
        if offer.action.kind is ActionKind.REWARD:
            yield from _reward(subject, offer, f"{here}.action")
    catalog = subject.catalog
    if catalog is None:
        return
    for offer, here in subject.offers():
        known = all(code in catalog.offerings for code in _named(offer))
        yield from _unknown_offerings(catalog, offer, here)
        if known and offer.action.kind is not ActionKind.REWARD:
            yield from _sold(subject, catalog, offer, here)
    for field, mentions in subject.mentions.items():
        for code in sorted(mentions.offerings - catalog.offerings.keys()):
            yield warning(FindingReason.OFFERING_UNKNOWN, field, _no_offering(catalog, code))
    for item in subject.policies.usage_classes:
        yield from _rating_groups(catalog, item)


def _named(offer: Offer) -> list[str]:
    action = offer.action
    codes = (action.offering_code, action.regular_offering_code, *action.chosen_offerings)
    return [code for code in codes if code]


def _unknown_offerings(catalog: CatalogTerms, offer: Offer, here: str) -> Iterator[Finding]:
    for code in _named(offer):
        if code not in catalog.offerings:
            yield error(FindingReason.OFFERING_UNKNOWN, f"{here}.action", _no_offering(catalog, code))
    for code in offer.excluded_with:
        if code not in catalog.offerings:
            yield warning(
                FindingReason.OFFERING_UNKNOWN, f"{here}.excluded_with", _no_offering(catalog, code)
            )


def _no_offering(catalog: CatalogTerms, code: str) -> str:
    return f"the catalog has no offering {code!r}; {instead(code, catalog.offerings)}"


def _sold(subject: Subject, catalog: CatalogTerms, offer: Offer, here: str) -> Iterator[Finding]:
    money = subject.policies.currency_code
    terms = terms_of(offer.action, catalog).get(money)
    if terms is None:
        message = f"{' and '.join(_named(offer))}: not sold in {money}"
        yield error(FindingReason.OFFERING_NOT_SOLD, f"{here}.action", message)
        return
    yield from _chosen(catalog, offer, here)
    yield from _terms(offer, terms, money, here)
    if offer.not_worse_off and offer.usage_classes:
        yield from _compared(subject, offer, terms, here)


def _chosen(catalog: CatalogTerms, offer: Offer, here: str) -> Iterator[Finding]:
    least, most, choices = catalog.offerings[offer.action.offering_code].choice
    chosen = offer.action.chosen_offerings
    if (least or most) and not least <= len(chosen) <= most:
        message = f"choose {least} to {most} of: {', '.join(sorted(choices))}"
        yield error(FindingReason.ACTION_INVALID, f"{here}.action", message)
    for code in chosen:
        if code not in choices:
            message = f"{code} cannot be chosen in {offer.action.offering_code}"
            yield error(FindingReason.ACTION_INVALID, f"{here}.action.choose", message)


def _terms(offer: Offer, terms: OfferTerms, money: str, here: str) -> Iterator[Finding]:
    kind = offer.action.kind
    price, regular = terms.price_minor_micros, terms.regular_price_minor_micros
    if kind is ActionKind.DISCOUNT and price >= regular:
        yield error(
            FindingReason.DISCOUNT_NOT_CHEAPER,
            f"{here}.action",
            f"{offer.action.offering_code} costs {_words(price, money)} and "
            f"{offer.action.regular_offering_code} {_words(regular, money)}; that is no discount",
        )
    if kind is ActionKind.TRIAL and not terms.trial_days:
        yield error(
            FindingReason.TRIAL_MISSING,
            f"{here}.action.trial",
            f"{offer.action.offering_code} has no trial in the catalog; it would cost "
            f"{_words(price, money)} at once",
        )
    paid = price + terms.recurring_minor_micros
    if paid and offer.value_minor_micros > paid * _MOST_TIMES_PRICE:
        yield warning(
            FindingReason.VALUE_EXCEEDS_PRICE,
            f"{here}.value",
            f"an acceptance is said to be worth {_words(offer.value_minor_micros, money)}, "
            f"and the customer pays {_words(paid, money)}",
        )


def _compared(subject: Subject, offer: Offer, terms: OfferTerms, here: str) -> Iterator[Finding]:
    groups = {item.code: set(item.rating_groups) for item in subject.policies.usage_classes}
    for code in offer.usage_classes:
        if code in groups and terms.rating_groups and not groups[code] & terms.rating_groups:
            yield warning(
                FindingReason.COMPARISON_MISSES,
                f"{here}.compared_over",
                f"{offer.action.offering_code} has nothing for {code}; comparing over it makes it look dear",
            )


def _reward(subject: Subject, offer: Offer, field: str) -> Iterator[Finding]:
    action, catalog = offer.action, subject.catalog
    try:
        most = _MOST_REWARD_UNITS * currency(action.currency_code).micros_per_unit
    except ValueError as unknown:
        yield error(FindingReason.CURRENCY_UNKNOWN, f"{field}.currency", str(unknown))
        return
    if not 0 < action.amount_minor_micros <= most:
        message = f"a reward is more than nothing and at most {_words(most, action.currency_code)}"
        yield error(FindingReason.REWARD_INVALID, f"{field}.reward", message)
    if catalog is not None and action.currency_code not in catalog.currency_codes:
        message = f"no account has {action.currency_code}; there are: {', '.join(catalog.currency_codes)}"
        yield error(FindingReason.REWARD_INVALID, f"{field}.currency", message)
    if not offer.budget.amount_minor_micros and not offer.budget.acceptances:
        message = "money is given away without an end; add a budget"
        yield warning(FindingReason.BUDGET_INVALID, field, message)


def _rating_groups(catalog: CatalogTerms, item: UsageClass) -> Iterator[Finding]:
    field = f"usage_classes.{item.code}.rating_groups"
    for group in item.rating_groups:
        unit = catalog.rating_groups.get(group)
        if unit is None:
            message = f"the catalog has no rating group {group}"
            yield warning(FindingReason.RATING_GROUP_UNKNOWN, field, message)
        elif unit != item.unit:
            message = f"rating group {group} is counted in {unit}, not in {item.unit}"
            yield error(FindingReason.RATING_GROUP_UNKNOWN, field, message)


def _words(amount: int, currency_code: str) -> str:
    return str(Money(amount, currency(currency_code)))

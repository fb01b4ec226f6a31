"""Topping up: a link to the operator's payment page. No card, account number or secret comes this way."""

from __future__ import annotations

from urllib.parse import quote

from services.common.kernel.money import currency
from services.notification.application.tools.arguments import TopUpArguments
from services.notification.application.tools.reading import read_amount
from services.notification.application.tools.results import TopUpResult
from services.notification.application.tools.wording import Asking, Done, Refusal, refuse, say


class TopUp:
    """`url` with `{account}` and `{amount}` in it; empty: the operator has no such page."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __call__(self, who: Asking, args: TopUpArguments) -> Done[TopUpResult] | Refusal:
        """Only makes a link: what is paid there, the payment page tells charging."""
        unit = currency(who.customer.currency_code)
        try:
            amount = read_amount(args.amount, unit)
        except ValueError:
            return refuse("AMOUNT_INVALID", currency=unit.code)
        if amount.minor_micros <= 0:
            return refuse("AMOUNT_INVALID", currency=unit.code)
        if not self._url:
            return refuse("NO_PAYMENT_PAGE")
        figures = f"{amount.to_decimal():f} {unit.code}"
        link = self._url.replace("{account}", quote(who.account_id, safe="")).replace(
            "{amount}", quote(figures, safe="")
        )
        return Done(TopUpResult(str(amount), link), (say("top-up-link", amount=amount, link=link),))

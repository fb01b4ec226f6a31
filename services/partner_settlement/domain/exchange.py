"""Exchange rates as somebody states them."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from services.common.kernel.money import currency, parse_decimal
from services.common.kernel.outcome import Refused, RefusedError
from services.partner_settlement.domain.reasons import EXCHANGE_RATE_INVALID
from services.partner_settlement.domain.statements import ExchangeRate


def parse_rate(of: str, to: str, rate: str, day: str) -> ExchangeRate:
    """Major units of `to` for one of `of`, on an ISO 8601 day. Raises RefusedError EXCHANGE_RATE_INVALID."""
    try:
        currency(of), currency(to)
        exact = Fraction(*parse_decimal(rate))
        date.fromisoformat(day)
    except ValueError as error:
        raise RefusedError(Refused(EXCHANGE_RATE_INVALID, str(error), "exchange_rates")) from error
    if exact <= 0 or of == to:
        words = f"a rate is above zero and between two currencies, not {rate} from {of} to {to}"
        raise RefusedError(Refused(EXCHANGE_RATE_INVALID, words, "exchange_rates"))
    return ExchangeRate(of, to, exact, day)

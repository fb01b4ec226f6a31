"""Fees, refunds and corrections are explained: what they did, to what, and why."""

from __future__ import annotations

from services.charging.domain.events import ChargeCorrected, ChargeRefunded, Debit
from services.charging.domain.explanation.change import explain_correction, explain_refund
from services.charging.domain.explanation.fee import explain_fee
from services.charging.domain.rating.fees import Fee
from services.common.kernel.clock import DAY
from tests.support.explanations import HERE, INCLUDED, ON_TOP, amount_of, fee_charged
from tests.support.recorded_charges import minor_micros


def test_a_fee_is_told_with_its_part_of_the_period_and_its_promotion() -> None:
    """28 EUR for a month; 15 of 28 days are 15.00; half of it is 7.50; 19/119 of that are 1.19747899."""
    fee = Fee("monthly", "Monthly fee", minor_micros("28.00"), True, True, INCLUDED, 3, 50)
    told = explain_fee(fee_charged(fee, 15 * DAY, 28 * DAY, 50), fee, HERE)
    assert told.sentences == (
        "Fee prepaid-data/monthly of catalog version 3 'Monthly fee', for 14 February 2026 to 1 March 2026 "
        "(subscriber's clock, Europe/Berlin).",
        "28.00 EUR for a whole period.",
        "15 days of 28 days of the period: 15.00 EUR.",
        "50 % less by a promotion: 7.50 EUR.",
        "In all 7.50 EUR.",
        "19 % tax (vat) is included: 1.19747899 EUR.",
    )
    assert told.price_id == "3/prepaid-data/monthly"


def test_a_fee_that_is_given_back_is_told_with_its_sign() -> None:
    """10.00 for 31 days, 10 and a half of which are given back: 3.38709677 and 19 % on top."""
    fee = Fee("monthly", "", minor_micros("10.00"), True, True, ON_TOP)
    told = explain_fee(fee_charged(fee, 10 * DAY + DAY // 2, 31 * DAY, sign=-1), fee, HERE)
    assert told.sentences[0].startswith("Fee given back prepaid-data/monthly")
    assert told.sentences[2] == "10 days 12 h of 31 days of the period: about -3.387096774194 EUR."
    assert amount_of(told) == -403_064_516
    assert "differs" not in " ".join(told.sentences)


def test_a_refund_names_its_charge_and_its_buckets() -> None:
    credits = (Debit("acme/money", "EUR", 1), Debit("sub-1/music/music-1gb", "octets", 500))
    refund = ChargeRefunded(
        *("r-0-9-1", "c-0-7-1-1", "acme", "sub-1", "EUR"),
        minor_micros("0.20"),
        credits,
        minor_micros("0.35"),
        True,
    )
    assert explain_refund(refund, HERE).sentences == (
        "Refund of the charge c-0-7-1-1.",
        "500 octets back to 'music-1gb'.",
        "0.20 EUR given back.",
        "With earlier refunds 0.35 EUR of it had been given back by then.",
    )


def test_a_refund_tells_the_tax_in_it() -> None:
    refund = ChargeRefunded(
        *("r-0-9-1", "c-0-7-1-1", "acme", "sub-1", "EUR"),
        minor_micros("1.19"),
        (Debit("acme/money", "EUR", minor_micros("1.19")),),
        minor_micros("1.19"),
        True,
        minor_micros("0.19"),
        minor_micros("0.19"),
    )
    told = explain_refund(refund, HERE)
    assert told.sentences[1:3] == ("1.19 EUR given back.", "Tax in it: 0.19 EUR.")
    assert [step.amount for step in told.steps] == [-minor_micros("1.19"), -minor_micros("0.19")]


def test_a_correction_tells_both_amounts_and_the_reason() -> None:
    """2.50 was charged; corrected before by +0.10, now by -0.40: 2.20."""
    correction = ChargeCorrected(
        *("k-0-9-1-1", "c-0-7-1-1", "run-1", "acme", "sub-1", "EUR"),
        -minor_micros("0.40"),
        -minor_micros("0.06"),
        (),
        4,
        *("prepaid-data", "data", "wrong price published", "pricing-desk"),
        -minor_micros("0.30"),
        -minor_micros("0.05"),
    )
    assert explain_correction(correction, minor_micros("2.50"), "Data").sentences == (
        "Correction of the charge c-0-7-1-1 by the run run-1.",
        "By the price 4/prepaid-data/data of catalog version 4 it costs 2.20 EUR; 2.60 EUR had been charged.",
        "0.40 EUR given back.",
        "Tax in it: -0.06 EUR.",
        "Reason: wrong price published (pricing-desk).",
    )


def test_a_correction_of_the_tax_alone_says_so() -> None:
    correction = ChargeCorrected(
        *("k-0-9-1-1", "c-0-7-1-1", "run-1", "acme", "sub-1", "EUR", 0, 25, (), 4),
        *("prepaid-data", "data", "wrong tax", "pricing-desk", 0, 25),
    )
    told = explain_correction(correction, minor_micros("2.50"), "Data").sentences
    assert told[2:4] == ("The amount stays; only the tax in it changes.", "Tax in it: 0.00000025 EUR.")
